import { AppError } from '../../core/errors.ts';
import { partRemoved } from '../errors.ts';
import type { Job } from '../jobs/job.ts';

/**
 * What a synchronous caller reads of a job that stopped without a result (UWS 1.1, section 5, leaves the status
 * to the service). What the job itself got wrong, or what somebody stopped, would come to the same end if it were
 * asked for again unchanged: 4xx. What this computer could not do is 503, and worth another try.
 */
export function stoppedWithoutResult(job: Job, url: string): AppError {
  const details = { jobId: job.jobId, phase: job.phase };
  const next = `The job is ${url}.`;
  const message = job.error?.message;
  switch (job.phase) {
    case 'ARCHIVED':
      return partRemoved('result');
    case 'HELD':
      return new AppError(
        'busy',
        'uws.job-held',
        `${message ?? 'The job could not be queued; it is HELD.'}`,
        {
          next: `Send PHASE=RUN to ${url}/phase later.`,
          details,
          retryAfterSeconds: 60,
        },
      );
    case 'ABORTED':
      return new AppError('conflict', 'uws.job-aborted', `${message ?? 'The job was aborted.'}`, {
        next,
        details,
      });
    default:
      if (job.error?.type === 'transient')
        return new AppError('busy', 'uws.job-failed-for-now', `${message ?? 'The job failed.'}`, {
          next: `${next} Ask again later.`,
          details,
          retryAfterSeconds: 60,
        });
      return new AppError('invalid', 'uws.job-failed', `${message ?? 'The job failed.'}`, { next, details });
  }
}

/** This process holds as many requests as it may; the caller asks again instead of waiting. */
export function waitsFull(): AppError {
  return new AppError('busy', 'uws.waits-full', 'Too many requests wait for jobs already.', {
    next: 'Ask again in a moment.',
    retryAfterSeconds: 5,
  });
}
