import type { Core } from '../core.ts';
import { AppError } from '../errors.ts';
import type { TaskContext, TaskItem } from './definition.ts';
import type { Progress } from './progress.ts';
import { type Attempt, type ClaimedTask, checkpointTask, holdTasks } from './task.store.ts';

/** What a run gets: its tasks, and the calls by which it changes them under their fences. */
export function contextOf(
  core: Core,
  tasks: readonly ClaimedTask[],
  signal: AbortSignal,
  progress: Progress,
): TaskContext<unknown> {
  const items = tasks.map(
    ({ taskId, payload, attempts, fence }): TaskItem<unknown> => ({
      taskId,
      payload,
      attempt: attempts,
      fence,
    }),
  );
  const first = items[0] as TaskItem<unknown>;
  return {
    ...first,
    core,
    items,
    payloads: items.map((item) => item.payload),
    signal,
    progress(fraction, note) {
      for (const item of items) progress.set(item, fraction, note);
    },
    async hold(tx) {
      if ((await holdTasks(tx, items)) !== items.length) throw leaseLost(items);
    },
    async continueWith(tx, payload) {
      if (items.length > 1) throw new Error('a task that is run in batches cannot continue');
      if (!(await checkpointTask(tx, first, JSON.stringify(payload)))) throw leaseLost(items);
    },
  };
}

function leaseLost(attempts: readonly Attempt[]): AppError {
  return new AppError('conflict', 'queue.lease-lost', 'The task is no longer held by this process.', {
    next: 'End without doing more: another process runs the task.',
    details: { taskIds: attempts.map((attempt) => attempt.taskId) },
  });
}
