import { setTimeout as sleep } from 'node:timers/promises';
import { Value } from 'typebox/value';
import { createBatch } from '../batch/index.ts';
import type { Core } from '../core.ts';
import { type Db, isConnectionLoss, type Tx } from '../db/index.ts';
import { AppError, messageOf } from '../errors.ts';
import { type Log, withLogFields } from '../log.ts';
import { retryDelaySeconds, type TaskContext, type TaskDefinition, type TaskItem } from './definition.ts';
import { type Progress, storable } from './progress.ts';
import {
  type Attempt,
  type ClaimedTask,
  checkpointTask,
  type EndMove,
  endAttempt,
  finishTasks,
  holdTasks,
} from './task.store.ts';

/** Hears of each attempt that ended, for the metrics. */
export interface TaskObserver {
  taskEnded?(
    kind: string,
    outcome: 'done' | 'continued' | 'failed' | 'dead' | 'released' | 'lost',
    seconds: number,
  ): void;
}

export interface RunnerOptions {
  db: Db;
  log: Log;
  observer: TaskObserver;
  progress: Progress;
  /** A run of this kind has ended; `isStored` is false when its end could not be written. */
  ended(kind: string, isStored: boolean): void;
}

export interface Runner {
  /** Tasks that are claimed by this process and whose end is not stored yet, by fence. */
  readonly running: ReadonlyMap<number, ClaimedTask>;
  activeRuns(kind: string): number;
  open(core: Core): void;
  run(definition: TaskDefinition, tasks: ClaimedTask[]): void;
  /** Lets everything end; after `stopMs` what has not ended is left in `running`. */
  drain(stopMs: number): Promise<void>;
  /** Aborts everything; nothing is written any more. */
  abandon(reason: string): void;
}

/** After `maxSeconds` a task is asked to end; after this much more it counts as failed and its place is free. */
const graceMs = 30_000;

