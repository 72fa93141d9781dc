import { useMemo, useState } from 'react';
import { diffLines, foldedDiff } from './diff.ts';
import { plural } from './format.ts';

const signs = { same: ' ', gone: '−', new: '+' } as const;
const words = { same: '', gone: 'removed: ', new: 'added: ' } as const;

/** What differs between two texts, line by line; equal parts are folded until asked for. */
export function DiffView({ before, after, label }: { before: string; after: string; label: string }) {
  const [whole, setWhole] = useState(false);
  const lines = useMemo(() => diffLines(before, after), [before, after]);
  const shown = whole ? lines : foldedDiff(lines);
  const changed = lines.filter(({ kind }) => kind !== 'same').length;
  if (changed === 0) return <p className="empty quiet">Nothing differs.</p>;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, by keys too */}
      <ol className="diff" aria-label={label} tabIndex={0}>
        {shown.map((line, index) =>
          typeof line === 'number' ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text that does not change
            <li key={index} className="left-out">
              {plural(line, 'equal line')}
            </li>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text that does not change
            <li key={index} className={line.kind}>
              <span className="no">{line.before ?? ''}</span>
              <span className="no">{line.after ?? ''}</span>
              <code>
                <span aria-hidden="true">{signs[line.kind]} </span>
                <span className="only-read">{words[line.kind]}</span>
                {line.text}
              </code>
            </li>
          ),
        )}
      </ol>
      {lines.length > shown.length && (
        <button type="button" className="link small diff-whole" onClick={() => setWhole(true)}>
          Show all {lines.length} lines
        </button>
      )}
    </>
  );
}
