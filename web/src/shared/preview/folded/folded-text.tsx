import { useMemo, useState } from 'react';
import { exact, plural } from '../../format.ts';
import { marked } from '../../marked.tsx';
import { Tools } from '../tools.tsx';
import { useRowsInSight, VirtualLines } from '../virtual-lines.tsx';
import { type FoldLine, foldedBelow, linesInSight, lineText, opened } from './lines.ts';

/** High enough for the marks that fold to be met. */
const foldHeight = 24;

/** Text in blocks that fold: JSON, YAML, XML. Long ones begin as an outline. */
export function FoldedText({ lines, label }: { lines: FoldLine[]; label: string }) {
  const [folded, setFolded] = useState<ReadonlySet<number>>(() =>
    lines.length > 400 ? foldedBelow(lines, 2) : new Set(),
  );
  const [query, setQuery] = useState('');
  const [hit, setHit] = useState(-1);
  const seen = useMemo(() => linesInSight(lines, folded), [lines, folded]);
  const rows = useRowsInSight(seen.length, foldHeight);
  const hits = useMemo(() => findHits(lines, query), [lines, query]);
  const step = (by: number) => {
    if (hits.length === 0) return;
    const next = (hit + by + hits.length) % hits.length;
    const target = hits[next] ?? 0;
    const unfolded = opened(lines, folded, target);
    setHit(next);
    setFolded(unfolded);
    rows.scrollTo(linesInSight(lines, unfolded).indexOf(target));
  };
  const toggle = (at: number) => {
    const next = new Set(folded);
    if (!next.delete(at)) next.add(at);
    setFolded(next);
  };
  return (
    <>
      <Tools>
        <label className="input tool-search">
          <span className="only-read">Find in {label}</span>
          <input
            className="mono"
            placeholder="find"
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setHit(-1);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
            }}
          />
          {query !== '' && (
            <span className="small faint nowrap" role="status">
              {hits.length === 0
                ? 'none'
                : hit < 0
                  ? exact(hits.length)
                  : `${exact(hit + 1)} of ${exact(hits.length)}`}
            </span>
          )}
        </label>
        <button type="button" className="button small" onClick={() => setFolded(new Set())}>
          Unfold all
        </button>
        <button type="button" className="button small" onClick={() => setFolded(foldedBelow(lines, 1))}>
          Fold
        </button>
      </Tools>
      <VirtualLines
        rows={rows}
        count={seen.length}
        wrap={false}
        height={foldHeight}
        label={label}
        line={(index) => {
          const at = seen[index] ?? 0;
          const line = lines[at];
          if (line === undefined) return null;
          const shut = folded.has(at);
          return (
            <span className={at === hits[hit] ? 'at' : undefined} style={{ paddingLeft: line.depth * 14 }}>
              {line.end === null ? (
                <span className="fold-gap" />
              ) : (
                <button
                  type="button"
                  className="fold-mark"
                  aria-expanded={!shut}
                  aria-label={`${shut ? 'Unfold' : 'Fold'} ${plural(line.end - at, 'line')}`}
                  onClick={() => toggle(at)}
                >
                  {shut ? '▸' : '▾'}
                </button>
              )}
              {line.tokens.map((each, token) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: tokens of a line keep their place
                <span key={token} className={`token-${each.kind}`}>
                  {marked(each.text, query)}
                </span>
              ))}
              {shut && <span className="token-quiet">{line.note}</span>}
            </span>
          );
        }}
      />
    </>
  );
}

function findHits(lines: readonly FoldLine[], query: string): number[] {
  if (query === '') return [];
  const wanted = query.toLowerCase();
  return lines.flatMap((line, at) => (lineText(line).toLowerCase().includes(wanted) ? [at] : []));
}
