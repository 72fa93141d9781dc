import type { PandaJobRow } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import { middle } from '../shared/format.ts';
import { State } from '../shared/state-badge.tsx';
import { Ago } from '../shared/time.tsx';

/** Jobs in few words, for pages whose list of jobs is elsewhere. */
export function LastJobs({ rows, label }: { rows: readonly PandaJobRow[]; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
    <div className="panel scroll-x" tabIndex={0}>
      <table className="table no-lines" aria-label={label}>
        <tbody>
          {rows.map((job) => (
            <tr key={job.id}>
              <td>
                <State family="pandaJob" word={job.status} />
              </td>
              <td>
                <Link to="/work/jobs/$id" params={{ id: String(job.id) }} className="mono">
                  {job.id}
                </Link>
              </td>
              <td className="fill" title={job.name}>
                {middle(job.name, 40)}
                {job.error !== null && (
                  <span className="sub">
                    {job.error.source} {job.error.code}: {job.error.diag}
                  </span>
                )}
              </td>
              <td className="num quiet small">
                <Ago at={job.modifiedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