export function createRunner({ db, log, observer, progress, ended }: RunnerOptions): Runner {
  const running = new Map<number, ClaimedTask>();
  const active = new Map<string, number>();
  const ends = new Set<Promise<void>>();
  let stopping = new AbortController();
  let abandoned = false;
  let core: Core | undefined;
  const finish = createBatch<Attempt, boolean>({
    maxItems: 1000,
    maxDelayMs: 1,
    maxWaiting: Number.POSITIVE_INFINITY,
    async run(attempts) {
      const done = await untilStored(() => finishTasks(db.sql, attempts));
      return attempts.map((attempt) => done.has(attempt.fence));
    },
  });

  /** Repeats a statement through a loss of the database; the fence makes the second time harmless. */
  async function untilStored<T>(store: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await store();
      } catch (error) {
        if (!isConnectionLoss(error) || abandoned) throw error;
        await sleep(250);
      }
    }
  }

  async function runTogether(definition: TaskDefinition, tasks: ClaimedTask[]): Promise<void> {
    const startedAt = performance.now();
    let failure: { error: unknown } | undefined;
    try {
      await callWithin(definition, tasks);
    } catch (error) {
      failure = { error };
    }
    if (abandoned) return;
    const seconds = (performance.now() - startedAt) / 1000;
    await Promise.all(
      tasks.map(async (task) => {
        const outcome = await storeEnd(definition, task, failure);
        observer.taskEnded?.(definition.name, outcome, seconds);
        running.delete(task.fence);
      }),
    );
  }

  async function callWithin(definition: TaskDefinition, tasks: ClaimedTask[]): Promise<void> {
    const limit = new AbortController();
    const signal = AbortSignal.any([limit.signal, stopping.signal]);
    let timer: NodeJS.Timeout | undefined;
    const overtime = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        limit.abort(new Error(`it ran longer than ${definition.maxSeconds} s`));
        timer = setTimeout(() => reject(limit.signal.reason), graceMs);
      }, definition.maxSeconds * 1000);
    });
    const first = tasks[0] as ClaimedTask;
    try {
      const context = contextOf(tasks, signal);
      const work = withLogFields({ task: definition.name, taskId: first.taskId }, () =>
        definition.run(context),
      );
      await Promise.race([work, overtime]);
    } finally {
      clearTimeout(timer);
    }
  }

  function contextOf(tasks: ClaimedTask[], signal: AbortSignal): TaskContext<unknown> {
    const items = tasks.map(
      (task): TaskItem<unknown> => ({
        taskId: task.taskId,
        payload: task.payload,
        attempt: task.attempts,
        fence: task.fence,
      }),
    );
    return {
      ...(items[0] as TaskItem<unknown>),
      core: core as Core,
      items,
      payloads: items.map((item) => item.payload),
      signal,
      progress: (fraction, note) => {
        for (const item of items) progress.set(item, fraction, note);
      },
      hold: async (tx) => {
        if ((await holdTasks(tx, items)) !== items.length) throw leaseLost(items);
      },
      continueWith: async (tx: Tx, payload: unknown) => {
        if (items.length > 1) throw new Error('a task that is run in batches cannot continue');
        if (!(await checkpointTask(tx, items[0] as Attempt, JSON.stringify(payload)))) throw leaseLost(items);
      },
    };
  }

  async function storeEnd(definition: TaskDefinition, task: ClaimedTask, failure?: { error: unknown }) {
    if (failure === undefined) {
      if (await finish(task)) return 'done';
      return (await end(task, 'continue')) ? 'continued' : isLost(definition, task);
    }
    if (stopping.signal.aborted) return (await end(task, 'release')) ? 'released' : isLost(definition, task);
    const failures = task.attempts - task.lost;
    const isDead = failures >= definition.retry.attempts || failure.error instanceof UnreadablePayload;
    log.warn(
      { err: failure.error, task: definition.name, taskId: task.taskId, failures, isDead },
      'a task failed',
    );
    const more = {
      error: messageOf(failure.error),
      delaySeconds: isDead ? 0 : retryDelaySeconds(definition.retry, failures),
    };
    if (!(await end(task, isDead ? 'giveUp' : 'retry', more))) return isLost(definition, task);
    return isDead ? 'dead' : 'failed';
  }

  function end(
    task: ClaimedTask,
    how: EndMove,
    more: { error?: string; delaySeconds?: number } = {},
  ): Promise<boolean> {
    const error = more.error === undefined ? {} : { error: storable(more.error) };
    return untilStored(() => endAttempt(db.sql, task, how, { ...more, ...error }));
  }

  function isLost(definition: TaskDefinition, task: ClaimedTask): 'lost' {
    log.warn(
      { task: definition.name, taskId: task.taskId },
      'a task ended here after its lease was lost; nothing was changed',
    );
    return 'lost';
  }

  /** One place of the kind's concurrency: its groups one after the other. */
  async function runPlace(definition: TaskDefinition, groups: ClaimedTask[][]): Promise<void> {
    active.set(definition.name, (active.get(definition.name) ?? 0) + 1);
    let isStored = true;
    for (const group of groups) {
      try {
        await (readable(definition, group) ? runTogether(definition, group) : refuse(definition, group));
      } catch (error) {
        isStored = false;
        for (const task of group) running.delete(task.fence);
        if (!abandoned)
          log.error({ err: error, task: definition.name }, 'the end of a task could not be stored');
      }
    }
    active.set(definition.name, (active.get(definition.name) ?? 1) - 1);
    ended(definition.name, isStored);
  }

  async function refuse(definition: TaskDefinition, group: ClaimedTask[]): Promise<void> {
    for (const task of group) {
      if (readable(definition, [task])) await runTogether(definition, [task]);
      else {
        await storeEnd(definition, task, {
          error: new UnreadablePayload('The payload does not fit its schema.'),
        });
        running.delete(task.fence);
      }
    }
  }

  return {
    running,
    activeRuns: (kind) => active.get(kind) ?? 0,
    open(value) {
      core = value;
      stopping = new AbortController();
    },
    run(definition, tasks) {
      for (const task of tasks) running.set(task.fence, task);
      for (const groups of placesOf(definition, tasks)) {
        const place = runPlace(definition, groups).finally(() => ends.delete(place));
        ends.add(place);
      }
    },
    async drain(stopMs) {
      stopping.abort(new Error('the server stops'));
      await Promise.race([Promise.allSettled(ends), sleep(stopMs, undefined, { ref: false })]);
      if (running.size > 0) abandoned = true;
    },
    abandon(reason) {
      abandoned = true;
      stopping.abort(new Error(reason));
    },
  };
}

/** What was tried before runs alone, one after the other, so that one bad task cannot fail its company twice. */
function placesOf(definition: TaskDefinition, tasks: ClaimedTask[]): ClaimedTask[][][] {
  if (definition.batch === 1) return tasks.map((task) => [[task]]);
  const again = tasks.filter((task) => task.attempts > 1).map((task) => [task]);
  const fresh = tasks.filter((task) => task.attempts === 1);
  const places = again.length === 0 ? [] : [again];
  for (let at = 0; at < fresh.length; at += definition.batch)
    places.push([fresh.slice(at, at + definition.batch)]);
  return places;
}

function readable(definition: TaskDefinition, tasks: readonly ClaimedTask[]): boolean {
  return tasks.every((task) => Value.Check(definition.payload, task.payload));
}

class UnreadablePayload extends Error {}

function leaseLost(attempts: readonly Attempt[]): AppError {
  return new AppError('conflict', 'queue.lease-lost', 'The task is no longer held by this process.', {
    next: 'End without doing more: another process runs the task.',
    details: { taskIds: attempts.map((attempt) => attempt.taskId) },
  });
}
