import type { BackupRule, RetentionRule } from '../../core/module.ts';

/** How long it is known what rules did, and what removed rules said. */
export const retryRetention: readonly RetentionRule[] = [
  { table: 'panda.retry_decision', column: 'at', days: 93, what: 'what rules did with failed jobs' },
  { table: 'panda.retry_count', column: 'hour', days: 93, what: 'how often rules acted' },
  { table: 'panda.retry_rule', column: 'removed_at', days: 400, what: 'retry rules that were removed' },
];

export const retryBackup: readonly BackupRule[] = [
  'retry_action',
  'retry_rule',
  'retry_decision',
  'retry_count',
  'retry_count_change',
].map((table) => ({ table: `panda.${table}`, how: 'rows' }));
