import type { PandaErrorRow, PandaOverview, PandaShareRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { count, duration, percent, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { SectionHead } from '../shared/section-head.tsx';
import { Spark } from '../shared/spark.tsx';
import { State } from '../shared/state-badge.tsx';
import { jobsIn, queuesInNeed, runningStates, waitingStates } from './attention.ts';
import { jobsHref } from './filter.ts';
import { errorsQuery, overviewQuery, queuesQuery, sharesQuery } from './queries.ts';
import { ShareBar } from './share-bar.tsx';
import { StateBars } from './state-bars.tsx';
import { ThroughputChart } from './throughput.tsx';
import './work.css';

/** Is work flowing, and what wants a look? */
export function Overview() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Overview' }]);
  const { data, error, refetch } = useQuery(overviewQuery);
  if (data === undefined) {
    return error !== null ? (
      <>
        <h1>Work</h1>
        <ErrorPanel what="The overview could not be read" error={error} retry={() => void refetch()} />
      </>
    ) : (
      <div className="panel">
        <SkeletonRows rows={12} />
      </div>
    );
  }
  return (
    <>
      <Headline overview={data} />
      <Attention />
      <div className="halves">
        <section>
          <SectionHead title="Live jobs" to="/ui/work/jobs" link="All jobs" />
          <div className="panel panel-pad">
            <StateBars counts={data.jobs} />
          </div>
        </section>
        <section>
          <SectionHead title="Throughput" note="last hour" />
          <div className="panel">
            <ThroughputChart />
          </div>
        </section>
        <section>
          <SectionHead title="Shares" note="has and should have" to="/ui/work/shares" link="All shares" />
          <Shares />
        </section>
        <section>
          <SectionHead title="Errors" note="last 24 h" to="/ui/work/errors" link="All errors" />
          <Errors />
        </section>
      </div>
    </>
  );
}

/** The page says it in a sentence first. */
function Headline({ overview }: { overview: PandaOverview }) {
  const now = useSlowNow();
  const running = jobsIn(overview.jobs, runningStates);
  const waiting = jobsIn(overview.jobs, waitingStates);
  const oldest = overview.oldestActivatedSince;
  const [finished, failed] = [overview.finished, overview.failed].map((hours) =>
    hours.reduce((sum, n) => sum + n, 0),
  ) as [number, number];
  return (
    <div>
      <h1>
        {running + waiting === 0
          ? 'No job is live. '
          : `${plural(running, 'job')} ${running === 1 ? 'runs' : 'run'}, ${count(waiting)} ${waiting === 1 ? 'waits' : 'wait'}. `}
        <span className="rest">
          {oldest !== null &&
            `The oldest has waited ${duration(Math.max(0, (now - Date.parse(oldest)) / 1000))} for a pilot.`}
        </span>
      </h1>
      <p className="small quiet">
        {plural(overview.cores.running, 'core')} busy, {count(overview.cores.waiting)} asked for · in the last
        hour pilots asked for {plural(overview.asked, 'job')} and got {count(overview.given)} · in 24 h{' '}
        {plural(finished, 'job')} finished, {count(failed)} failed
        {finished + failed > 0 && `, ${percent(failed / (finished + failed))}`}
      </p>
    </div>
  );
}

const shownQueues = 8;

/** Queues that want somebody, urgent ones first; nothing at all when they are well. */
function Attention() {
  const now = useSlowNow();
  const { data, error, refetch } = useQuery(queuesQuery);
  if (error !== null && data === undefined)
    return <ErrorPanel what="The queues could not be read" error={error} retry={() => void refetch()} />;
  if (data === undefined) return null;
  const inNeed = queuesInNeed(data.rows, now);
  if (inNeed.length === 0)
    return (
      <p className="state">
        <Glyph face="good" /> {data.rows.length === 0 ? 'There is no queue yet.' : 'No queue wants a look.'}
      </p>
    );
  return (
    <section className="panel" aria-label="Queues that want a look">
      <table className="table loose">
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col">State</th>
            <th scope="col">What to look at</th>
          </tr>
        </thead>
        <tbody>
          {inNeed.slice(0, shownQueues).map(({ row, attention }) => (
            <tr key={row.queue}>
              <th scope="row">
                <Link to="/work/queues/$name" params={{ name: row.queue }} className="mono">
                  {row.queue}
                </Link>
              </th>
              <td>
                <State family="worker" word={row.status} />
              </td>
              <td className="fill">
                <Glyph face={attention.face} size={12} /> {attention.why}
                {row.status !== 'online' && row.statusReason !== '' && (
                  <span className="quiet"> “{row.statusReason}”</span>
                )}
                {attention.job !== undefined && (
                  <>
                    {' '}
                    <Href to={`/ui/work/jobs/${attention.job}`} className="button small">
                      Look at job {attention.job}
                    </Href>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {inNeed.length > shownQueues && (
        <p className="panel-pad small">
          <Href to="/ui/work/queues">{count(inNeed.length - shownQueues)} more want a look</Href>
        </p>
      )}
    </section>
  );
}

function Table({ children }: { children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
    <div className="panel scroll-x" tabIndex={0}>
      <table className="table">{children}</table>
    </div>
  );
}

const shownShares = 8;

function Shares() {
  const { data, error, refetch } = useQuery(sharesQuery);
  if (error !== null && data === undefined)
    return <ErrorPanel what="The shares could not be read" error={error} retry={() => void refetch()} />;
  const leaves: readonly PandaShareRow[] = (data?.rows ?? [])
    .filter((row) => row.leaf && (row.target > 0 || row.executingJobs + row.queuedJobs > 0))
    .toSorted((a, b) => b.target - a.target);
  if (data === undefined || leaves.length === 0)
    return (
      <div className="panel">
        {data === undefined ? <SkeletonRows rows={4} /> : <Empty title="No share has anything" />}
      </div>
    );
  return (
    <Table>
      <thead>
        <tr>
          <th scope="col">Share</th>
          <th scope="col">
            <span className="only-read">As a bar</span>
          </th>
          <th scope="col" className="num">
            has
          </th>
          <th scope="col" className="num">
            should
          </th>
          <th scope="col" className="num">
            waiting
          </th>
        </tr>
      </thead>
      <tbody>
        {leaves.slice(0, shownShares).map((row) => (
          <tr key={row.name}>
            <th scope="row">
              <Href to={jobsHref({ share: row.name })} className="plain">
                {row.name}
              </Href>
            </th>
            <td className="fill">
              <ShareBar row={row} />
            </td>
            <td className="num">{row.actual === null ? '–' : percent(row.actual / 100)}</td>
            <td className="num">{percent(row.target / 100)}</td>
            <td className="num">{count(row.queuedJobs)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Errors() {
  const { data, error, refetch } = useQuery(errorsQuery({ by: 'code', hours: 24 }));
  if (error !== null && data === undefined)
    return <ErrorPanel what="The errors could not be read" error={error} retry={() => void refetch()} />;
  if (data === undefined || data.rows.length === 0)
    return (
      <div className="panel">
        {data === undefined ? <SkeletonRows rows={4} /> : <Empty title="No job failed in the last 24 h" />}
      </div>
    );
  return (
    <Table>
      <thead>
        <tr>
          <th scope="col">Error</th>
          <th scope="col">What it means</th>
          <th scope="col" className="num">
            failed
          </th>
          <th scope="col">per hour</th>
        </tr>
      </thead>
      <tbody>
        {data.rows.slice(0, shownShares).map((row) => (
          <tr key={row.key}>
            <th scope="row" className="mono">
              <ErrorLink row={row} />
            </th>
            <td className="cut" title={row.meaning ?? row.example?.diag}>
              {row.meaning ?? row.example?.diag ?? '–'}
            </td>
            <td className="num">{count(row.failed)}</td>
            <td>
              <Spark values={row.spark} width={90} label={`${row.key} per hour over 24 h`} />
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function ErrorLink({ row }: { row: PandaErrorRow }) {
  if (row.source === null || row.code === null) return row.key;
  return <Href to={jobsHref({ status: 'failed', error: `${row.source}:${row.code}` })}>{row.key}</Href>;
}
