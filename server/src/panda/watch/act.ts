import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { moveJobs } from '../setup/setup.store.ts';
import { setupJobsTask } from '../setup/setup-jobs.task.ts';
import { type LateJob, secondsOf, type TimeLimit, type WatchSettings } from './limits.ts';
import { retryOrEnd } from './retry.ts';
import { closureOf, failureOf } from './verdict.ts';

const by = 'watchdog';
const perTask = 200;

/** Does with locked late jobs what their limit says, in the caller's transaction. */
export async function act(
  core: Core,
  tx: Tx,
  limit: TimeLimit,
  settings: WatchSettings,
  jobs: readonly LateJob[],
): Promise<void> {
  const now = core.clock.now();
  const seconds = secondsOf(limit, settings);
  switch (limit.action) {
    case 'fail':
      await noteEnds(tx, jobs);
      await retryOrEnd(
        tx,
        core,
        jobs.map((job) => ({ jobId: job.jobId, by, mayBeginAgain: false, ...failureOf(job, seconds, now) })),
      );
      return;
    case 'close':
      await close(tx, jobs, false, now);
      return;
    case 'reassign':
      await close(tx, jobs, true, now);
      return;
    case 'set up':
      await setUpAgain(core, tx, jobs);
      return;
    case 'kill':
      await tellToStop(tx, jobs);
  }
}

/** A job of which nothing was heard has ended when it was last heard of. */
async function noteEnds(tx: Tx, jobs: readonly LateJob[]): Promise<void> {
  await tx`
    update panda.job j set ended_at = l.since
    from unnest(${jobs.map(({ jobId }) => jobId)}::bigint[], ${jobs.map(({ since }) => since.toISOString())}::timestamptz[])
      as l (job_id, since)
    where j.job_id = l.job_id and j.ended_at is null`;
}

async function close(tx: Tx, jobs: readonly LateJob[], isReassigned: boolean, now: Date): Promise<void> {
  await endJobs(
    tx,
    jobs.map((job) => ({
      jobId: job.jobId,
      status: 'closed',
      subStatus: 'toreassign',
      by,
      ...closureOf(job, isReassigned, now),
    })),
  );
}

/** Jobs that are `defined` stay so, others become it; their setup is added again. */
async function setUpAgain(core: Core, tx: Tx, jobs: readonly LateJob[]): Promise<void> {
  const moves = jobs
    .filter(({ status }) => status !== 'defined')
    .map(({ jobId }) => ({ jobId, status: 'defined', why: 'its inputs did not arrive: set up again' }));
  await moveJobs(tx, moves, by);
  // What waits anew has its whole time again, so that the next look does not find it.
  await tx`
    update panda.job set status_since = clock_timestamp()
    where job_id = any(${jobs.map(({ jobId }) => jobId)}::bigint[])`;
  const jobIds = jobs.map(({ jobId }) => jobId);
  const tasks = Array.from({ length: Math.ceil(jobIds.length / perTask) }, (_, n) => ({
    payload: { jobIds: jobIds.slice(n * perTask, (n + 1) * perTask) },
  }));
  await core.queue.addMany(tx, setupJobsTask, tasks);
}

/** The pilot hears of it with its next heartbeat; a silent one is another limit's case. */
async function tellToStop(tx: Tx, jobs: readonly LateJob[]): Promise<void> {
  const error = JSON.stringify({ taskBuffer: { code: 100, diag: 'killed: it ran for more than 21 days' } });
  await tx`
    update panda.job set command = 'tobekilled', modified_at = clock_timestamp(),
      errors = coalesce(errors, '{}') || ${error}::text::jsonb
    where job_id = any(${jobs.map(({ jobId }) => jobId)}::bigint[])`;
}
