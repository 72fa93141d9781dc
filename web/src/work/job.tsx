import type { PandaJob } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { duration, stamp, withClocks } from '../shared/format.ts';
import { useKeys } from '../shared/keys.ts';
import { Href } from '../shared/link.tsx';
import { useNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { PhaseStrip, type StripPhase } from '../shared/phase-strip.tsx';
import { PromiseLine } from '../shared/promise-line.tsx';
import { rememberPage } from '../shared/recent.ts';
import { OverdueFlag, StatePill } from '../shared/state-badge.tsx';
import { faceOf, isFinal } from '../shared/states.ts';
import { Tabs } from '../shared/tabs.tsx';
import { Ago, Deadline, Time } from '../shared/time.tsx';
import { WhyAnswer } from '../shared/why-answer.tsx';
import { jobsHref } from './filter.ts';
import { JobActs } from './job-acts.tsx';
import { Files } from './job-files.tsx';
import { Attributes, History } from './job-history.tsx';
import { DebugOutput, PilotLog } from './job-logs.tsx';
import { Metrics } from './job-metrics.tsx';
import { Errors, Parameters } from './job-parts.tsx';
import { JobRail } from './job-rail.tsx';
import { JobDecisions } from './job-retry.tsx';
import { useLiveJob } from './live.ts';
import { jobQuery, jobWhyQuery } from './queries.ts';
import { userHref } from './user-href.ts';

/** One job: what happens to it now and next, why, and everything its pilot told. */
export function JobPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { data, error, refetch } = useQuery(jobQuery(id));
  useLiveJob(id);
  usePlace([
    { label: 'Work', to: '/work' },
    { label: 'Jobs', to: '/work/jobs' },
    { label: id, mono: true },
  ]);
  useEffect(() => rememberPage({ label: `job ${id}`, to: `/work/jobs/${id}` }), [id]);
  if (data !== undefined) return <Job key={id} job={data} />;
  return error !== null ? (
    <>
      <h1>Job {id}</h1>
      <ErrorPanel what="It could not be read" error={error} retry={() => void refetch()} />
    </>
  ) : (
    <div className="panel">
      <SkeletonRows rows={8} />
    </div>
  );
}

/** The part one most likely came for. */
function usualTab(job: PandaJob): string {
  if (job.errors.length > 0) return 'errors';
  return job.live && job.debug ? 'output' : 'files';
}

