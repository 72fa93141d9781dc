import type { PandaNode, PandaNodeGpu, PandaNodeJob, PandaNodeRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Facts } from '../shared/facts.tsx';
import { bytes, count, duration, exact, percent, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { State } from '../shared/state-badge.tsx';
import { Ago, Time } from '../shared/time.tsx';
import { WhyPanel } from '../shared/why-panel.tsx';
import { jobsHref } from './filter.ts';
import { HourBars } from './hour-bars.tsx';
import { nodeQuery } from './node-queries.ts';
import { coresText } from './nodes.tsx';
import './work.css';

const windows = [
  [6, '6 h'],
  [24, '24 h'],
  [168, '7 d'],
] as const;

/** One machine: what it is, how jobs fare there, and against which of its queues that is much. */
export function NodePage() {
  const { site, host } = useParams({ strict: false }) as { site: string; host: string };
  const { hours: asked } = useSearch({ strict: false }) as { hours?: string };
  const hours = windows.find(([each]) => String(each) === asked)?.[0] ?? 24;
  const { data, error, refetch } = useQuery(nodeQuery(site, host, hours));
  usePlace([
    { label: 'Work', to: '/work' },
    { label: 'Nodes', to: '/work/nodes' },
    { label: host, mono: true },
  ]);
  if (data !== undefined) return <Node node={data} hours={hours} />;
  return error !== null ? (
    <ErrorPanel what={`Node ${host} could not be read`} error={error} retry={() => void refetch()} />
  ) : (
    <div className="panel">
      <SkeletonRows rows={8} />
    </div>
  );
}

function Node({ node, hours }: { node: PandaNode; hours: number }) {
  const navigate = useNavigate();
  return (
    <>
      <div>
        <div className="page-head">
          <div className="page-title">
            <h1>{node.host}</h1>
          </div>
          <div className="acts">
            <Href to={jobsHref({ node: node.host })} className="button">
              All jobs
            </Href>
          </div>
        </div>
        <p className="small quiet">
          {node.site}
          {node.lastSeenAt === null ? (
            ' · no pilot has described it'
          ) : (
            <>
              {' '}
              · last described <Ago at={node.lastSeenAt} />
            </>
          )}
          {node.queues.map(({ queue }) => (
            <span key={queue}>
              {' · '}
              <Link to="/work/queues/$name" params={{ name: queue }} className="mono">
                {queue}
              </Link>
            </span>
          ))}
        </p>
      </div>
      <Fares node={node} hours={hours} />
      <div className="filter-line">
        <fieldset className="segments" aria-label="Over what time">
          {windows.map(([each, word]) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === hours}
              onClick={() => void navigate({ to: '.', search: { hours: String(each) }, replace: true })}
            >
              {word}
            </button>
          ))}
        </fieldset>
        <HourBars hours={node.hours} width={360} height={32} />
      </div>
      <div className="with-rail">
        <div className="stack">
          <Errors node={node} />
          <Jobs node={node} />
          <Workers node={node} />
        </div>
        <aside className="rail">
          {node.hardware.length === 0 ? (
            <section>
              <div className="section-head">
                <h2>Hardware</h2>
              </div>
              <p className="small quiet">
                Not known: pilots describe their machine at the beginning of a job, those of version 3.10 and
                later.
              </p>
            </section>
          ) : (
            node.hardware.map((each) => <Hardware key={each.cpuModel} node={each} />)
          )}
          {node.gpus.map((gpu) => (
            <Gpu key={`${gpu.vendor} ${gpu.model}`} gpu={gpu} />
          ))}
        </aside>
      </div>
    </>
  );
}

/** The answer first: does it fail more than it should? */
function Fares({ node, hours }: { node: PandaNode; hours: number }) {
  const { finished, failed, elsewhere } = node;
  const ended = finished + failed;
  if (ended === 0) return <p className="quiet">No job ended here in the last {plural(hours, 'hour')}.</p>;
  const share = failed / ended;
  const isWorse = failed >= 5 && share >= 2 * (elsewhere ?? 0.25);
  const least = node.exact ? '' : 'at least ';
  return (
    <WhyPanel
      question={`How do jobs fare on ${node.host}?`}
      {...(isWorse ? { face: 'bad' as const } : {})}
      answer={`${least}${count(failed)} of ${plural(ended, 'job')} failed in ${plural(hours, 'hour')}, ${percent(share)}.${elsewhere === null ? '' : ` On other nodes of the same queues ${percent(elsewhere)} fail.`}`}
      evidence={[
        ...(node.medianSeconds === null
          ? []
          : [
              {
                face: 'bad' as const,
                text: 'half of the failed jobs took less than',
                value: duration(node.medianSeconds),
              },
            ]),
        ...(node.finishedMedianSeconds === null
          ? []
          : [
              {
                face: 'good' as const,
                text: 'half of the finished jobs took less than',
                value: duration(node.finishedMedianSeconds),
              },
            ]),
      ]}
      {...(isWorse
        ? {
            change:
              'Drain it in its batch system, so that no pilot starts there; jobs that failed early can be retried elsewhere.',
          }
        : {})}
    />
  );
}

