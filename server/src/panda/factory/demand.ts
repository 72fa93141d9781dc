import { pilotStates } from '../states.ts';
import type { PilotCounts } from './pilot-run.store.ts';

/** What the number of pilots of a queue follows from. */
export interface Demand {
  /** Jobs that a pilot could take now. */
  activated: number;
  /** Jobs that pilots hold, whoever started them. */
  held: number;
  pilots: PilotCounts;
  /** Pilots at a time, at most. */
  max: number;
  /**
   * Whether pilots that had a job and hold none may be gone before they ask again: pilot3 takes a minute for its end.
   */
  lingers?: boolean;
}

/**
 * How many more pilots to start: one for each job that waits and for which no pilot without a job is there or on its
 * way; never more than `max` at a time. Jobs that pilots from elsewhere hold count as held by ours, so that a queue
 * with both may get one too many, which ends idle; never one too few.
 */
export function pilotsToStart({ activated, held, pilots, max, lingers = false }: Demand): number {
  const live = pilots.queued + pilots.running;
  const free = Math.max(0, live - held - (lingers ? pilots.spent : 0));
  return Math.max(0, Math.min(max - live, activated - free));
}

/** Counts of a queue out of its tally. */
export function jobsOf(
  tally: readonly { status: string; jobs: number }[],
): Pick<Demand, 'activated' | 'held'> {
  const sum = (states: readonly string[]): number =>
    tally.filter(({ status }) => states.includes(status)).reduce((total, { jobs }) => total + jobs, 0);
  return { activated: sum(['activated']), held: sum(pilotStates) };
}

/** A pilot that has ended, as far as it says whether another one makes sense. */
export interface LastPilot {
  endedAt: Date;
  jobs: number | null;
  demand: number;
}

const firstPauseMs = 5000;
const longestPauseMs = 300_000;

/**
 * When the next pilot may be started after those that ended without having had a job: each of them in a row doubles
 * the pause. Null = now: the last one worked, or there are other jobs than it was started for.
 */
export function pauseUntil(lastOnes: readonly LastPilot[], activated: number): Date | null {
  const worked = lastOnes.findIndex(({ jobs }) => jobs !== 0);
  const inVain = worked === -1 ? lastOnes.length : worked;
  const [last] = lastOnes;
  if (inVain === 0 || last === undefined) return null;
  if (activated > last.demand && inVain < 3) return null;
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (inVain - 1));
  return new Date(last.endedAt.getTime() + pauseMs);
}
