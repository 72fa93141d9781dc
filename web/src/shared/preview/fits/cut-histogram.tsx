import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from 'react';
import { significant } from '../../format.ts';
import { binsOf, type Cuts } from './stretch.ts';

interface Props {
  sample: Float64Array;
  cuts: Cuts;
  /** The cuts the histogram was laid out for: it stands still while one drags. */
  around: Cuts;
  unit: string;
  onCuts: (cuts: Cuts) => void;
}

const height = 36;

/** The histogram of an image with both cuts as handles: drag them, or move them by the arrow keys. */
export function CutHistogram({ sample, cuts, around, unit, onCuts }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const bins = useMemo(() => binsOf(sample, around), [sample, around]);
  const most = bins.counts.reduce((top, n) => Math.max(top, n), 1);
  const span = bins.to - bins.from || 1;
  const place = (value: number) => Math.min(100, Math.max(0, (100 * (value - bins.from)) / span));
  const move = (which: keyof Cuts, value: number) => {
    const least = span / 10_000;
    const next =
      which === 'low'
        ? { ...cuts, low: Math.min(value, cuts.high - least) }
        : { ...cuts, high: Math.max(value, cuts.low + least) };
    if (Number.isFinite(next.low) && Number.isFinite(next.high)) onCuts(next);
  };
  const drag = (which: keyof Cuts) => (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId);
    const area = box.current?.getBoundingClientRect();
    if (area === undefined || event.buttons === 0) return;
    move(which, bins.from + (span * (event.clientX - area.left)) / area.width);
  };
  const press = (which: keyof Cuts) => (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[
      event.key
    ];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(which, cuts[which] + (by * span) / 200);
  };
  return (
    <div className="cut-histogram" ref={box}>
      <svg viewBox={`0 0 ${bins.counts.length} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        {bins.counts.map((n, at) => {
          const tall = (height * Math.log1p(n)) / Math.log1p(most);
          // biome-ignore lint/suspicious/noArrayIndexKey: bins keep their place
          return <rect key={at} x={at + 0.1} width={0.8} y={height - tall} height={tall} />;
        })}
      </svg>
      {(['low', 'high'] as const).map((which) => (
        <div
          key={which}
          className={`cut ${which} ${place(cuts[which]) > 50 ? 'left' : ''}`}
          style={{ left: `${place(cuts[which])}%` }}
          role="slider"
          tabIndex={0}
          aria-label={which === 'low' ? 'Lower cut' : 'Upper cut'}
          aria-valuemin={bins.from}
          aria-valuemax={bins.to}
          aria-valuenow={cuts[which]}
          aria-valuetext={`${significant(cuts[which], 4)} ${unit}`}
          onPointerDown={drag(which)}
          onPointerMove={drag(which)}
          onKeyDown={press(which)}
        >
          <span>{significant(cuts[which], 4)}</span>
        </div>
      ))}
    </div>
  );
}
