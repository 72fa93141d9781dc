import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import type { Job, JobErrors } from '../jobs/job.ts';
import { applyRules } from '../retry/apply.ts';
import { beginAgain, pilotRetryReason } from '../retry/pilot-retry.ts';

/** A job that failed, as whoever found out tells it. */
export interface Failure {
  jobId: number;
  /** For people; stands in the history. */
  why: string;
  /** Who found out: the adder, a watchdog. */
  by: string;
  /** Errors to add to those the job has. */
  errors?: JobErrors;
  subStatus?: string;
  /** False: the same job is not begun again, whatever the pilot's error; the rules for its task still hold. */
  mayBeginAgain?: boolean;
}

export interface FailureOutcome {
  /** Jobs that are final now. */
  ended: number[];
  /** Jobs that are activated again, with their next attempt. */
  begunAgain: number[];
}

/**
 * What becomes of failed jobs, in the caller's transaction: the retry rules act on their tasks, those with an error
 * that may pass are begun again, the others are `failed`; `cancelled` when they were being killed anyway. Jobs that
 * are not live any more are left out. Call `core.events.committed` after the commit.
 */
export async function retryOrEnd(tx: Tx, core: Core, failures: readonly Failure[]): Promise<FailureOutcome> {
  if (failures.length === 0) return { ended: [], begunAgain: [] };
  const byJob = new Map(failures.map((failure) => [failure.jobId, failure]));
  const jobs = await tx<Job[]>`
    select * from panda.job where job_id = any(${[...byJob.keys()]}::bigint[]) order by job_id for update`;
  const known = jobs.flatMap((job) => {
    const failure = byJob.get(job.jobId);
    return failure === undefined ? [] : [{ job, failure, errors: { ...job.errors, ...failure.errors } }];
  });
  const limits = await applyRules(
    core,
    tx,
    known.filter(({ job }) => job.command !== 'tobekilled'),
  );
  const judged = known.map((one) => ({ ...one, reason: reasonToBeginAgain(one, limits) }));
  for (const [by, list] of Map.groupBy(judged, ({ failure }) => failure.by)) {
    const again = list.flatMap(({ job, reason }) =>
      reason === null ? [] : [{ job, why: `begun again ${reason}` }],
    );
    await beginAgain(tx, again, by);
  }
  const ended = await endJobs(
    tx,
    judged
      .filter(({ reason }) => reason === null)
      .map(({ job, failure: { mayBeginAgain: _may, ...end } }) => ({
        ...end,
        status: job.command === 'tobekilled' ? ('cancelled' as const) : ('failed' as const),
        why: job.command === 'tobekilled' ? `killed as asked for; ${end.why}` : end.why,
      })),
  );
  return {
    ended,
    begunAgain: judged.filter(({ reason }) => reason !== null).map(({ job }) => job.jobId),
  };
}

function reasonToBeginAgain(
  { job, failure, errors }: { job: Job; failure: Failure; errors: JobErrors },
  limits: ReadonlyMap<number, number>,
): string | null {
  if (failure.mayBeginAgain === false) return null;
  const limit = limits.get(job.jobId);
  if (limit !== undefined && limit <= job.attempt) return null;
  return pilotRetryReason(job, errors, Math.min(job.maxAttempt, limit ?? job.maxAttempt));
}
