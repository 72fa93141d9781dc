import type { CrdsHistoryRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Href } from '../shared/link.tsx';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { contextHref, diffHref } from './address.ts';
import { historyQuery } from './queries.ts';

/** The context of an entry; the one that is in force now says so. */
export function HistoryContext({ observatory, row }: { observatory: string; row: CrdsHistoryRow }) {
  return (
    <span className="row tight">
      <Href to={contextHref(observatory, row.context)} className="mono">
        {row.context}
      </Href>
      {row.endedAt === null && <State family="crdsFile" word="latest" />}
    </span>
  );
}

/** What an entry changed against the one before it. */
export function HistoryDiff({ observatory, row }: { observatory: string; row: CrdsHistoryRow }) {
  if (row.before === null || row.before === row.context) return <span className="faint">–</span>;
  return (
    <Href to={diffHref(observatory, row.before, row.context)} title={`against ${row.before}`}>
      What changed
    </Href>
  );
}

/** The last entries of the history. */
export function HistoryTable({ observatory, rows }: { observatory: string; rows: number }) {
  const { data, error, refetch } = useQuery(historyQuery(observatory, rows));
  if (error !== null && data === undefined)
    return <ErrorPanel what="The history could not be read" error={error} retry={() => void refetch()} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
    <div className="panel scroll-x" tabIndex={0}>
      {data === undefined ? (
        <SkeletonRows rows={rows} />
      ) : data.rows.length === 0 ? (
        <Empty title="No context has been in force yet" />
      ) : (
        <table className="table loose" aria-label="Latest contexts">
          <thead>
            <tr>
              <th scope="col">Context</th>
              <th scope="col">Since</th>
              <th scope="col">Why</th>
              <th scope="col">
                <span className="only-read">Compare</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <tr key={row.id}>
                <th scope="row">
                  <HistoryContext observatory={observatory} row={row} />
                </th>
                <td className="nowrap">
                  <Time at={row.startedAt} seconds={false} />
                </td>
                <td className="fill quiet">
                  {row.description === '' ? '–' : row.description} <span className="faint">{row.by}</span>
                </td>
                <td className="nowrap small">
                  <HistoryDiff observatory={observatory} row={row} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
