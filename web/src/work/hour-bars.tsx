import type { PandaNodeHour } from '@orrery/contracts';
import { clock, count, plural } from '../shared/format.ts';

/** Jobs that ended hour by hour: failed ones stand on the line, finished ones on them. */
export function HourBars({
  hours,
  width = 120,
  height = 22,
}: {
  hours: readonly PandaNodeHour[];
  width?: number;
  height?: number;
}) {
  const most = Math.max(1, ...hours.map(({ finished, failed }) => finished + failed));
  const step = width / Math.max(1, hours.length);
  const tall = (jobs: number) => (jobs === 0 ? 0 : Math.max(1, (jobs / most) * (height - 1)));
  const [finished, failed] = [sumOf(hours, 'finished'), sumOf(hours, 'failed')];
  const label = `${count(failed)} failed and ${plural(finished, 'job')} finished in ${plural(hours.length, 'hour')} from ${clock(hours[0]?.at ?? new Date(0), false)}`;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <title>{label}</title>
      <path d={`M0 ${height - 0.5}H${width}`} className="hour-line" />
      {hours.map((hour, index) => {
        const bad = tall(hour.failed);
        const good = tall(hour.finished);
        const at = { x: index * step + 0.5, width: Math.max(1, step - 1) };
        return (
          <g key={hour.at}>
            <rect {...at} y={height - bad} height={bad} className="hour-failed" />
            <rect {...at} y={height - bad - good} height={good} className="hour-finished" />
          </g>
        );
      })}
    </svg>
  );
}

const sumOf = (hours: readonly PandaNodeHour[], name: 'finished' | 'failed'): number =>
  hours.reduce((sum, hour) => sum + hour[name], 0);
