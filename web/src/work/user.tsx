import type { PandaErrorSummary } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { count, duration, percent, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { rememberPage } from '../shared/recent.ts';
import { SectionHead } from '../shared/section-head.tsx';
import { jobsIn, runningStates, waitingStates } from './attention.ts';
import { jobsHref } from './filter.ts';
import { LastJobs } from './last-jobs.tsx';
import { errorsQuery, facetsQuery, jobsQuery } from './queries.ts';
import { StateBars } from './state-bars.tsx';
import './work.css';

const shownJobs = 20;
const shownErrors = 8;
const days = 7;

/** What one user has in PanDA: jobs by state, why they fail, the last ones. */
export function UserPage() {
  const { name } = useParams({ strict: false }) as { name: string };
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Users' }, { label: name }]);
  useEffect(
    () => rememberPage({ label: `jobs of ${name}`, to: `/work/users/${encodeURIComponent(name)}` }),
    [name],
  );
  const of = { owner: name };
  const facets = useQuery(facetsQuery(of));
  const jobs = useQuery(jobsQuery(of, {}, shownJobs));
  const all = jobsHref(of);
  return (
    <>
      <h1 className="wrap-any">
        {name}{' '}
        <span className="rest">
          {facets.data !== undefined &&
            `${plural(jobsIn(facets.data.states, runningStates), 'job')} running, ${count(jobsIn(facets.data.states, waitingStates))} waiting`}
        </span>
      </h1>
      <div className="halves">
        <section>
          <SectionHead
            title="Jobs by state"
            {...(facets.data?.finalHours == null
              ? {}
              : { note: `ended ones: last ${facets.data.finalHours} h` })}
            to={all}
            link="All jobs"
          />
          <div className="panel panel-pad">
            {facets.data !== undefined ? (
              <StateBars
                counts={facets.data.states}
                terms={of}
                none="This user has no job that you may see."
              />
            ) : facets.error !== null ? (
              <ErrorPanel
                what="The jobs could not be counted"
                error={facets.error}
                retry={() => void facets.refetch()}
              />
            ) : (
              <SkeletonRows rows={4} />
            )}
          </div>
        </section>
        <section>
          <SectionHead title="Last jobs" note="newest first" to={all} link="All jobs" />
          {jobs.data === undefined ? (
            <div className="panel">
              {jobs.error !== null ? (
                <ErrorPanel
                  what="The jobs could not be read"
                  error={jobs.error}
                  retry={() => void jobs.refetch()}
                />
              ) : (
                <SkeletonRows rows={8} />
              )}
            </div>
          ) : jobs.data.rows.length === 0 ? (
            <div className="panel">
              <Empty title="No job that you may see">
                Jobs of others are seen by operators, and by production roles of their VO.
              </Empty>
            </div>
          ) : (
            <LastJobs rows={jobs.data.rows} label="Last jobs" />
          )}
        </section>
        <section>
          <SectionHead title="Why jobs failed" note={`last ${days} d`} />
          <Failures name={name} />
        </section>
      </div>
    </>
  );
}

function Failures({ name }: { name: string }) {
  const { data, error, refetch } = useQuery(errorsQuery({ by: 'code', hours: 24 * days, owner: name }));
  if (data === undefined)
    return error !== null ? (
      <ErrorPanel what="The errors could not be read" error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={4} />
      </div>
    );
  if (data.rows.length === 0)
    return (
      <div className="panel">
        <Empty title={data.ended === 0 ? `No job ended in ${days} d` : `No job failed in ${days} d`} />
      </div>
    );
  return <FailureTable name={name} data={data} />;
}

function FailureTable({ name, data }: { name: string; data: PandaErrorSummary }) {
  return (
    <>
      <p className="small quiet">
        {count(data.failed)} of {plural(data.ended, 'job')} failed,{' '}
        {percent(data.failed / Math.max(1, data.ended))}; {duration(data.lostCoreSeconds)} of core time lost
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too */}
      <div className="panel scroll-x" tabIndex={0}>
        <table className="table" aria-label="Why jobs failed">
          <thead>
            <tr>
              <th scope="col">Error</th>
              <th scope="col">What it means</th>
              <th scope="col" className="num">
                failed
              </th>
            </tr>
          </thead>
          <tbody>
            {data.rows.slice(0, shownErrors).map((row) => (
              <tr key={row.key}>
                <th scope="row">
                  <Href
                    to={jobsHref({ owner: name, status: 'failed', error: `${row.source}:${row.code}` })}
                    className="mono"
                  >
                    {row.key}
                  </Href>
                </th>
                <td className="fill">{row.meaning ?? row.example?.diag ?? '–'}</td>
                <td className="num">{count(row.failed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
