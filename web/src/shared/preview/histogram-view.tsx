import { useMemo, useState } from 'react';
import { count, measure } from '../format.ts';
import { type Json, parseJson } from '../json.ts';

const maxBins = 2000;

/** Bars of `{edges, counts}`, with the same figures as a table behind a fold. */
export function Histogram({ text }: { text: string }) {
  const value = useMemo(() => parseJson(text), [text]);
  const [asTable, setAsTable] = useState(false);
  const object = value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
  const edges = numbers(object.edges);
  const counts = numbers(object.counts);
  if (counts.length === 0 || counts.length > maxBins || edges.length !== counts.length + 1)
    return <p className="empty quiet">It has no edges and counts that fit; the text shows what it holds.</p>;
  const most = counts.reduce((top, n) => Math.max(top, n), 1);
  return (
    <>
      <div
        className="bars"
        role="img"
        aria-label={`Histogram of ${count(counts.length)} bins from ${measure(edges[0] ?? 0)} to ${measure(edges.at(-1) ?? 0)}`}
      >
        {counts.map((n, bin) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: bins keep their place
            key={bin}
            style={{ height: `${(100 * n) / most}%` }}
            title={`${measure(edges[bin] ?? 0)} to ${measure(edges[bin + 1] ?? 0)}: ${count(n)}`}
          />
        ))}
      </div>
      <div className="row apart label" style={{ padding: '2px 16px 8px' }}>
        <span>{measure(edges[0] ?? 0)}</span>
        <button type="button" className="link" onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Bars only' : 'As table'}
        </button>
        <span>{measure(edges.at(-1) ?? 0)}</span>
      </div>
      {asTable && <BinTable edges={edges} counts={counts} />}
    </>
  );
}

function BinTable({ edges, counts }: { edges: number[]; counts: number[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col" className="num">
            from
          </th>
          <th scope="col" className="num">
            to
          </th>
          <th scope="col" className="num">
            pixels
          </th>
        </tr>
      </thead>
      <tbody>
        {counts.map((n, bin) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: bins keep their place
          <tr key={bin}>
            <td className="num">{measure(edges[bin] ?? 0)}</td>
            <td className="num">{measure(edges[bin + 1] ?? 0)}</td>
            <td className="num">{count(n)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function numbers(value: Json | undefined): number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number') ? value : [];
}
