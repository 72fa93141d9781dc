import { type UseQueryOptions, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Href } from '../shared/link.tsx';
import { FacePill } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { contextHref } from './address.ts';
import { buildsQuery, remoteQuery } from './queries.ts';

/** Contexts of versions of the calibration software. */
export function Builds({ observatory }: { observatory: string }) {
  return (
    <ContextTable
      observatory={observatory}
      label="Builds"
      failure="The builds could not be read"
      query={buildsQuery(observatory)}
      keyOf={(row) => row.calibrationVersion}
      heads={['Calibration version', 'Context', 'Set', 'By']}
      cells={(row) => [<Time key="at" at={row.setAt} />, row.by]}
      empty={
        <Empty title="No version of the calibration software has a context of its own">
          <b className="strong">Set context …</b> for <i>build</i> gives it one; until then clients use the
          latest.
        </Empty>
      }
    />
  );
}

/** What pipelines elsewhere say they use. */
export function RemoteContexts({ observatory }: { observatory: string }) {
  return (
    <ContextTable
      observatory={observatory}
      label="Contexts elsewhere"
      failure="The contexts elsewhere could not be read"
      query={remoteQuery(observatory)}
      keyOf={(row) => row.pipeline}
      heads={['Pipeline', 'Context', 'Against here', 'For', 'Said']}
      cells={(row) => [
        <FacePill
          key="against"
          face={row.isLatest ? 'good' : 'partial'}
          word={row.isLatest ? 'the latest' : 'another one'}
        />,
        row.kind,
        <Time key="at" at={row.pushedAt} />,
      ]}
      empty={
        <Empty title="No pipeline has said yet what it uses">
          <span className="mono">crds sync --push-context NAME</span> says it after a sync.
        </Empty>
      }
    />
  );
}

/** A short list of who uses which context: a key, the context, and what else is known. */
function ContextTable<Row extends { context: string }>(props: {
  observatory: string;
  label: string;
  failure: string;
  query: UseQueryOptions<{ rows: Row[] }>;
  keyOf: (row: Row) => string;
  heads: string[];
  cells: (row: Row) => ReactNode[];
  empty: ReactNode;
}) {
  const { observatory, label, failure, query, keyOf, heads, cells, empty } = props;
  const { data, error, refetch } = useQuery(query);
  if (error !== null && data === undefined)
    return <ErrorPanel what={failure} error={error} retry={() => void refetch()} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
    <div className="panel scroll-x" tabIndex={0}>
      {data === undefined ? (
        <SkeletonRows />
      ) : data.rows.length === 0 ? (
        empty
      ) : (
        <table className="table" aria-label={label}>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <tr key={keyOf(row)}>
                <th scope="row" className="mono">
                  {keyOf(row)}
                </th>
                <td>
                  <Href to={contextHref(observatory, row.context)} className="mono">
                    {row.context}
                  </Href>
                </td>
                {cells(row).map((cell, at) => (
                  <td key={heads[at + 2]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
