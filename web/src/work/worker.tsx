import type { PandaWorker } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Facts } from '../shared/facts.tsx';
import { plural } from '../shared/format.ts';
import { usePlace } from '../shared/page.ts';
import { StatePill } from '../shared/state-badge.tsx';
import { Ago, Time } from '../shared/time.tsx';
import { WhyShown } from '../shared/why-answer.tsx';
import { workerQuery } from './queries.ts';
import { EndPilot, KillWorker, NodeLink, WorkerJobs, WorkerStrip } from './worker-parts.tsx';

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
  const { queue, harvester, submittedAt, startedAt, endedAt, why } = worker;
  const time = (at: string | null) => (at === null ? null : <Time at={at} />);
  return (
    <>
      <div>
        <div className="page-head">
          <div className="page-title">
            <h1>Worker {worker.worker}</h1>
            <StatePill family="worker" word={worker.status} />
          </div>
          {(worker.mayKill || worker.mayEnd) && (
            <div className="acts">
              {worker.mayEnd ? <EndPilot worker={worker} /> : <KillWorker worker={worker} />}
            </div>
          )}
        </div>
        <p className="small quiet">
          <Link to="/work/harvesters/$harvester" params={{ harvester }}>
            {harvester}
          </Link>{' '}
          ·{' '}
          <Link to="/work/queues/$name" params={{ name: queue }} className="mono">
            {queue}
          </Link>{' '}
          · last told of <Ago at={worker.modifiedAt} />
        </p>
      </div>
      <WorkerStrip worker={worker} />
      {why !== null && (
        <WhyShown
          why={why}
          touches={[['panda', 'worker', harvester, String(worker.worker)]]}
          {...(worker.status === 'finished' ? {} : { face: 'bad' as const })}
        />
      )}
      <div className="with-rail">
        <div className="stack">
          <WorkerJobs worker={worker} />
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
                ['Node', worker.node === null ? null : <NodeLink key="node" worker={worker} />],
                ['Element', worker.computingElement],
                ['Cores', worker.cores],
                ['Type', worker.resourceType],
                ['Pilot', worker.pilotStatus ?? 'said nothing'],
                ['Pilot began', time(worker.pilotStartedAt)],
                ['Pilot ended', time(worker.pilotEndedAt)],
                ['Told', time(worker.toldAt)],
                [
                  'Sync level',
                  worker.syncLevel === null
                    ? null
                    : worker.syncLevel === 1
                      ? '1, its jobs end with it'
                      : worker.syncLevel,
                ],
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
