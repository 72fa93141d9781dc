import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import type { Job } from '../jobs/job.ts';
import { type PandaSettings, pandaSettings } from '../settings.ts';
import { isFinal } from '../states.ts';

/** What the watchdogs allow, in hours. */
export type Limits = PandaSettings['watch'];

export function limitsOf(core: Core): Limits {
  return settingsOf(core.config, 'panda', pandaSettings).watch;
}

export type Timed = Pick<Job, 'status' | 'statusSince' | 'label' | 'priority' | 'taskId'> & {
  /** When its pilot was last heard of; null = never. */
  heardAt: Date | null;
};

const week = 7 * 24;
/** A job given to a pilot is failed when it is silent for so long. */
const sentHours = 0.5;
/** From this priority on a job is urgent. */
const urgent = 800;

function hoursOf({ status, label, priority, taskId }: Timed, limits: Limits): number | null {
  const isUsers = label === 'user' || label === 'panda';
  switch (status) {
    case 'pending':
    case 'waiting':
      return 1;
    case 'defined':
      return limits.definedHours;
    case 'assigned':
      return 12;
    case 'activated':
      return taskId === null ? week : limits.activatedHours;
    case 'throttled':
      return week;
    case 'sent':
      return sentHours;
    case 'starting':
    case 'stagein':
    case 'running':
    case 'stageout':
      return limits.heartbeatHours;
    case 'holding':
      return isUsers || priority >= urgent ? limits.holdingUserHours : limits.holdingHours;
    case 'transferring':
      if (isUsers) return limits.transferUserHours;
      return priority >= urgent ? limits.transferUrgentHours : limits.transferHours;
    default:
      return null;
  }
}

const heard: readonly string[] = ['starting', 'stagein', 'running', 'stageout'];

/** When the server steps in unless the job goes on; null = final, or it has as long as it needs. */
export function deadlineOf(job: Timed, limits: Limits): Date | null {
  const hours = isFinal(job.status) ? null : hoursOf(job, limits);
  if (hours === null) return null;
  const { status, statusSince, heardAt } = job;
  const from = heard.includes(status) && heardAt !== null && heardAt > statusSince ? heardAt : statusSince;
  return new Date(from.getTime() + hours * 3_600_000);
}

/** The watchdogs come every few minutes. */
const graceMs = 900_000;

/** Past its deadline by more than the watchdogs need to come by. */
export function isOverdue(job: Timed, limits: Limits, now: Date): boolean {
  const deadline = deadlineOf(job, limits);
  return deadline !== null && now.getTime() > deadline.getTime() + graceMs;
}
