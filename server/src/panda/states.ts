/** Every state of a job, in the order a job passes through them. The last four are final. */
export const jobStates = [
  'pending',
  'waiting',
  'defined',
  'assigned',
  'activated',
  'throttled',
  'sent',
  'starting',
  'stagein',
  'running',
  'stageout',
  'holding',
  'merging',
  'transferring',
  'finished',
  'failed',
  'cancelled',
  'closed',
] as const;

export type JobState = (typeof jobStates)[number];

/** A job that is final never changes again; it lives in the archive. */
export const finalStates = ['finished', 'failed', 'cancelled', 'closed'] as const satisfies JobState[];
/** A pilot has the job and tells how it goes. */
export const pilotStates = [
  'sent',
  'starting',
  'stagein',
  'running',
  'stageout',
] as const satisfies JobState[];
/** Not yet given to a pilot. */
export const queuedStates = [
  'pending',
  'waiting',
  'defined',
  'assigned',
  'activated',
  'throttled',
] as const satisfies JobState[];

export function isFinal(state: JobState): boolean {
  return (finalStates as readonly JobState[]).includes(state);
}

export function isJobState(text: string): text is JobState {
  return (jobStates as readonly string[]).includes(text);
}

/** Ended without an own result: by a person, or by the system before or without useful work. */
const ended = ['failed', 'cancelled', 'closed'] as const;

/**
 * Every change of state there is: from → to. The database holds the same table (`panda.job_transition`) and refuses
 * anything else; a test compares the two. `activated` again = the same job is tried once more, with the next attempt.
 */
export const jobTransitions: Readonly<Record<JobState, readonly JobState[]>> = {
  pending: ['waiting', 'defined', 'assigned', 'activated', ...ended],
  waiting: ['pending', 'defined', 'assigned', 'activated', ...ended],
  defined: ['pending', 'waiting', 'assigned', 'activated', ...ended],
  assigned: ['defined', 'waiting', 'activated', ...ended],
  activated: ['defined', 'throttled', 'sent', ...ended],
  throttled: ['activated', ...ended],
  sent: ['starting', 'stagein', 'running', 'stageout', 'holding', 'transferring', 'activated', ...ended],
  starting: ['stagein', 'running', 'stageout', 'holding', 'transferring', 'activated', ...ended],
  stagein: ['starting', 'running', 'stageout', 'holding', 'transferring', 'activated', ...ended],
  running: ['stagein', 'stageout', 'holding', 'transferring', 'activated', ...ended],
  stageout: ['running', 'holding', 'transferring', 'activated', ...ended],
  holding: ['merging', 'transferring', 'finished', 'activated', ...ended],
  merging: ['transferring', 'finished', ...ended],
  transferring: ['holding', 'merging', 'finished', 'activated', ...ended],
  finished: [],
  failed: [],
  cancelled: [],
  closed: [],
};

/** States of a queue, and what each means for pilots and brokerage. */
export const queueStates = ['online', 'test', 'brokeroff', 'offline', 'paused'] as const;
export type QueueState = (typeof queueStates)[number];
