import type { Tx } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import type { Job } from '../jobs/job.ts';
import { changePhase, jobTopic, lockJob, updateJob } from '../jobs/jobs.store.ts';
import type { Service } from '../service.ts';
import { discardRunTask } from './discard-run.task.ts';
import { runRequest } from './request.ts';

/** Hands a QUEUED job with all its inputs to the computer, in the same transaction. */
export async function submitRun(service: Service, tx: Tx, job: Job, asAdmin: boolean): Promise<void> {
  const { content } = await service.catalog.byId(job.definitionId);
  const computeRunId = await service.core.compute.submit(tx, runRequest(service, job, content, asAdmin));
  await updateJob(tx, job.jobId, { computeRunId });
}

/**
 * The same for a job that nobody waits for with an answer. When the computer refuses, such as since nothing
 * isolates runs any more, the job is HELD with the reason and can be run again; one that no computer could ever
 * take ends with ERROR.
 */
export async function submitOrHold(service: Service, tx: Tx, job: Job, asAdmin: boolean): Promise<void> {
  const { core } = service;
  try {
    await submitRun(service, tx, job, asAdmin);
    const { definition, phase, ownerId } = job;
    await core.events.publish(tx, jobTopic, job.jobId, { definition, phase, ownerId });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const message = `It could not be queued: ${error.message}`;
    const change = { who: 'server', why: message, at: core.clock.now() } as const;
    if (error.kind === 'forbidden' || error.kind === 'busy') {
      await changePhase(tx, job.jobId, { ...change, to: 'HELD' });
    } else {
      const reason = { type: 'fatal', message, detail: error.next ?? null } as const;
      await changePhase(tx, job.jobId, { ...change, to: 'ERROR', error: reason });
    }
  }
  core.db.afterCommit(tx, core.events.committed);
}

/**
 * Locks a job that may be stopped, and its run before it: a run that begins or ends locks the two in this order, and
 * in the other one each would wait for the other. Null = there is no such job.
 */
export async function lockWithRun({ core }: Service, tx: Tx, jobId: string): Promise<Job | null> {
  const [row] = await tx<{ computeRunId: string | null }[]>`
    select compute_run_id from uws.job where job_id = ${jobId}`;
  if (row?.computeRunId != null) await core.compute.lock(tx, row.computeRunId);
  return lockJob(tx, jobId);
}

/** Ends the run of a job, if it has one that is still known. */
export async function stopRun({ core }: Service, tx: Tx, job: Job, why: string): Promise<void> {
  if (job.computeRunId === null) return;
  try {
    await core.compute.cancel(job.computeRunId, why, tx);
  } catch (error) {
    // Such as after a restore from a backup of an earlier hour: there is nothing to be ended.
    if (!(error instanceof AppError && error.code === 'compute.run-unknown')) throw error;
  }
}

/** Ends the run of a job that needs nothing of it any more, and has its folder removed. */
export async function discardRun(service: Service, tx: Tx, job: Job, why: string): Promise<void> {
  await stopRun(service, tx, job, why);
  const runId = job.computeRunId;
  if (runId !== null) await service.core.queue.add(tx, discardRunTask, { runId }, { key: runId });
}
