import type { BackupRule } from '../module.ts';

/** Removals name keys of the store the backup was made of; the copy has keys of its own. */
export const filesBackup: readonly BackupRule[] = [
  { table: 'core.blob', how: 'rows' },
  { table: 'core.blob_reference', how: 'rows' },
  { table: 'core.blob_candidate', how: 'rows' },
  { table: 'core.blob_removal', how: 'skip' },
];
