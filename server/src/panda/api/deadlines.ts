import type { Job } from '../jobs/job.ts';
import { isFinal, type JobState } from '../states.ts';

const minutes = 60;
const hours = 3600;
const days = 24 * hours;

/** Seconds a job may stay in a state; those of the states of a pilot count from the last word of it. */
const limits: Readonly<Partial<Record<JobState, number>>> = {
  pending: hours,
  waiting: hours,
  defined: 4 * hours,
  assigned: 12 * hours,
  activated: 2 * days,
  throttled: 7 * days,
  sent: 30 * minutes,
  starting: 2 * hours,
  stagein: 2 * hours,
  running: 2 * hours,
  stageout: 2 * hours,
  holding: 3 * hours,
  transferring: 2 * days,
  merging: 7 * days,
};

const heard: readonly JobState[] = ['starting', 'stagein', 'running', 'stageout'];

/** The watchdogs come every few minutes. */
const graceSeconds = 900;

export type Timed = Pick<Job, 'status' | 'statusSince'> & { heardAt: Date | null };

/** When the server steps in unless the job goes on; null = final. */
export function deadlineOf({ status, statusSince, heardAt }: Timed): Date | null {
  const seconds = isFinal(status) ? undefined : limits[status];
  if (seconds === undefined) return null;
  const from = heard.includes(status) && heardAt !== null && heardAt > statusSince ? heardAt : statusSince;
  return new Date(from.getTime() + seconds * 1000);
}

/** Past its deadline by more than the watchdogs need to come by. */
export function isOverdue(job: Timed, now: Date): boolean {
  const deadline = deadlineOf(job);
  return deadline !== null && now.getTime() > deadline.getTime() + graceSeconds * 1000;
}
