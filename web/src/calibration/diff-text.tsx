import type { CrdsTextDifference } from '@orrery/contracts';
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { count, plural } from '../shared/format.ts';
import { lineHeight, useRowsInSight, VirtualLines } from '../shared/preview/virtual-lines.tsx';
import '../shared/preview/preview.css';
import { textDifference } from './queries.ts';

export interface TextLine {
  kind: 'same' | 'gone' | 'new' | 'hunk';
  text: string;
  before: number | null;
  after: number | null;
}

/** The hunks of a textual difference as numbered lines, with a mark where lines are left out. */
export function linesOf(hunks: CrdsTextDifference['hunks']): TextLine[] {
  return hunks.flatMap(({ oldFrom, newFrom, lines }) => {
    let before = oldFrom;
    let after = newFrom;
    const numbered = lines.map((line): TextLine => {
      const text = line.slice(1);
      if (line.startsWith('-')) return { kind: 'gone', text, before: before++, after: null };
      if (line.startsWith('+')) return { kind: 'new', text, before: null, after: after++ };
      return { kind: 'same', text, before: before++, after: after++ };
    });
    return [{ kind: 'hunk', text: `line ${newFrom}`, before: null, after: null }, ...numbered];
  });
}

const signs = { same: ' ', gone: '−', new: '+', hunk: ' ' } as const;
const words = { same: '', gone: 'removed: ', new: 'added: ', hunk: '' } as const;

/** The text of two files line by line; hunks come in parts, and only lines in sight are drawn. */
export function DifferentText({
  observatory,
  before,
  after,
}: {
  observatory: string;
  before: string;
  after: string;
}) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery<
    CrdsTextDifference,
    Error,
    InfiniteData<CrdsTextDifference>,
    readonly unknown[],
    number
  >({
    queryKey: ['crds', observatory, 'differences/text', before, after],
    queryFn: ({ pageParam, signal }) => textDifference(observatory, before, after, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const lines = useMemo(() => linesOf(data?.pages.flatMap((page) => page.hunks) ?? []), [data]);
  const rows = useRowsInSight(lines.length, lineHeight);
  const first = data?.pages[0];
  if (error !== null && data === undefined)
    return <ErrorPanel what="The text could not be compared" error={error} retry={() => void refetch()} />;
  if (first === undefined) return <SkeletonRows rows={6} />;
  return (
    <>
      <p className="panel-pad small quiet">
        {plural(first.added, 'line')} added, {count(first.deleted)} removed
      </p>
      <VirtualLines
        rows={rows}
        count={lines.length}
        wrap={false}
        label={`Text of ${before} and ${after}`}
        line={(index) => <Line line={lines[index]} />}
      />
      {hasNextPage && (
        <p className="panel-pad small">
          <button
            type="button"
            className="link small"
            disabled={isFetching}
            onClick={() => void fetchNextPage()}
          >
            {isFetching ? 'Reading …' : `Show the next of ${plural(first.total, 'place')}`}
          </button>
        </p>
      )}
    </>
  );
}

function Line({ line }: { line: TextLine | undefined }) {
  if (line === undefined) return null;
  return (
    <span className={line.kind}>
      <span className="no">{line.before ?? ''}</span>
      <span className="no">{line.after ?? ''}</span>
      <span className="line-text">
        <span aria-hidden="true">{signs[line.kind]} </span>
        <span className="only-read">{words[line.kind]}</span>
        {line.text}
      </span>
    </span>
  );
}