function Job({ job }: { job: PandaJob }) {
  const now = useNow();
  const { tab: asked } = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const tab = asked ?? usualTab(job);
  const choose = (next: string) => void navigate({ to: '.', search: { tab: next }, replace: true });
  const face = faceOf('pandaJob', job.status);
  useKeys([
    {
      keys: 'y',
      what: 'copy the id',
      group: 'This page',
      run: () => void navigator.clipboard?.writeText(String(job.id)),
    },
    {
      keys: 'w',
      what: 'why',
      group: 'This page',
      run: () => document.getElementById('why')?.scrollIntoView(),
    },
    { keys: 'l', what: 'log', group: 'This page', run: () => choose('log') },
  ]);
  const late = job.deadline === null ? 0 : (now - Date.parse(job.deadline)) / 1000;
  // A retry makes another job; one goes on there.
  const showMade = (answer: unknown) => {
    const made = typeof answer === 'object' && answer !== null && 'id' in answer ? Number(answer.id) : job.id;
    if (made !== job.id) void navigate({ to: '/work/jobs/$id', params: { id: String(made) } });
  };
  const strip = stripOf(job, now);
  const showsWhy = !isFinal(face) || face !== 'good';
  return (
    <>
      <div>
        <div className="page-head">
          <div className="page-title">
            <h1>
              <span className="only-read">Job </span>
              {job.id}
            </h1>
            <StatePill family="pandaJob" word={job.status} />
            {job.overdue && <OverdueFlag seconds={Math.max(1, late)} />}
          </div>
          <JobActs job={job} />
        </div>
        <Subtitle job={job} />
      </div>
      {job.promise !== null && (
        <PromiseLine
          now={withClocks(job.promise.now, now)}
          next={withClocks(job.promise.next, now)}
          expected={job.promise.expected === null ? 'no deadline' : <Deadline at={job.promise.expected.at} />}
          {...(job.promise.expected === null ? {} : { source: job.promise.expected.source })}
          otherwise={withClocks(job.promise.otherwise, now)}
        />
      )}
      {strip.length > 1 && <PhaseStrip phases={strip} />}
      {showsWhy && (
        <WhyAnswer
          query={jobWhyQuery(String(job.id))}
          touches={[
            ['panda', 'job', String(job.id)],
            ['panda', 'job-why', String(job.id)],
          ]}
          onActed={(answer) => showMade(answer)}
          {...(job.overdue || face === 'bad' ? { face: 'bad' } : {})}
        />
      )}
      <Tabs
        label="Parts of the job"
        chosen={tab}
        onChoose={choose}
        tabs={[
          { id: 'files', label: 'Files', n: job.files.length },
          { id: 'parameters', label: 'Parameters' },
          { id: 'metrics', label: 'Metrics' },
          { id: 'errors', label: 'Errors', n: job.errors.length },
          { id: 'log', label: 'Pilot log' },
          { id: 'output', label: 'Live output' },
          { id: 'history', label: 'History', n: job.history.length },
          { id: 'attributes', label: 'Attributes' },
        ]}
      />
      <div className="with-rail">
        <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} className="stack">
          <Part tab={tab} job={job} />
        </div>
        <JobRail job={job} />
      </div>
    </>
  );
}

function Subtitle({ job }: { job: PandaJob }) {
  return (
    <p className="small quiet">
      {job.name !== '' && (
        <>
          <span className="wrap-any">{job.name}</span> ·{' '}
        </>
      )}
      {job.task !== null && (
        <>
          <Href to={jobsHref({ task: job.task })}>task {job.task}</Href> ·{' '}
        </>
      )}
      <Link to="/work/queues/$name" params={{ name: job.queue }} className="mono">
        {job.queue}
      </Link>{' '}
      · job of <Href to={userHref(job.owner)}>{job.owner}</Href> · attempt {job.attempt} of {job.maxAttempt} ·
      made <Time at={job.createdAt} />, <Ago at={job.createdAt} />
      {job.startedAt !== null && job.endedAt !== null && (
        <> · ran {duration((Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 1000)}</>
      )}
      {!job.live && ' · in the archive'}
    </p>
  );
}

function Part({ tab, job }: { tab: string; job: PandaJob }) {
  if (tab === 'parameters') return <Parameters job={job} />;
  if (tab === 'metrics') return <Metrics job={job} />;
  if (tab === 'errors')
    return (
      <>
        <Errors job={job} />
        {(job.errors.length > 0 || job.attempt > 1) && <JobDecisions job={job} />}
      </>
    );
  if (tab === 'log') return <PilotLog job={job} />;
  if (tab === 'output') return <DebugOutput job={job} />;
  if (tab === 'history') return <History job={job} />;
  return tab === 'attributes' ? <Attributes job={job} /> : <Files job={job} />;
}

/** States of the present attempt with how long each lasted; earlier attempts stand in the history. */
function stripOf(job: PandaJob, now: number): StripPhase[] {
  const last = job.history.at(-1)?.attempt;
  const entries = job.history.filter(
    ({ attempt, status }, index) => attempt === last && job.history[index + 1]?.status !== status,
  );
  return entries.map((entry, index) => {
    const next = entries[index + 1];
    const end = next !== undefined ? Date.parse(next.at) : job.live ? now : undefined;
    return {
      word: entry.status,
      face: faceOf('pandaJob', entry.status),
      seconds: end === undefined ? null : Math.max(0, (end - Date.parse(entry.at)) / 1000),
      note: `${stamp(entry.at)} UTC: ${entry.why}`,
    };
  });
}
