import type { Static } from 'typebox';
import type { JobErrors } from '../jobs/job.ts';
import { type JobState, pilotStates } from '../states.ts';
import type { watchSettings } from './settings.ts';

export type WatchSettings = Static<typeof watchSettings>;

type HourSetting = Exclude<keyof WatchSettings, 'heartbeatHoursByWorkflow'>;

/** Which jobs of the states a limit is for. `urgent`: priority 800 and more; `user`: labels user and panda. */
export type Concerned = 'all' | 'of a task' | 'without a task' | 'user' | 'urgent' | 'urgent at a dead queue';

/** What a limit is counted from. `heard`: the last sign of life of its pilot. */
export type ClockStart = 'status' | 'heard' | 'submission' | 'start';

/**
 * What is done with a job that is past its limit: `close` = ended without blame; `reassign` = the same, and its task makes
 * a new one; `set up` = its setup is added again; `fail`; `kill` = its pilot is told to stop.
 */
export type WatchAction = 'close' | 'reassign' | 'set up' | 'fail' | 'kill';

export interface TimeLimit {
  readonly states: readonly JobState[];
  readonly jobs: Concerned;
  readonly from: ClockStart;
  /** Hours, or the setting that says how many. */
  readonly hours: number | HourSetting;
  readonly action: WatchAction;
  /** Jobs whose pilot has told their end already are left to the adder. */
  readonly unlessReported?: true;
}

/** From here on a job is urgent. */
export const urgentPriority = 800;

const week = 7 * 24;

/**
 * How long a job may stand still, and what is done then (panda-server 1.0.3: copyArchive, Watcher, Finisher). The code
 * and the test read this one table. Of several limits of a state each holds for itself; the first in the table acts
 * first. `merging` ends with the merge job. Jobs of a queue that is paused are never touched.
 */
export const timeLimits: readonly TimeLimit[] = [
  { states: ['pending'], jobs: 'all', from: 'status', hours: 1, action: 'close' },
  { states: ['waiting'], jobs: 'all', from: 'status', hours: 1, action: 'close' },
  {
    states: ['pending', 'waiting', 'defined', 'assigned'],
    jobs: 'all',
    from: 'submission',
    hours: week,
    action: 'close',
  },
  { states: ['defined'], jobs: 'of a task', from: 'status', hours: 'definedHours', action: 'reassign' },
  { states: ['defined'], jobs: 'without a task', from: 'status', hours: 'definedHours', action: 'set up' },
  { states: ['assigned'], jobs: 'of a task', from: 'status', hours: 12, action: 'reassign' },
  { states: ['assigned'], jobs: 'without a task', from: 'status', hours: 12, action: 'set up' },
  { states: ['activated'], jobs: 'all', from: 'status', hours: week, action: 'close' },
  {
    states: ['activated', 'starting'],
    jobs: 'urgent at a dead queue',
    from: 'status',
    hours: 4,
    action: 'reassign',
  },
  { states: ['activated'], jobs: 'of a task', from: 'status', hours: 'activatedHours', action: 'reassign' },
  { states: ['throttled'], jobs: 'all', from: 'status', hours: week, action: 'close' },
  { states: ['sent'], jobs: 'all', from: 'status', hours: 'sentHours', action: 'fail' },
  {
    states: ['starting', 'running', 'stagein', 'stageout'],
    jobs: 'all',
    from: 'heard',
    hours: 'heartbeatHours',
    action: 'fail',
  },
  { states: ['starting'], jobs: 'of a task', from: 'status', hours: 'startingHours', action: 'reassign' },
  {
    states: ['running', 'stagein', 'stageout'],
    jobs: 'all',
    from: 'start',
    hours: 21 * 24,
    action: 'kill',
  },
  {
    states: ['holding'],
    jobs: 'user',
    from: 'status',
    hours: 'holdingUserHours',
    action: 'fail',
    unlessReported: true,
  },
  {
    states: ['holding'],
    jobs: 'urgent',
    from: 'status',
    hours: 'holdingUserHours',
    action: 'fail',
    unlessReported: true,
  },
  { states: ['holding'], jobs: 'all', from: 'status', hours: 'holdingHours', action: 'fail' },
  { states: ['transferring'], jobs: 'user', from: 'status', hours: 'transferUserHours', action: 'fail' },
  { states: ['transferring'], jobs: 'urgent', from: 'status', hours: 'transferUrgentHours', action: 'fail' },
  { states: ['transferring'], jobs: 'all', from: 'status', hours: 'transferHours', action: 'fail' },
];

/** Seconds that a limit allows. */
export function secondsOf({ hours }: TimeLimit, settings: WatchSettings): number {
  return (typeof hours === 'number' ? hours : settings[hours]) * 3600;
}

/**
 * Limits of jobs that a pilot holds or has told the end of; they are looked at more often. The one from the start of the
 * job reads all of them, and three weeks have no hurry.
 */
export const pilotLimits = timeLimits.filter(
  ({ states, from }) => states.every(isWithPilot) && from !== 'start',
);
/** All others: those of jobs that wait. */
export const waitingLimits = timeLimits.filter((limit) => !pilotLimits.includes(limit));

function isWithPilot(state: JobState): boolean {
  return (
    (pilotStates as readonly JobState[]).includes(state) || state === 'holding' || state === 'transferring'
  );
}

/** A job past a limit. */
export interface LateJob {
  jobId: number;
  status: JobState;
  taskId: number | null;
  /** What the limit was counted from. */
  since: Date;
  endedAt: Date | null;
  isUsers: boolean;
  errors: JobErrors | null;
  /** The worker that ran its pilot, when it is final. */
  worker: { status: string; endedAt: string | null; diag: string | null } | null;
}

/** Codes of the dispatcher (panda-server 1.0.3, `jobDispatcherErrorCode`). */
export const dispatcherCodes = {
  lostHeartbeat: 100,
  recoveryFailed: 101,
  noReply: 102,
  holding: 103,
  transferring: 104,
  other: 105,
} as const;
