import type { BackupRule } from '../../core/module.ts';

export const mirrorBackup: readonly BackupRule[] = [
  { table: 'crds.mirror', how: 'rows' },
  { table: 'crds.mirror_failure', how: 'rows' },
];
