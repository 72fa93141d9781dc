import type { BackupRule, RetentionRule } from '../module.ts';

/** Runs go when their owner removes them; only the turns of fair keys grow old by themselves. */
export const computeRetention: readonly RetentionRule[] = [
  { table: 'core.compute_turn', column: 'turned_at', days: 30, what: 'who was given a slot when' },
];

/** An active run in a backup belongs to a host: where that is another one, it ends as lost when its time is up. */
export const computeBackup: readonly BackupRule[] = [
  { table: 'core.compute_run', how: 'rows' },
  { table: 'core.compute_input', how: 'rows' },
  { table: 'core.compute_turn', how: 'rows' },
  { table: 'core.compute_backend', how: 'skip' },
];
