import type { PandaWorker } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Facts } from '../shared/facts.tsx';
import { plural } from '../shared/format.ts';
import { usePlace } from '../shared/page.ts';
import { StatePill } from '../shared/state-badge.tsx';
import { Ago, Time } from '../shared/time.tsx';
import { workerQuery } from './queries.ts';

/** One batch job: where it runs, what its batch system says, which jobs its pilot got. */
export function WorkerPage() {
  const { harvester, id } = useParams({ strict: false }) as { harvester: string; id: string };
  const { data, error, refetch } = useQuery(workerQuery(harvester, id));
  usePlace([
    { label: 'Work', to: '/work' },
    { label: 'Workers', to: '/work/workers' },
    { label: `${harvester} / ${id}`, mono: true },
  ]);
  if (data !== undefined) return <Worker worker={data} />;
  return error !== null ? (
    <ErrorPanel what={`Worker ${id} could not be read`} error={error} retry={() => void refetch()} />
  ) : (
    <div className="panel">
      <SkeletonRows rows={8} />
    </div>
  );
}

function Worker({ worker }: { worker: PandaWorker }) {
  const { queue, submittedAt, startedAt, endedAt } = worker;
  const time = (at: string | null) => (at === null ? null : <Time at={at} />);
  return (
    <>
      <div>
        <div className="page-title">
          <h1>Worker {worker.worker}</h1>
          <StatePill family="worker" word={worker.status} />
        </div>
        <p className="small quiet">
          {worker.harvester} ·{' '}
          <Link to="/work/queues/$name" params={{ name: queue }} className="mono">
            {queue}
          </Link>{' '}
          · last told of <Ago at={worker.modifiedAt} />
        </p>
      </div>
      <div className="with-rail">
        <div className="stack">
          <section className="panel">
            <div className="panel-head">
              <h2>Jobs</h2>
              <span className="small quiet">that its pilot got and you may see, last first</span>
            </div>
            {worker.jobIds.length === 0 ? (
              <Empty title="It got no job">
                {endedAt === null
                  ? 'Its pilot asks for one once it runs.'
                  : 'A pilot that finds nothing to do ends by itself.'}
              </Empty>
            ) : (
              <ul className="panel-pad row">
                {worker.jobIds.map((id) => (
                  <li key={id}>
                    <Link to="/work/jobs/$id" params={{ id: String(id) }} className="mono job-link">
                      {id}
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </section>
          <section className="panel">
            <div className="panel-head">
              <h2>What its batch system says</h2>
            </div>
            <Attributes attributes={worker.attributes} />
          </section>
        </div>
        <aside className="rail">
          <section>
            <div className="section-head">
              <h2>Facts</h2>
            </div>
            <Facts
              rows={[
                ['Batch job', worker.batchId],
                ['Node', worker.node],
                ['Element', worker.computingElement],
                ['Cores', worker.cores],
                ['Type', worker.resourceType],
                ['Pilot', worker.pilotStatus ?? 'said nothing'],
                ['Jobs', plural(worker.jobs, 'job')],
                ['Submitted', time(submittedAt)],
                ['Started', time(startedAt)],
                ['Ended', time(endedAt)],
                ['Error', worker.errorCode === null || worker.errorCode === 0 ? null : worker.errorCode],
              ]}
            />
          </section>
          {worker.logs.length > 0 && (
            <section>
              <div className="section-head">
                <h2>Logs</h2>
              </div>
              <ul>
                {worker.logs.map((log) => (
                  <li key={log.href}>
                    <a href={log.href} target="_blank" rel="noreferrer">
                      {log.name}
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </aside>
      </div>
    </>
  );
}

function Attributes({ attributes }: { attributes: Record<string, unknown> }) {
  const rows = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return <p className="empty quiet">Nothing more was told.</p>;
  return (
    <table className="table no-lines loose">
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row" className="mono quiet">
              {name}
            </th>
            <td className="fill wrap-any">{typeof value === 'string' ? value : JSON.stringify(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
