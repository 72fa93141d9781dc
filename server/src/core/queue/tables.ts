import type { BackupRule, RetentionRule } from '../module.ts';

export const queueRetention: readonly RetentionRule[] = [
  {
    table: 'core.task_run',
    column: 'ended_at',
    days: 7,
    what: 'attempts of background tasks',
    partitioned: 'day',
  },
];

/** A running task in a backup belongs to a process that is gone: whoever starts on the copy takes it over. */
export const queueBackup: readonly BackupRule[] = [
  { table: 'core.task', how: 'rows' },
  { table: 'core.task_run', how: 'rows' },
  { table: 'core.task_pause', how: 'rows' },
  { table: 'core.task_worker', how: 'skip' },
];
