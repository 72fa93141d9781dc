import type { BackupRule } from '../module.ts';

/** Who held what when the backup was made says nothing about the copy. */
export const lockBackup: readonly BackupRule[] = [{ table: 'core.lock', how: 'skip' }];
