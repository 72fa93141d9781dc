import type { Static, TSchema } from 'typebox';
import type { Core } from '../core.ts';
import type { Tx } from '../db/index.ts';

/** When a failed task is tried again: after `firstDelaySeconds`, then each time `factor` longer. */
export interface RetryRule {
  /** How often the task may fail before it is dead. */
  attempts: number;
  firstDelaySeconds: number;
  factor: number;
  maxDelaySeconds: number;
}

/** One task of a claim, as its run sees it. */
export interface TaskItem<P> {
  readonly taskId: number;
  readonly payload: P;
  /** 1 at the first run. Counts every start, also those whose process died. */
  readonly attempt: number;
  /** Larger than that of every earlier lease of this task and key; effects outside the database carry it. */
  readonly fence: number;
}

export interface TaskContext<P> extends TaskItem<P> {
  readonly core: Core;
  /** All tasks of this run: one, or up to `batch` of them. `payload`, `taskId` … are those of the first. */
  readonly items: ReadonlyArray<TaskItem<P>>;
  readonly payloads: readonly P[];
  /** Aborts when the task's time is over, the process stops or the lease is lost. */
  readonly signal: AbortSignal;
  /** Shows how far the task is; written at most twice a second, never waits. */
  progress(fraction: number | null, note: string): void;
  /** Refuses with `queue.lease-lost` unless the tasks are still ours, and keeps them ours until `tx` ends. */
  hold(tx: Tx): Promise<void>;
  /**
   * Checkpoint: once `tx` commits, whoever runs this task next gets `payload`, and when the present run returns
   * the task waits again instead of being finished. Not for batch kinds. Refuses with `queue.lease-lost`.
   */
  continueWith(tx: Tx, payload: P): Promise<void>;
}

/** A kind of task. `TaskDefinition` without its payload type is any kind. */
export interface TaskDefinition<P = unknown> {
  readonly name: string;
  readonly payload: TSchema;
  readonly retry: RetryRule;
  /** Runs at once in one process. */
  readonly concurrency: number;
  /** How many tasks one run gets at once. */
  readonly batch: number;
  /** After this time the signal aborts; 30 s later the task counts as failed. At most 900. */
  readonly maxSeconds: number;
  /** May be called twice for one task, and must do no harm the second time. */
  run(context: TaskContext<P>): Promise<unknown>;
}

interface TaskOptions<S, P> {
  /** `<module>.<verb>`; never renamed while tasks of that name may exist. */
  name: string;
  payload: S;
  retry?: Partial<RetryRule>;
  concurrency?: number;
  batch?: number;
  maxSeconds?: number;
  run(context: TaskContext<P>): Promise<unknown>;
}

const defaultRetry: RetryRule = { attempts: 5, firstDelaySeconds: 5, factor: 4, maxDelaySeconds: 3600 };
const longestSeconds = 900;

/** Declares a kind of task; the payload's type follows from its schema. Without effect until it is given to a queue. */
export function defineTask<S extends TSchema>(options: TaskOptions<S, Static<S>>): TaskDefinition<Static<S>>;
export function defineTask<P>(options: TaskOptions<TSchema, P>): TaskDefinition<P>;
export function defineTask<P>(options: TaskOptions<TSchema, P>): TaskDefinition<P> {
  const { name, payload, retry, concurrency = 4, batch = 1, maxSeconds = 300, run } = options;
  if (!/^[a-z][a-z0-9]*(\.[a-z0-9-]+)+$/.test(name))
    throw new Error(`"${name}" is no name for a task: <module>.<verb>`);
  if (maxSeconds > longestSeconds || maxSeconds <= 0) {
    throw new Error(
      `${name}: a task runs at most ${longestSeconds} s; longer work checkpoints and continues`,
    );
  }
  return { name, payload, retry: { ...defaultRetry, ...retry }, concurrency, batch, maxSeconds, run };
}

/** Seconds to wait after the `failures`-th failure (1 = the first). */
export function retryDelaySeconds(rule: RetryRule, failures: number): number {
  return Math.min(rule.firstDelaySeconds * rule.factor ** (failures - 1), rule.maxDelaySeconds);
}
