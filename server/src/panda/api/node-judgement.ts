/** How jobs ended. */
export interface Ended {
  finished: number;
  failed: number;
}

/** A machine beside the rest of its queue. */
export interface Judgement {
  /** Part of the queue's jobs elsewhere that failed; null = none ended elsewhere. */
  elsewhere: number | null;
  /** Failures beyond what the rest of the queue would have had among as many jobs. */
  excess: number;
  isBad: boolean;
}

/** With nothing to compare with, a machine is bad that fails at least so much. */
const badAlone = 0.5;
/** A machine is bad that fails so many times as much as the rest of its queue. */
const timesWorse = 2;
/** Beyond what chance gives: so many standard deviations of as many jobs of the rest. */
const deviations = 3;

/**
 * Whether a machine fails more than its queue. That a whole queue fails is no fault of one of its machines, and that
 * two of three jobs fail may be chance: so the failures must be twice the part that fails elsewhere, and more by three
 * standard deviations than as many jobs would have had there.
 */
export function judgeNode(there: Ended, queue: Ended): Judgement {
  const failed = Math.max(0, queue.failed - there.failed);
  const ended = failed + Math.max(0, queue.finished - there.finished);
  const mine = there.failed + there.finished;
  const share = mine === 0 ? 0 : there.failed / mine;
  if (ended === 0) return { elsewhere: null, excess: there.failed, isBad: share >= badAlone };
  const elsewhere = failed / ended;
  const excess = there.failed - elsewhere * mine;
  // One failure is granted to both sides, so that a single one is no certainty.
  const usual = Math.max(elsewhere, 1 / (ended + 1));
  const chance = 1 + deviations * Math.sqrt(mine * usual * (1 - usual));
  return { elsewhere, excess, isBad: share >= timesWorse * elsewhere && excess > chance };
}
