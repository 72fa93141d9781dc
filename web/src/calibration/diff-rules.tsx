import type { CrdsDifferencePage, CrdsDifferenceRow } from '@orrery/contracts';
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { count } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { fileHref } from './address.ts';
import { differenceRows, differenceRowsHref } from './queries.ts';

interface RulesProps {
  observatory: string;
  before: string;
  after: string;
  /** The mapping whose own changes are shown. */
  file: string;
  total: number;
}

const perPart = 100;
const signs = { added: '+', deleted: '−', replaced: '→', other: '·' } as const;

/** The changes of one mapping as rules: which, and what became of it. */
export function DifferentRules({ observatory, before, after, file, total }: RulesProps) {
  const query = { old: before, new: after, file, limit: perPart };
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery<
    CrdsDifferencePage,
    Error,
    InfiniteData<CrdsDifferencePage>,
    readonly unknown[],
    string | null
  >({
    queryKey: ['crds', observatory, 'differences/rows', query],
    queryFn: ({ pageParam, signal }) =>
      differenceRows(differenceRowsHref(observatory, { ...query, cursor: pageParam ?? undefined }), signal),
    initialPageParam: null,
    getNextPageParam: (page) => page.older,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null && data === undefined)
    return <ErrorPanel what="The changes could not be read" error={error} retry={() => void refetch()} />;
  if (data === undefined) return <SkeletonRows rows={4} />;
  const rows = data.pages.flatMap((page) => page.rows);
  if (rows.length === 0)
    return <Empty title="No rule differs">Only the header or the comments of the text do.</Empty>;
  return (
    <>
      <table className="table loose" aria-label={`Rules of ${file} that changed`}>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">What became of it</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the changes of two files that never change
            <tr key={index}>
              <td className="rule-cell">
                {row.rule.length === 0 ? (
                  <span className="faint">the file</span>
                ) : (
                  row.rule.map(({ name, value }) => (
                    <Fragment key={name}>
                      <span className="label">{name}</span> <span className="mono">{value}</span>{' '}
                    </Fragment>
                  ))
                )}
              </td>
              <td>
                <Message observatory={observatory} row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hasNextPage && (
        <p className="panel-pad small">
          <button
            type="button"
            className="link small"
            disabled={isFetching}
            onClick={() => void fetchNextPage()}
          >
            {isFetching ? 'Reading …' : `Show more of ${count(total)}`}
          </button>
        </p>
      )}
    </>
  );
}

/** The words of CRDS, with the files they name as links. */
function Message({ observatory, row: { change, message } }: { observatory: string; row: CrdsDifferenceRow }) {
  const parts = message.split(/('[^']+\.[a-z0-9]+')/);
  return (
    <>
      <span className="sign mono" aria-hidden="true">
        {signs[change]}
      </span>{' '}
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence
          <Href key={index} to={fileHref(observatory, part.slice(1, -1))} className="mono">
            {part.slice(1, -1)}
          </Href>
        ) : (
          part
        ),
      )}
    </>
  );
}
