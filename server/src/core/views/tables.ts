import type { BackupRule } from '../module.ts';

export const viewBackup: readonly BackupRule[] = [{ table: 'core.saved_view', how: 'rows' }];
