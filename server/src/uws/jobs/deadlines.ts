import { isFinal } from '../phases.ts';
import type { JobRow } from './job.ts';

/** Time a job may take for its results after its run, before it counts as overdue. */
export const graceSeconds = 120;

/** A job that is QUEUED, HELD, SUSPENDED or UNKNOWN longer than this is overdue. */
export const waitingSeconds = 86_400;

/** When a job should have left the phase it is in, or for a final one be archived or gone; null = it may stay. */
export function deadlineOf(row: JobRow): Date | null {
  if (isFinal(row.phase)) return row.phase === 'ARCHIVED' ? row.removeAt : row.destructionAt;
  if (row.phase === 'PENDING') return row.destructionAt;
  if (row.phase === 'EXECUTING') {
    if (row.executionDuration === 0) return null;
    return new Date(
      (row.startedAt ?? row.phaseSince).getTime() + (row.executionDuration + graceSeconds) * 1000,
    );
  }
  return new Date(row.phaseSince.getTime() + waitingSeconds * 1000);
}
