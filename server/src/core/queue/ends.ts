import { setTimeout as sleep } from 'node:timers/promises';
import { createBatch } from '../batch/index.ts';
import { type Db, isConnectionLoss } from '../db/index.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { retryDelaySeconds, type TaskDefinition } from './definition.ts';
import { storable } from './progress.ts';
import { type Attempt, type ClaimedTask, type EndMove, endAttempt, finishTasks } from './task.store.ts';

export type Outcome = 'done' | 'continued' | 'failed' | 'dead' | 'released' | 'lost';

/** How a run ended; absent when it returned. */
export interface Failure {
  error: unknown;
  /** The process stops: the task is given back instead of counting as failed. */
  isStopping: boolean;
}

/** Stores how attempts ended. */
export interface Ends {
  store(definition: TaskDefinition, task: ClaimedTask, failure?: Failure): Promise<Outcome>;
}

/** A stored payload that does not fit: trying again cannot help. */
export class UnreadablePayload extends Error {}

export function createEnds(db: Db, log: Log, isAbandoned: () => boolean): Ends {
  /** Repeats a statement through a loss of the database; the fence makes the second time harmless. */
  async function untilStored<T>(store: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await store();
      } catch (error) {
        if (!isConnectionLoss(error) || isAbandoned()) throw error;
        await sleep(250);
      }
    }
  }
  const finish = createBatch<Attempt, boolean>({
    maxItems: 1000,
    maxDelayMs: 1,
    maxWaiting: Number.POSITIVE_INFINITY,
    async run(attempts) {
      const done = await untilStored(() => finishTasks(db.sql, attempts));
      return attempts.map((attempt) => done.has(attempt.fence));
    },
  });
  const end = (task: ClaimedTask, how: EndMove, more: { error?: string; delaySeconds?: number } = {}) =>
    untilStored(() => endAttempt(db.sql, task, how, more));

  async function storeFailure(
    definition: TaskDefinition,
    task: ClaimedTask,
    error: unknown,
  ): Promise<Outcome | false> {
    const failures = task.attempts - task.lost;
    const isDead = failures >= definition.retry.attempts || error instanceof UnreadablePayload;
    log.warn({ err: error, task: definition.name, taskId: task.taskId, failures, isDead }, 'a task failed');
    const text = storable(messageOf(error));
    if (isDead) return (await end(task, 'giveUp', { error: text })) && 'dead';
    const delaySeconds = retryDelaySeconds(definition.retry, failures);
    return (await end(task, 'retry', { error: text, delaySeconds })) && 'failed';
  }

  async function storeUnderFence(
    definition: TaskDefinition,
    task: ClaimedTask,
    failure?: Failure,
  ): Promise<Outcome | false> {
    if (failure === undefined) {
      if (await finish(task)) return 'done';
      return (await end(task, 'continue')) && 'continued';
    }
    if (failure.isStopping) return (await end(task, 'release')) && 'released';
    return storeFailure(definition, task, failure.error);
  }

  return {
    async store(definition, task, failure) {
      const outcome = await storeUnderFence(definition, task, failure);
      if (outcome !== false) return outcome;
      log.warn(
        { task: definition.name, taskId: task.taskId },
        'a task ended here after its lease was lost; nothing was changed',
      );
      return 'lost';
    },
  };
}
