import { type PointerEvent, useMemo, useRef, useState } from 'react';
import { count, plural, stamp } from '../shared/format.ts';
import { type ExposureBar, filledBars, nextStep, type StepUnit } from './exposure-bars.ts';

interface HistogramProps {
  bars: readonly ExposureBar[];
  unit: StepUnit;
  /** Those that have no date, and no bar. */
  undated: number;
  label: string;
  /** The exposures chosen, from one instant up to another; undefined = open. */
  since: string | undefined;
  before: string | undefined;
  onChoose: (since: string | undefined, before: string | undefined) => void;
}

const nameLengths: Record<StepUnit, number> = { day: 10, month: 7, year: 4 };

/** How many there are in each step of time; dragging over it chooses steps, as the two fields below it do. */
export function ExposureHistogram({ bars, unit, undated, label, since, before, onChoose }: HistogramProps) {
  const all = useMemo(() => filledBars(bars, unit), [bars, unit]);
  const plot = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<[number, number] | undefined>();
  const first = all[0];
  const last = all.at(-1);
  if (first === undefined || last === undefined) return null;
  const most = Math.max(1, ...all.map(({ affected }) => affected));
  const isIn = ({ from }: ExposureBar, index: number) =>
    drag === undefined
      ? (since === undefined || Date.parse(from) >= Date.parse(since)) &&
        (before === undefined || Date.parse(from) < Date.parse(before))
      : index >= Math.min(...drag) && index <= Math.max(...drag);
  const indexAt = (event: PointerEvent) => {
    const box = plot.current?.getBoundingClientRect();
    if (box === undefined) return 0;
    const at = Math.floor(((event.clientX - box.left) / box.width) * all.length);
    return Math.max(0, Math.min(all.length - 1, at));
  };
  const choose = ([a, b]: [number, number]) => {
    const low = all[Math.min(a, b)] ?? first;
    const high = all[Math.max(a, b)] ?? last;
    onChoose(low === first ? undefined : low.from, high === last ? undefined : nextStep(high.from, unit));
  };
  const chosen = all.filter(isIn).reduce((sum, { affected }) => sum + affected, 0);
  const isPart = since !== undefined || before !== undefined || drag !== undefined;
  const nameOf = ({ from }: ExposureBar) => stamp(from).slice(0, nameLengths[unit]);
  return (
    <figure className="exposures" aria-label={label}>
      <div
        ref={plot}
        className="plot"
        aria-hidden="true"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = indexAt(event);
          setDrag([at, at]);
        }}
        onPointerMove={(event) => {
          if (drag !== undefined) setDrag([drag[0], indexAt(event)]);
        }}
        onPointerUp={() => {
          if (drag !== undefined) choose(drag);
          setDrag(undefined);
        }}
        onPointerCancel={() => setDrag(undefined)}
      >
        {all.map((bar, index) => (
          <span
            key={bar.from}
            className={isIn(bar, index) ? 'in' : undefined}
            title={`${nameOf(bar)}: ${count(bar.affected)}`}
          >
            <i style={{ height: bar.affected === 0 ? 0 : `${Math.max(3, (100 * bar.affected) / most)}%` }} />
          </span>
        ))}
      </div>
      <div className="scale" aria-hidden="true">
        <span>exposed {nameOf(first)}</span>
        <span>per {unit}, drag to choose</span>
        <span>{nameOf(last)}</span>
      </div>
      <figcaption className="small quiet">
        <Day name="exposed since" value={since} onChange={(at) => onChoose(at, before)} />
        <Day name="before" value={before} onChange={(at) => onChoose(since, at)} />
        <span>
          {plural(chosen, 'change')}
          {isPart && ' chosen'}, at most {count(most)} per {unit}
          {undated > 0 && `; ${plural(undated, 'change has', 'changes have')} no date`}
        </span>
        {isPart && (
          <button type="button" className="link small" onClick={() => onChoose(undefined, undefined)}>
            All exposures
          </button>
        )}
      </figcaption>
    </figure>
  );
}

function Day(props: { name: string; value: string | undefined; onChange: (at: string | undefined) => void }) {
  const { name, value, onChange } = props;
  return (
    <label className="row tight">
      {name}
      <input
        type="date"
        value={value === undefined ? '' : stamp(value).slice(0, 10)}
        onChange={({ target }) => onChange(target.value === '' ? undefined : `${target.value}T00:00:00.000Z`)}
      />
    </label>
  );
}
