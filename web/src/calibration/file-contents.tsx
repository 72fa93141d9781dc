import type { CrdsContents, CrdsFile } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { exact } from '../shared/format.ts';
import { useKeys } from '../shared/keys.ts';
import { fileHref, useAddress } from './address.ts';
import { MappingText } from './mapping-text.tsx';
import { contentsQuery } from './queries.ts';

/** As many lines as the API gives at once; longer files are shown in such parts. */
const perPart = 20_000;

/** The text of a mapping, or of a reference that is text, with an address for each line. */
export function FileContents({ observatory, file }: { observatory: string; file: CrdsFile }) {
  const [{ line: asked, from: begin }, go] = useAddress();
  const line = Number(asked) > 0 ? Math.floor(Number(asked)) : undefined;
  const wanted = begin === undefined ? (line ?? 1) : Number(begin) || 1;
  const from = Math.floor((Math.max(1, wanted) - 1) / perPart) * perPart + 1;
  const { data, error, refetch } = useQuery(contentsQuery(observatory, file.name, from, perPart));
  if (error !== null && data === undefined)
    return <ErrorPanel what="The text could not be read" error={error} retry={() => void refetch()} />;
  return (
    <section className="panel" aria-label={`Text of ${file.name}`}>
      {data === undefined ? (
        <SkeletonRows rows={16} />
      ) : (
        <Text
          observatory={observatory}
          name={file.name}
          contents={data}
          line={line}
          onLine={(next) => go({ line: String(next) }, true)}
          onPart={(first) => go({ from: String(first), line: undefined })}
        />
      )}
    </section>
  );
}

interface TextProps {
  observatory: string;
  name: string;
  contents: CrdsContents;
  line: number | undefined;
  onLine: (line: number) => void;
  onPart: (from: number) => void;
}

function Text({ observatory, name, contents, line, onLine, onPart }: TextProps) {
  const { from, lines, totalLines } = contents;
  const text = useMemo(() => lines.join('\n'), [lines]);
  useKeys([
    { keys: 'n', what: 'next line', group: 'This page', run: () => onLine((line ?? from - 1) + 1) },
    {
      keys: 'N, shift+n',
      what: 'line before',
      group: 'This page',
      run: () => onLine(Math.max(1, (line ?? 2) - 1)),
    },
  ]);
  return (
    <>
      <MappingText
        text={text}
        label={name}
        first={from}
        line={line}
        onLine={onLine}
        hrefOf={(file) => fileHref(observatory, file)}
      />
      {totalLines > lines.length && (
        <p className="panel-pad small row">
          Lines {exact(from)}–{exact(from + lines.length - 1)} of {exact(totalLines)}.
          {from > 1 && (
            <button type="button" className="link small" onClick={() => onPart(Math.max(1, from - perPart))}>
              Before
            </button>
          )}
          {from + lines.length <= totalLines && (
            <button type="button" className="link small" onClick={() => onPart(from + perPart)}>
              Next
            </button>
          )}
        </p>
      )}
    </>
  );
}
