import { useQuery } from '@tanstack/react-query';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Href } from '../shared/link.tsx';
import { FacePill } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { contextHref } from './address.ts';
import { buildsQuery, remoteQuery } from './queries.ts';

/** Contexts of versions of the calibration software. */
export function Builds({ observatory }: { observatory: string }) {
  const { data, error, refetch } = useQuery(buildsQuery(observatory));
  if (error !== null && data === undefined)
    return <ErrorPanel what="The builds could not be read" error={error} retry={() => void refetch()} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
    <div className="panel scroll-x" tabIndex={0}>
      {data === undefined ? (
        <SkeletonRows />
      ) : data.rows.length === 0 ? (
        <Empty title="No version of the calibration software has a context of its own">
          <b className="strong">Set context …</b> for <i>build</i> gives it one; until then clients use the
          latest.
        </Empty>
      ) : (
        <table className="table" aria-label="Builds">
          <thead>
            <tr>
              <th scope="col">Calibration version</th>
              <th scope="col">Context</th>
              <th scope="col">Set</th>
              <th scope="col">By</th>
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <tr key={row.calibrationVersion}>
                <th scope="row" className="mono">
                  {row.calibrationVersion}
                </th>
                <td>
                  <Href to={contextHref(observatory, row.context)} className="mono">
                    {row.context}
                  </Href>
                </td>
                <td>
                  <Time at={row.setAt} seconds={false} />
                </td>
                <td>{row.by}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** What pipelines elsewhere say they use. */
export function RemoteContexts({ observatory }: { observatory: string }) {
  const { data, error, refetch } = useQuery(remoteQuery(observatory));
  if (error !== null && data === undefined)
    return (
      <ErrorPanel
        what="The contexts elsewhere could not be read"
        error={error}
        retry={() => void refetch()}
      />
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
    <div className="panel scroll-x" tabIndex={0}>
      {data === undefined ? (
        <SkeletonRows />
      ) : data.rows.length === 0 ? (
        <Empty title="No pipeline has said yet what it uses">
          <span className="mono">crds sync --push-context NAME</span> says it after a sync.
        </Empty>
      ) : (
        <table className="table" aria-label="Contexts elsewhere">
          <thead>
            <tr>
              <th scope="col">Pipeline</th>
              <th scope="col">Context</th>
              <th scope="col">Against here</th>
              <th scope="col">For</th>
              <th scope="col">Said</th>
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <tr key={row.pipeline}>
                <th scope="row" className="mono">
                  {row.pipeline}
                </th>
                <td>
                  <Href to={contextHref(observatory, row.context)} className="mono">
                    {row.context}
                  </Href>
                </td>
                <td>
                  <FacePill
                    face={row.isLatest ? 'good' : 'partial'}
                    word={row.isLatest ? 'the latest' : 'another one'}
                  />
                </td>
                <td>{row.kind}</td>
                <td>
                  <Time at={row.pushedAt} seconds={false} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
