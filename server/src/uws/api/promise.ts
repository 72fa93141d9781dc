import type { UwsPromise } from '@orrery/contracts/uws';
import type { ComputeRun } from '../../core/compute/index.ts';
import { deadlineOf } from '../jobs/deadlines.ts';
import type { Job } from '../jobs/job.ts';
import { isFinal } from '../phases.ts';
import { inputsComplete } from '../run/start.ts';

/** What a job that is not final is at, what follows, when, and what the server does otherwise. */
export function promiseOf(job: Job, run: ComputeRun | null, medianSeconds: number | null): UwsPromise | null {
  if (isFinal(job.phase)) return null;
  const deadline = deadlineOf(job);
  const limit = { at: (deadline ?? job.createdAt).toISOString(), source: 'the limit of this phase' };
  switch (job.phase) {
    case 'PENDING':
      return {
        now: 'Waits for you.',
        next: 'Run it; until then everything can be changed.',
        expected: null,
        otherwise: `It ends on ${job.destructionAt?.toISOString() ?? 'no date'}, and what it has is removed.`,
      };
    case 'QUEUED':
      return {
        now: queuedNow(job, run),
        next: inputsComplete(job) ? 'It starts when a slot is free.' : 'Then it waits for a slot.',
        expected: deadline === null ? null : limit,
        otherwise: 'It is reported as overdue to the operators.',
      };
    case 'EXECUTING':
      return executing(job, medianSeconds);
    default:
      return {
        now: `It is ${job.phase}.`,
        next: job.phase === 'HELD' ? 'Run it again.' : 'The server looks again by itself.',
        expected: deadline === null ? null : limit,
        otherwise: 'It is reported as overdue to the operators.',
      };
  }
}

export function queuedNow(job: Job, run: ComputeRun | null): string {
  if (!inputsComplete(job)) return 'Its inputs are being fetched.';
  return run === null ? 'Waits for a free slot.' : run.why;
}

function executing(job: Job, medianSeconds: number | null): UwsPromise {
  const deadline = deadlineOf(job);
  const start = job.startedAt ?? job.phaseSince;
  const guess = medianSeconds === null ? null : new Date(start.getTime() + medianSeconds * 1000);
  const expected =
    guess !== null && (deadline === null || guess < deadline)
      ? { at: guess.toISOString(), source: 'the median of past runs' }
      : deadline === null
        ? null
        : { at: deadline.toISOString(), source: 'the execution duration' };
  return {
    now:
      job.ending === null
        ? `Runs on ${job.place?.host ?? 'this server'}.`
        : 'The run is over; its results are being stored.',
    next:
      job.ending === null
        ? 'Its results are stored, then it is COMPLETED.'
        : `It becomes ${job.ending.phase}.`,
    expected,
    otherwise:
      job.executionDuration === 0
        ? 'It may run as long as it needs.'
        : `It is aborted after ${job.executionDuration} s; what it made by then is kept.`,
  };
}
