import type { UwsJob } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiError } from '../shared/api.ts';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { duration, stamp, withClocks } from '../shared/format.ts';
import { useKeys } from '../shared/keys.ts';
import { useMe } from '../shared/me.ts';
import { useNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { PhaseStrip, type StripPhase } from '../shared/phase-strip.tsx';
import { PromiseLine } from '../shared/promise-line.tsx';
import { rememberPage } from '../shared/recent.ts';
import { OverdueFlag, StatePill } from '../shared/state-badge.tsx';
import { faceOf, isFinal } from '../shared/states.ts';
import { Tabs } from '../shared/tabs.tsx';
import { Ago, Deadline, Time } from '../shared/time.tsx';
import { InputFiles } from './input-files.tsx';
import { JobActs } from './job-acts.tsx';
import { History, Parameters, UwsDocument } from './job-details.tsx';
import { JobLog } from './job-log.tsx';
import { ArchivedNotice, DeletionNotice, GoneJob, LastLines } from './job-notices.tsx';
import { JobRail } from './job-rail.tsx';
import { JobWhy } from './job-why.tsx';
import { useLiveJob } from './live.ts';
import { jobQuery } from './queries.ts';
import { Results } from './results.tsx';

/** One job. While it is not final it says what comes next; then how long each phase took, and its results. */
export function JobPage() {
  const { name, id } = useParams({ strict: false }) as { name: string; id: string };
  const { data, error, refetch } = useQuery(jobQuery(id));
  useLiveJob(id);
  usePlace([
    { label: 'Services', to: '/services' },
    { label: name, to: `/services/${name}/jobs` },
    { label: id, mono: true },
  ]);
  useEffect(() => rememberPage({ label: `${name} / ${id}`, to: `/services/${name}/jobs/${id}` }), [name, id]);
  const navigate = useNavigate();
  // Links that know only the id, and old names: the address says what the job is of.
  const misplaced = data !== undefined && data.definition !== name;
  useEffect(() => {
    if (misplaced)
      void navigate({
        to: '/services/$name/jobs/$id',
        params: { name: data.definition, id },
        search: true,
        replace: true,
      });
  }, [misplaced, data?.definition, id, navigate]);
  if (data !== undefined && error instanceof ApiError && error.status === 404)
    return <GoneJob id={id} definition={data.definition} />;
  if (misplaced) return null;
  if (data === undefined) {
    return error !== null ? (
      <ErrorPanel what={`The job ${id} could not be read`} error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={8} />
      </div>
    );
  }
  return <Job job={data} />;
}

function Job({ job }: { job: UwsJob }) {
  const me = useMe();
  const now = useNow();
  const { tab: asked } = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const final = isFinal(faceOf('uwsJob', job.phase));
  const usual =
    job.phase === 'EXECUTING'
      ? 'log'
      : ['PENDING', 'ARCHIVED'].includes(job.phase)
        ? 'parameters'
        : 'results';
  const tab = asked ?? usual;
  const choose = (next: string) => void navigate({ to: '.', search: { tab: next }, replace: true });
  const waitsForMe = job.phase === 'PENDING' && me !== undefined && job.owner === me.name;
  useKeys([
    {
      keys: 'y',
      what: 'copy the id',
      group: 'This page',
      run: () => void navigator.clipboard?.writeText(job.id),
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
  return (
    <>
      <div>
        <div className="page-head">
          <div className="page-title">
            <h1>{job.runId === null || job.runId === '' ? job.definitionTitle : job.runId}</h1>
            <StatePill family="uwsJob" word={job.phase} you={waitsForMe} />
            {job.overdue && <OverdueFlag seconds={Math.max(1, late)} />}
          </div>
          <JobActs job={job} />
        </div>
        <p className="small quiet">
          <span className="mono">
            {job.definition} / {job.id}
          </span>{' '}
          ·{' '}
          <Link
            to="/services/$name/definition"
            params={{ name: job.definition }}
            search={{ version: String(job.definitionVersion) }}
          >
            version {job.definitionVersion}
          </Link>{' '}
          · job of {job.owner ?? 'nobody signed in'} · created <Time at={job.createdAt} />,{' '}
          <Ago at={job.createdAt} />
          {job.startedAt !== null && job.endedAt !== null && (
            <> · took {duration((Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 1000)}</>
          )}
        </p>
      </div>
      {job.deletesAt !== null && <DeletionNotice job={job} at={job.deletesAt} />}
      {job.phase === 'ARCHIVED' && <ArchivedNotice job={job} />}
      {job.promise !== null && (
        <PromiseLine
          now={withClocks(job.promise.now, now)}
          next={withClocks(job.promise.next, now)}
          expected={job.promise.expected === null ? 'no deadline' : <Deadline at={job.promise.expected.at} />}
          {...(job.promise.expected === null ? {} : { source: job.promise.expected.source })}
          otherwise={withClocks(job.promise.otherwise, now)}
        />
      )}
      {job.phases.length > 1 && <PhaseStrip phases={stripOf(job, now)} />}
      {(job.error !== null || !final || job.phase === 'ABORTED') && <JobWhy job={job} />}
      {job.phase === 'ERROR' && tab !== 'log' && <LastLines job={job} />}
      <Tabs
        label="Parts of the job"
        chosen={tab}
        onChoose={choose}
        tabs={[
          { id: 'results', label: 'Results', n: job.results.length },
          { id: 'parameters', label: 'Parameters', n: job.parameters.length },
          { id: 'log', label: 'Log' },
          { id: 'history', label: 'History', n: job.phases.length },
          { id: 'uws', label: 'UWS document' },
        ]}
        {...(job.destruction === null ? {} : { aside: <KeptUntil at={job.destruction} /> })}
      />
      <div className="with-rail">
        <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} className="stack">
          {tab === 'parameters' ? (
            <>
              <Parameters job={job} />
              <InputFiles job={job} />
            </>
          ) : tab === 'log' ? (
            <JobLog job={job} />
          ) : tab === 'history' ? (
            <History job={job} />
          ) : tab === 'uws' ? (
            <UwsDocument job={job} />
          ) : (
            <Results job={job} />
          )}
        </div>
        <JobRail job={job} />
      </div>
    </>
  );
}

function KeptUntil({ at }: { at: string }) {
  return (
    <span title={`${stamp(at)} UTC`}>
      Results kept until <Deadline at={at} />
    </span>
  );
}

/** Phases with how long each lasted; the present one grows, the last one of a final job has no length. */
function stripOf(job: UwsJob, now: number): StripPhase[] {
  return job.phases.map((entry, index) => {
    const next = job.phases[index + 1];
    const end = next !== undefined ? Date.parse(next.at) : job.promise === null ? undefined : now;
    return {
      word: entry.phase,
      face: faceOf('uwsJob', entry.phase),
      seconds: end === undefined ? null : Math.max(0, (end - Date.parse(entry.at)) / 1000),
      note: `${stamp(entry.at)} UTC: ${entry.why}`,
    };
  });
}
