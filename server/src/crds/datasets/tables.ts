import type { BackupRule } from '../../core/module.ts';

export const datasetsBackup: readonly BackupRule[] = [
  { table: 'crds.dataset_parameter', how: 'rows' },
  { table: 'crds.dataset', how: 'rows' },
];
