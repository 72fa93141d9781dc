/** The states of a task. `done` is no row any more, only history. */
export type TaskState = 'later' | 'waiting' | 'running' | 'dead' | 'done';

export interface Move {
  readonly from: TaskState;
  readonly to: TaskState;
  /** How the attempt is written into the history; absent when no attempt ends. */
  readonly outcome?: 'done' | 'continued' | 'failed' | 'dead' | 'lost' | 'released';
}

/**
 * Every way a task changes its state. The SQL takes its states from here, and the random walk of the tests
 * holds what it sees against the same table.
 */
export const moves = {
  /** Its time has come. */
  due: { from: 'later', to: 'waiting' },
  /** A process takes it, with a new fence. */
  claim: { from: 'waiting', to: 'running' },
  finish: { from: 'running', to: 'done', outcome: 'done' },
  /** It made a checkpoint and ended: it waits with its new payload. */
  continue: { from: 'running', to: 'waiting', outcome: 'continued' },
  retry: { from: 'running', to: 'later', outcome: 'failed' },
  giveUp: { from: 'running', to: 'dead', outcome: 'dead' },
  /** Its process stopped in good order and gave it back. */
  release: { from: 'running', to: 'waiting', outcome: 'released' },
  /** The lease of its process ran out. */
  lose: { from: 'running', to: 'waiting', outcome: 'lost' },
  /** The tenth process died with it: it is taken to be the cause. */
  loseForGood: { from: 'running', to: 'dead', outcome: 'lost' },
  runAgain: { from: 'dead', to: 'waiting' },
} as const satisfies Record<string, Move>;

/** How many processes may die with a task before it is kept away from the next one. */
export const mostLost = 10;
