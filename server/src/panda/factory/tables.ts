import type { BackupRule } from '../../core/module.ts';

/** Pilots belong to the computer they ran on: a restored installation starts its own. */
const pilots = ['pilot_run', 'pilot_trouble'].map(
  (table): BackupRule => ({
    table: `panda.${table}`,
    how: 'skip',
  }),
);

/** What is counted of storage; an upload that nobody goes on with is forgotten after a while. */
const storage = ['storage_file', 'storage_upload', 'storage_use'].map(
  (table): BackupRule => ({
    table: `panda.${table}`,
    how: 'rows',
  }),
);

export const factoryBackup: BackupRule[] = [...pilots, ...storage];
