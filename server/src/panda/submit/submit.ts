import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { queueUnknown } from '../queues/errors.ts';
import type { Queue } from '../queues/queues.store.ts';
import { queueOf } from '../queues/queues.ts';
import { pandaSettings } from '../settings.ts';
import { setupJobsTask } from '../setup/setup-jobs.task.ts';
import { resourceTypeOf, shareOf } from '../shares/shares.ts';
import { jobRefused } from './fields.ts';
import type { JobOwner, NewJob } from './job.ts';
import { basePriority, priorityOf } from './priority.ts';
import { countOwnerJobs, insertJobs, type JobRow, takeJobIds } from './submit.store.ts';

const mostJobs = 10_000;
/** Rows of one statement. */
const chunk = 1000;
/** Jobs that one setup task makes ready. */
const perTask = 200;
/** How often a user's job without a task may be begun anew after an error that may pass (§ retry/pilot-retry.ts). */
const attemptsOfUsers = 3;

/**
 * Submits jobs: all of them or none. They are `defined` when this returns, and their setup is a task that exists with
 * them. Returns their ids in order. Throws `panda.job-invalid`, `panda.queue-unknown` and `panda.submit-refused`.
 */
export async function submitJobs(core: Core, owner: JobOwner, jobs: readonly NewJob[]): Promise<number[]> {
  if (jobs.length === 0) throw jobRefused('There is no job to submit.', 'Give at least one.');
  if (jobs.length > mostJobs) {
    throw jobRefused(`${jobs.length} jobs are too many at once.`, `Submit at most ${mostJobs} in one call.`);
  }
  const prepared = await prepareJobs(core, owner, jobs);
  const jobIds = await core.db.transaction((tx) => addJobs(core, tx, prepared));
  core.events.committed();
  return jobIds;
}

/** Everything of a job but its id, checked and completed. */
type PreparedJob = Omit<JobRow, 'jobId'>;

/** Completes jobs: queue, VO, share, resource type and priority. Reads, but stores nothing. */
async function prepareJobs(core: Core, owner: JobOwner, jobs: readonly NewJob[]): Promise<PreparedJob[]> {
  const counted = await countOwnerJobs(core.db.sql, owner.accountId, owner.name);
  const prepared: PreparedJob[] = [];
  for (const job of jobs) {
    prepared.push(await prepareJob(core, owner, job, counted + prepared.length));
  }
  return prepared;
}

/** Writes prepared jobs and adds their setup, in the caller's transaction; returns their ids in order. */
async function addJobs(core: Core, tx: Tx, prepared: readonly PreparedJob[]): Promise<number[]> {
  const jobIds = await takeJobIds(tx, prepared.length);
  const rows = prepared.map((job, n) => ({ ...job, jobId: jobIds[n] as number }));
  for (const part of parts(rows, chunk)) await insertJobs(tx, part);
  const tasks = parts(jobIds, perTask).map((ids) => ({ payload: { jobIds: ids } }));
  await core.queue.addMany(tx, setupJobsTask, tasks);
  return jobIds;
}

async function prepareJob(core: Core, owner: JobOwner, job: NewJob, ownerJobs: number): Promise<PreparedJob> {
  const vo = job.vo ?? usualVo(core, owner.vo);
  const queue = await demandQueue(core, job.queue, vo);
  if (!owner.isProduction && job.label !== 'user' && job.label !== 'panda') {
    throw jobRefused(
      `Jobs with prodSourceLabel ${job.label} need the production role.`,
      'Submit them as user, or with a token that has the role.',
    );
  }
  const { label, processingType, workingGroup } = job;
  const group = owner.isProduction ? workingGroup : null;
  const resourceType = await resourceTypeOf(core, job.cores, job.memoryMb);
  const share =
    (owner.isProduction ? job.share : null) ??
    (await shareOf(core, {
      label,
      workingGroup: group,
      processingType,
      vo,
      resourceType,
      campaign: job.campaign,
      transformation: job.transformation,
    }));
  const asked = owner.isProduction ? job.priority : null;
  const priority = asked ?? priorityOf({ label, processingType, workingGroup: group, ownerJobs });
  const { files, campaign, owner: named, ...rest } = job;
  return {
    ...rest,
    workingGroup: group,
    attempt: Math.max(job.attempt, 1),
    maxAttempt: maxAttemptOf(job),
    vo,
    files,
    owner: (owner.isProduction ? named : null) ?? owner.name,
    ownerAccountId: owner.accountId,
    priority,
    assignedPriority: asked ?? (label === 'user' && group === null ? basePriority : priority),
    share,
    resourceType,
    hs06: job.cores * corePower(queue),
    attributes: { ...job.attributes, ...(campaign === null ? {} : { campaign }) },
    by: owner.by ?? owner.name,
  };
}

/** Jobs of a task are tried again by their task. */
function maxAttemptOf({ label, attempt, maxAttempt, taskId }: NewJob): number {
  const first = Math.max(attempt, 1);
  // -1 forbids every further attempt, also that after an interruption.
  if (maxAttempt !== null) return maxAttempt === -1 ? -1 : Math.max(maxAttempt, first);
  return taskId === null && label === 'user' ? first + attemptsOfUsers - 1 : first;
}

/** The VO of jobs that name none: that of their owner, else the first one of this server. */
export function usualVo(core: Core, owners: string | null): string {
  return owners ?? settingsOf(core.config, 'panda', pandaSettings).vos[0] ?? 'local';
}

async function demandQueue(core: Core, name: string, vo: string): Promise<Queue> {
  const queue = await queueOf(core, name);
  if (queue === null) throw queueUnknown(name);
  if (queue.vo !== null && queue.vo !== vo) {
    throw jobRefused(`The queue ${name} belongs to the VO ${queue.vo}.`, 'Choose a queue of your own VO.');
  }
  return queue;
}

/** HS06 of one core. */
function corePower({ document }: Queue): number {
  const power = Number((document as Readonly<Record<string, unknown>>).corepower);
  return Number.isFinite(power) && power > 0 ? power : 10;
}

function parts<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, n) =>
    list.slice(n * size, (n + 1) * size),
  );
}