function Errors({ node }: { node: PandaNode }) {
  if (node.errors.length === 0) return null;
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Errors</h2>
        <span className="small quiet">of the jobs that failed here, most frequent first</span>
      </div>
      <table className="table" aria-label="Errors">
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Meaning</th>
            <th scope="col" className="num">
              Jobs
            </th>
          </tr>
        </thead>
        <tbody>
          {node.errors.map(({ source, code, meaning, jobs }) => (
            <tr key={`${source} ${code}`}>
              <td className="mono">
                {source} {code}
              </td>
              <td className="fill">{meaning ?? <span className="faint">not known</span>}</td>
              <td className="num">
                <Href to={jobsHref({ node: node.host, error: `${source}:${code}` })} className="plain">
                  {count(jobs)}
                </Href>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Jobs({ node }: { node: PandaNode }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Jobs</h2>
        <span className="small quiet">that ended here and you may see, last first</span>
      </div>
      {node.jobs.length === 0 ? (
        <Empty title="None that you may see">Numbers above are over all jobs.</Empty>
      ) : (
        <table className="table data-table hover" aria-label="Jobs that ended here">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Job</th>
              <th scope="col" className="num">
                Ran
              </th>
              <th scope="col">Error</th>
              <th scope="col" className="num">
                Ended
              </th>
            </tr>
          </thead>
          <tbody>
            {node.jobs.map((job) => (
              <JobLine key={job.id} job={job} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function JobLine({ job }: { job: PandaNodeJob }) {
  const { id, status, startedAt, endedAt, error } = job;
  const text = error === null ? '' : `${error.source} ${error.code} ${error.diag}`;
  return (
    <tr>
      <td>
        <State family="pandaJob" word={status} />
      </td>
      <td>
        <Link to="/work/jobs/$id" params={{ id: String(id) }} className="mono">
          {id}
        </Link>
      </td>
      <td className="num">
        {startedAt === null ? '–' : duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)}
      </td>
      <td className="cut" title={text}>
        {text}
      </td>
      <td className="num mono">
        <Time at={endedAt} />
      </td>
    </tr>
  );
}

function Workers({ node }: { node: PandaNode }) {
  if (node.workers.length === 0) return null;
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Workers</h2>
        <span className="small quiet">that ran here, last changed first</span>
      </div>
      <table className="table hover" aria-label="Workers that ran here">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Worker</th>
            <th scope="col">Batch job</th>
            <th scope="col" className="num">
              Jobs
            </th>
            <th scope="col" className="num">
              Changed
            </th>
          </tr>
        </thead>
        <tbody>
          {node.workers.map(({ harvester, worker, status, batchId, jobs, modifiedAt }) => (
            <tr key={`${harvester}/${worker}`}>
              <td>
                <State family="worker" word={status} />
              </td>
              <td className="fill">
                <Link
                  to="/work/workers/$harvester/$id"
                  params={{ harvester, id: String(worker) }}
                  className="mono"
                >
                  {harvester}/{worker}
                </Link>
              </td>
              <td className="mono">{batchId ?? '–'}</td>
              <td className="num">{count(jobs)}</td>
              <td className="num mono">
                <Time at={modifiedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Hardware({ node }: { node: PandaNodeRow }) {
  const { logicalCpus, clockMhz, memoryMb, diskGb } = node;
  return (
    <section>
      <div className="section-head">
        <h2>Hardware</h2>
      </div>
      <Facts
        rows={[
          ['Processor', node.cpuModel],
          ['Processors', logicalCpus === null ? null : exact(logicalCpus)],
          ['Built of', coresText(node)],
          [
            'Architecture',
            [node.architecture, node.level].filter((each) => each !== null).join(', ') || null,
          ],
          ['Clock', clockMhz === null ? null : `${exact(Math.round(clockMhz))} MHz`],
          ['Memory', memoryMb === null ? null : bytes(memoryMb * 1_000_000)],
          ['Local disk', diskGb === null ? null : bytes(diskGb * 1_000_000_000)],
          ['First seen', <Time key="first" at={node.firstSeenAt} />],
          ['Last seen', <Time key="last" at={node.lastSeenAt} />],
        ]}
      />
    </section>
  );
}

function Gpu({ gpu }: { gpu: PandaNodeGpu }) {
  const software = [gpu.framework, gpu.frameworkVersion].filter((each) => each !== null).join(' ');
  return (
    <section>
      <div className="section-head">
        <h2>GPU</h2>
      </div>
      <Facts
        rows={[
          ['Model', `${gpu.gpus} × ${gpu.vendor} ${gpu.model}`],
          ['Memory', gpu.memoryMb === null ? null : bytes(gpu.memoryMb * 1_000_000)],
          ['Architecture', gpu.architecture],
          ['Software', software || null],
          ['Driver', gpu.driverVersion],
          ['Last seen', <Time key="last" at={gpu.lastSeenAt} />],
        ]}
      />
    </section>
  );
}
