import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { clock, count, exact, stamp } from './format.ts';
import { Glyph } from './glyphs.tsx';
import type { Face } from './states.ts';

export interface ChartSeries {
  face: Face;
  word: string;
  /** One value per instant of the chart. */
  values: readonly number[];
}

interface ChartProps {
  label: string;
  /** The beginnings of the steps, oldest first. */
  at: readonly string[];
  series: readonly ChartSeries[];
  /** What a value is of: `per minute`. */
  per: string;
}

const height = 96;

/** Figures over time as lines, with the values under the pointer, and as a table for those who want numbers. */
export function TimeChart({ label, at, series, per }: ChartProps) {
  const [isTable, setTable] = useState(false);
  const [cursor, setCursor] = useState<number | undefined>();
  const last = at.length - 1;
  const shown = Math.min(cursor ?? last, last);
  if (at.length < 2) return <p className="empty quiet">No figures yet; the first comes within a minute.</p>;
  const most = niceMost(Math.max(1, ...series.flatMap(({ values }) => values)));
  const keys = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (by === 0) return;
    event.preventDefault();
    setCursor(Math.max(0, Math.min(last, shown + by)));
  };
  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setCursor(Math.round(((event.clientX - box.left) / box.width) * last));
  };
  return (
    <figure className="time-chart">
      <figcaption>
        <span className="mono quiet nowrap">{clock(at[shown] ?? '', false)}</span>
        {series.map((each) => (
          <span key={each.word} className="state">
            <Glyph face={each.face} size={11} />
            <b>{count(each.values[shown] ?? 0)}</b> {each.word}
          </span>
        ))}
        <span className="faint">{per}</span>
        <button type="button" className="link small" onClick={() => setTable(!isTable)}>
          {isTable ? 'As chart' : 'As table'}
        </button>
      </figcaption>
      {isTable ? (
        <ChartTable label={label} at={at} series={series} />
      ) : (
        <>
          <div
            className="plot"
            role="slider"
            tabIndex={0}
            aria-label={`${label}; arrows read the values`}
            aria-valuemin={0}
            aria-valuemax={last}
            aria-valuenow={shown}
            aria-valuetext={`${stamp(at[shown] ?? '')}: ${series.map((each) => `${exact(each.values[shown] ?? 0)} ${each.word}`).join(', ')} ${per}`}
            onKeyDown={keys}
            onPointerMove={point}
            onPointerLeave={() => setCursor(undefined)}
          >
            <svg viewBox={`0 0 ${last} ${height}`} preserveAspectRatio="none" aria-hidden="true">
              <path d={`M0 ${height / 2}H${last}M0 .5H${last}`} className="grid" />
              {series.map((each) => (
                <polyline
                  key={each.word}
                  className={`face-${each.face}`}
                  points={each.values
                    .map((value, index) => `${index},${Math.round(10 * yOf(value, most)) / 10}`)
                    .join(' ')}
                />
              ))}
              {cursor !== undefined && <path d={`M${shown} 0V${height}`} className="cursor" />}
            </svg>
            <span className="most">{count(most)}</span>
            <span className="half">{count(most / 2)}</span>
          </div>
          <div className="scale">
            <span>{clock(at[0] ?? '', false)}</span>
            <span>{clock(at[Math.round(last / 2)] ?? '', false)}</span>
            <span>{clock(at[last] ?? '', false)}</span>
          </div>
        </>
      )}
    </figure>
  );
}

const yOf = (value: number, most: number) => height - 1 - (value / most) * (height - 2);

/** The next of 2, 4, 10, 20, 40, 100 …: a round top whose half is whole. */
function niceMost(value: number): number {
  let top = 2;
  while (top < value) {
    const first = Number(String(top)[0]);
    top = first === 4 ? top * 2.5 : top * 2;
    if (Number(String(top)[0]) === 8) top = top * 1.25;
  }
  return top;
}

function ChartTable({ label, at, series }: Pick<ChartProps, 'label' | 'at' | 'series'>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, by keys too
    <section className="chart-table" tabIndex={0} aria-label={`${label}, as a table`}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">UTC</th>
            {series.map((each) => (
              <th key={each.word} scope="col" className="num">
                {each.word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {at
            .map((instant, index) => (
              <tr key={instant}>
                <th scope="row" className="mono">
                  {stamp(instant)}
                </th>
                {series.map((each) => (
                  <td key={each.word} className="num">
                    {exact(each.values[index] ?? 0)}
                  </td>
                ))}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </section>
  );
}
