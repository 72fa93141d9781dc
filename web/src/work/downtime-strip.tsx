import type { PandaDowntime } from '@orrery/contracts';
import { stamp, when } from '../shared/format.ts';
import { useSlowNow } from '../shared/now.ts';
import { faceOf } from '../shared/states.ts';

const dayMs = 86_400_000;
const days = 28;

/** Four weeks from today on one line, a bar for each downtime; the list beside it has the words. */
export function DowntimeStrip({ downtimes }: { downtimes: readonly PandaDowntime[] }) {
  const now = useSlowNow();
  const from = Math.floor(now / dayMs) * dayMs;
  const at = (ms: number) => Math.min(100, Math.max(0, (100 * (ms - from)) / (days * dayMs)));
  const shown = downtimes.filter(({ startsAt }) => Date.parse(startsAt) < from + days * dayMs);
  const later = downtimes.length - shown.length;
  return (
    <div className="calendar">
      <div className="calendar-line" aria-hidden="true">
        {Array.from({ length: days }, (_, day) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: days never move
          <i key={day} className={isWeekend(from + day * dayMs) ? 'weekend' : ''} />
        ))}
        {shown.map((each) => {
          const left = at(Date.parse(each.startsAt));
          return (
            <b
              key={each.id}
              className={`face-${faceOf('worker', each.status)}`}
              style={{ left: `${left}%`, width: `${Math.max(0.5, at(Date.parse(each.endsAt)) - left)}%` }}
              title={`${each.status}: ${each.reason}, ${stamp(each.startsAt)} to ${stamp(each.endsAt)} UTC`}
            />
          );
        })}
        <em style={{ left: `${at(now)}%` }} />
      </div>
      <div className="calendar-scale" aria-hidden="true">
        {[0, 7, 14, 21].map((day) => (
          <span key={day}>{dayName(from + day * dayMs, now)}</span>
        ))}
      </div>
      {later > 0 && <p className="small quiet">{later} more begin later.</p>}
    </div>
  );
}

/** Sunday and Saturday; 1 January 1970 was a Thursday. */
const isWeekend = (ms: number): boolean => [2, 3].includes(Math.floor(ms / dayMs) % 7);

/** `today`, else `18 Nov`. */
const dayName = (ms: number, now: number): string =>
  Math.floor(ms / dayMs) === Math.floor(now / dayMs) ? 'today' : when(ms, now).replace(/ \d\d:\d\d.*$/, '');
