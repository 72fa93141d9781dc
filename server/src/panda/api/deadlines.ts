import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import type { Job } from '../jobs/job.ts';
import { pandaSettings } from '../settings.ts';
import {
  type ClockStart,
  secondsOf,
  type TimeLimit,
  timeLimits,
  urgentPriority,
  type WatchAction,
  type WatchSettings,
} from '../watch/limits.ts';

export function limitsOf(core: Core): WatchSettings {
  return settingsOf(core.config, 'panda', pandaSettings).watch;
}

export type Timed = Pick<
  Job,
  'status' | 'statusSince' | 'label' | 'priority' | 'taskId' | 'reported' | 'createdAt' | 'startedAt'
> & {
  /** When its pilot was last heard of; null = never. */
  heardAt: Date | null;
};

/** When the server steps in unless the job goes on, and what it does then. */
export interface Deadline {
  at: Date;
  action: WatchAction;
}

/** By the table of the watchdogs, the nearest of those that hold for the job; null = final, or it has no limit. */
export function deadlineOf(job: Timed, settings: WatchSettings): Deadline | null {
  let nearest: Deadline | null = null;
  for (const limit of timeLimits) {
    if (!limit.states.includes(job.status) || !concerns(limit, job)) continue;
    const at = new Date(startOf(limit.from, job).getTime() + secondsOf(limit, settings) * 1000);
    if (nearest === null || at < nearest.at) nearest = { at, action: limit.action };
  }
  return nearest;
}

function concerns({ jobs, unlessReported }: TimeLimit, job: Timed): boolean {
  if (unlessReported === true && job.reported) return false;
  switch (jobs) {
    case 'all':
      return true;
    case 'of a task':
      return job.taskId !== null;
    case 'without a task':
      return job.taskId === null;
    case 'user':
      return job.label === 'user' || job.label === 'panda';
    case 'urgent':
      return job.priority >= urgentPriority;
    default:
      // Depends on the queue; the limits that hold everywhere come later.
      return false;
  }
}

function startOf(from: ClockStart, { statusSince, heardAt, createdAt, startedAt }: Timed): Date {
  if (from === 'submission') return createdAt;
  if (from === 'start') return startedAt ?? statusSince;
  if (from === 'heard' && heardAt !== null) return heardAt;
  return statusSince;
}

/** The watchdogs come every few minutes. */
const graceMs = 900_000;

/** Past its deadline by more than the watchdogs need to come by. */
export function isOverdue(job: Timed, settings: WatchSettings, now: Date): boolean {
  const deadline = deadlineOf(job, settings);
  return deadline !== null && now.getTime() > deadline.at.getTime() + graceMs;
}
