import type { Identity } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { type FoundJob, findJob } from './job.store.ts';
import { jobUnknown, maySee, sightOf } from './sight.ts';

/** Throws `panda.job-unknown` for anything but the number of a job. */
export function jobIdOf(text: string): number {
  const jobId = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(jobId)) throw jobUnknown(text);
  return jobId;
}

/** The job if the caller may see it. Throws `panda.job-unknown`, for others' jobs as for those there are not. */
export async function seenJob(core: Core, identity: Identity, jobId: number): Promise<FoundJob> {
  const job = await findJob(core.db.sql, jobId);
  if (job === null || !maySee(sightOf(identity), job)) throw jobUnknown(jobId);
  return job;
}

/** An act that the job's state does not allow, or that was refused for another reason of the job itself. */
export function actRefused(sentence: string, next = 'Look at the job again.'): AppError {
  return new AppError('conflict', 'panda.act-refused', sentence, { next });
}
