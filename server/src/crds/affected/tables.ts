import type { BackupRule, RetentionRule } from '../../core/module.ts';

export const affectedBackup: readonly BackupRule[] = [
  'affected_run',
  'affected_part',
  'affected_change',
  'affected_dataset',
  'affected_count',
  'affected_watch',
].map((table) => ({ table: `crds.${table}`, how: 'rows' }));

/** All of a run goes with it. */
export const affectedRetention: readonly RetentionRule[] = [
  {
    table: 'crds.affected_run',
    column: 'ended_at',
    days: 730,
    what: 'Comparisons of contexts, and the datasets that each of them found affected',
  },
];
