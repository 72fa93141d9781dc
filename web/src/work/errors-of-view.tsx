import type { PandaErrorQuery, PandaJobFilter } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { count, duration, percent } from '../shared/format.ts';
import { textOf, without } from './filter.ts';
import { errorsQuery } from './queries.ts';

/** Filters of a job list that the counters of errors know too. */
function queryOf({ queue, share, label, owner, task }: PandaJobFilter): PandaErrorQuery {
  return {
    by: 'code',
    hours: 24,
    ...(queue === undefined ? {} : { queue }),
    ...(share === undefined ? {} : { share }),
    ...(label === undefined ? {} : { label }),
    ...(owner === undefined ? {} : { owner }),
    ...(task === undefined ? {} : { task }),
  };
}

/** Why jobs of this view failed in the last 24 h, most frequent cause first; a cause narrows the list to its jobs. */
export function ErrorsOfView({
  filter,
  q,
  onChoose,
}: {
  filter: PandaJobFilter;
  q: string;
  onChoose: (q: string) => void;
}) {
  const { data, error, refetch } = useQuery(errorsQuery(queryOf(filter)));
  if (error !== null && data === undefined)
    return <ErrorPanel what="The errors could not be read" error={error} retry={() => void refetch()} />;
  const choose = (source: string, code: number) =>
    onChoose(textOf([...without(q, 'error'), { field: 'error', value: `${source}:${code}` }]));
  return (
    <section className="panel" aria-label="Errors of this view, last 24 h">
      {data === undefined ? (
        <SkeletonRows rows={4} />
      ) : data.rows.length === 0 ? (
        <Empty title="No job of this view failed in the last 24 h" />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
        <div className="scroll-x" tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Error, last 24 h</th>
                <th scope="col">What it means</th>
                <th scope="col" className="num">
                  failed
                </th>
                <th scope="col" className="num">
                  of all failed
                </th>
                <th scope="col" className="num">
                  lost core time
                </th>
              </tr>
            </thead>
            <tbody>
              {data.rows.slice(0, 8).map((row) => (
                <tr key={row.key}>
                  <th scope="row">
                    {row.source === null || row.code === null ? (
                      <span className="mono">{row.key}</span>
                    ) : (
                      <button
                        type="button"
                        className="link mono"
                        onClick={() => choose(row.source as string, row.code as number)}
                      >
                        {row.key}
                      </button>
                    )}
                  </th>
                  <td className="fill">{row.meaning ?? row.example?.diag ?? '–'}</td>
                  <td className="num">{count(row.failed)}</td>
                  <td className="num">{percent(row.failed / Math.max(1, data.failed))}</td>
                  <td className="num">{duration(row.lostCoreSeconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
