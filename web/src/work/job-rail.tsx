import type { PandaJob } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import { CopyButton } from '../shared/copy-button.tsx';
import { Facts } from '../shared/facts.tsx';
import { bytes, count, duration, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { State } from '../shared/state-badge.tsx';
import { Deadline, Time } from '../shared/time.tsx';
import { jobsHref } from './filter.ts';
import { jobPath } from './queries.ts';

/** Beside the job: what it asks for, where it runs, its workers, the same from a program. */
export function JobRail({ job }: { job: PandaJob }) {
  const curl = `curl -H "Authorization: Bearer $ORRERY_TOKEN" \\\n  ${window.location.origin}${jobPath(job.id)}`;
  return (
    <aside className="rail">
      <section>
        <div className="section-head">
          <h2>Facts</h2>
        </div>
        <Facts
          rows={[
            [
              'Share',
              <Href key="share" to={jobsHref({ share: job.share })}>
                {job.share}
              </Href>,
            ],
            ['Label', job.label],
            ['Type', job.processingType],
            ['VO', job.vo],
            ['Group', job.workingGroup],
            [
              'Priority',
              job.priority === job.assignedPriority
                ? job.priority
                : `${job.priority}, given ${job.assignedPriority}`,
            ],
            ['Resource', job.resourceType],
            ['Cores', job.cores],
            ['Memory', job.memoryMb === 0 ? null : bytes(job.memoryMb * 1e6)],
            ['Disk', job.diskMb === 0 ? null : bytes(job.diskMb * 1e6)],
            ['Wall time', job.walltimeSeconds === 0 ? null : duration(job.walltimeSeconds)],
            ['Given out', job.sentCount === 0 ? null : plural(job.sentCount, 'time')],
            ['Deadline', job.deadline === null ? null : <Deadline key="deadline" at={job.deadline} />],
            ['State since', <Time key="since" at={job.statusSince} />],
            ['By', job.changedBy],
          ]}
        />
      </section>
      {(job.node !== null || job.pilot !== null || job.batchId !== null) && (
        <section>
          <div className="section-head">
            <h2>{job.live ? 'Runs on' : 'Ran on'}</h2>
          </div>
          <Facts
            rows={[
              [
                'Node',
                job.node === null ? null : (
                  <Href key="node" to={jobsHref({ node: job.node })} className="wrap-any">
                    {job.node}
                  </Href>
                ),
              ],
              ['Element', job.computingElement],
              ['Pilot', job.pilot],
              ['Batch', job.batchId],
              ['Scheduler', job.scheduler],
            ]}
          />
        </section>
      )}
      {job.workers.length > 0 && <Workers job={job} />}
      <section>
        <div className="section-head">
          <h2>From a program</h2>
          <CopyButton text={curl} />
        </div>
        <pre className="code">{curl}</pre>
      </section>
    </aside>
  );
}

const shownWorkers = 5;

function Workers({ job }: { job: PandaJob }) {
  const more = job.workers.length - shownWorkers;
  return (
    <section>
      <div className="section-head">
        <h2>Workers</h2>
      </div>
      <ul className="stack close">
        {job.workers.slice(0, shownWorkers).map((worker) => (
          <li key={`${worker.harvester} ${worker.worker}`}>
            <State family="worker" word={worker.status} />{' '}
            <Link
              to="/work/workers/$harvester/$id"
              params={{ harvester: worker.harvester, id: String(worker.worker) }}
              className="mono wrap-any"
            >
              {worker.harvester} / {worker.worker}
            </Link>
            {worker.logs.map((log) => (
              <a key={log.href} href={log.href} rel="noreferrer" target="_blank">
                {log.name}
              </a>
            ))}
          </li>
        ))}
      </ul>
      {more > 0 && <p className="faint">{count(more)} earlier ones are not shown.</p>}
    </section>
  );
}
