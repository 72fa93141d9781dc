import type { BackupRule, RetentionRule } from '../module.ts';

export const scheduleRetention: readonly RetentionRule[] = [
  { table: 'core.schedule_tick', column: 'started_at', days: 7, what: 'runs of schedules' },
];

export const scheduleBackup: readonly BackupRule[] = [
  { table: 'core.schedule', how: 'rows' },
  { table: 'core.schedule_tick', how: 'rows' },
];
