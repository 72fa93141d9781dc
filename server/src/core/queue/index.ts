export type { KindCounts, RunFilter, TaskFilter, TaskRow, TaskRunRow } from './browse.store.ts';
export {
  defineTask,
  type RetryRule,
  type TaskContext,
  type TaskDefinition,
  type TaskItem,
} from './definition.ts';
export { type AddOptions, createQueue, type Queue, type QueueOptions } from './queue.ts';
export type { TaskObserver } from './run.ts';
export type { TaskState } from './state.ts';
export { queueBackup, queueRetention } from './tables.ts';
