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
    <div className="panel">
      {data === undefined ? (
        <SkeletonRows rows={rows} />
      ) : data.rows.length === 0 ? (
        <Empty title="No context has been in force yet" />
      ) : (
        <ul className="plain-list history-entries" aria-label="Latest contexts">
          {data.rows.map((row) => (
            <li key={row.id}>
              <div className="row">
                <HistoryContext observatory={observatory} row={row} />
                <span className="quiet">
                  <Time at={row.startedAt} seconds={false} />
                </span>
                <span className="small end">
                  <HistoryDiff observatory={observatory} row={row} />
                </span>
              </div>
              <p className="small quiet">
                {row.description} <span className="faint">{row.by}</span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
