import type { Me, PandaJobCounts, UwsDefinitionList, UwsJobPage } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { definitionsQuery, jobsQuery } from '../services/queries.ts';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { count, plural } from '../shared/format.ts';
import { SectionHead } from '../shared/section-head.tsx';
import { State } from '../shared/state-badge.tsx';
import { Ago } from '../shared/time.tsx';
import { jobsIn, runningStates, waitingStates } from '../work/attention.ts';
import { LastJobs } from '../work/last-jobs.tsx';
import { facetsQuery, jobsQuery as pandaJobsQuery } from '../work/queries.ts';

/** What I started, and what I can start: the first page of everybody who does not run the facility. */
export function MyWork({ me, toggle }: { me: Me; toggle: React.ReactNode }) {
  const runsUws = me.services.some((service) => service.name === 'uws');
  const jobs = useQuery({ ...jobsQuery({ owner: me.name }, {}, 12), enabled: runsUws });
  const definitions = useQuery({ ...definitionsQuery, enabled: runsUws });
  const runsPanda =
    me.permissions.includes('panda.read') && me.services.some((service) => service.name === 'panda');
  const counts = useQuery({ ...facetsQuery({ owner: me.name }), enabled: runsPanda });
  const hasPanda = counts.data !== undefined && Object.keys(counts.data.states).length > 0;
  return (
    <>
      <div className="headline">
        <h1>{sentence(jobs.data?.rows ?? (runsUws ? undefined : []), counts.data?.states)}</h1>
        <span className="grow" />
        {toggle}
      </div>
      <div className="halves">
        <section>
          <div className="section-head">
            <h2>Start something</h2>
            <Link to="/services" className="small">
              All definitions
            </Link>
          </div>
          <Definitions data={definitions.data} error={definitions.error} />
        </section>
        <div className="stack">
          {hasPanda && <PandaJobs me={me} />}
          <section>
            <div className="section-head">
              <h2>My last jobs</h2>
              <Link to="/services/jobs" search={{ q: `owner:${me.name}` }} className="small">
                All of mine
              </Link>
            </div>
            <Jobs data={jobs.data} error={jobs.error} />
          </section>
        </div>
      </div>
    </>
  );
}

/** Of both services; what could not be counted yet is left out. */
function sentence(rows: UwsJobPage['rows'] | undefined, states: PandaJobCounts | undefined): string {
  if (rows === undefined && states === undefined) return 'My work';
  const known = rows ?? [];
  const counts = states ?? {};
  const onTheWay =
    known.filter((job) => job.phase === 'EXECUTING' || job.phase === 'QUEUED').length +
    jobsIn(counts, runningStates) +
    jobsIn(counts, waitingStates);
  const failed = known.filter((job) => job.phase === 'ERROR').length + (counts.failed ?? 0);
  if (known.length === 0 && Object.keys(counts).length === 0) return 'You have not started anything yet.';
  if (onTheWay > 0) return `${plural(onTheWay, 'job')} of yours ${onTheWay === 1 ? 'is' : 'are'} on the way.`;
  return failed === 0
    ? 'Nothing of yours is waiting.'
    : `Nothing of yours is waiting; ${count(failed)} of your last jobs failed.`;
}

/** Jobs of PanDA, for those who have some. */
function PandaJobs({ me }: { me: Me }) {
  const { data, error } = useQuery(pandaJobsQuery({ owner: me.name }, {}, 8));
  return (
    <section>
      <SectionHead
        title="My last PanDA jobs"
        to={`/ui/work/users/${encodeURIComponent(me.name)}`}
        link="All of mine"
      />
      {data !== undefined ? (
        <LastJobs rows={data.rows} label="My last PanDA jobs" />
      ) : (
        <div className="panel">
          {error !== null ? (
            <ErrorPanel what="Your jobs could not be read" error={error} />
          ) : (
            <SkeletonRows rows={4} />
          )}
        </div>
      )}
    </section>
  );
}

function Definitions({ data, error }: { data: UwsDefinitionList | undefined; error: unknown }) {
  if (error != null && data === undefined)
    return <ErrorPanel what="The definitions could not be read" error={error} />;
  return (
    <div className="panel">
      {data === undefined ? (
        <SkeletonRows rows={3} />
      ) : (
        <table className="table tall no-lines">
          <tbody>
            {data.rows.slice(0, 8).map((row) => (
              <tr key={row.name}>
                <td className="fill">
                  <Link to="/services/$name" params={{ name: row.name }} className="mono">
                    {row.name}
                  </Link>
                  <span className="sub">{row.title}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Jobs({ data, error }: { data: UwsJobPage | undefined; error: unknown }) {
  if (error != null && data === undefined)
    return <ErrorPanel what="Your jobs could not be read" error={error} />;
  if (data === undefined)
    return (
      <div className="panel">
        <SkeletonRows rows={4} />
      </div>
    );
  return (
    <div className="panel scroll-x">
      {data.rows.length === 0 ? (
        <Empty
          title="No job of yours yet"
          act={
            <Link to="/services" className="button small">
              Choose a definition
            </Link>
          }
        >
          A job is one run of a definition; its results stay here until they are destroyed.
        </Empty>
      ) : (
        <table className="table no-lines">
          <tbody>
            {data.rows.map((job) => (
              <tr key={job.id}>
                <td>
                  <State family="uwsJob" word={job.phase} />
                </td>
                <td>
                  <Link
                    to="/services/$name/jobs/$id"
                    params={{ name: job.definition, id: job.id }}
                    className="mono"
                  >
                    {job.id}
                  </Link>
                </td>
                <td className="fill">{job.runId ?? job.definition}</td>
                <td className="num quiet small">
                  <Ago at={job.createdAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
