import type { BackupRule } from '../../core/module.ts';

/** Pilots belong to the computer they ran on: a restored installation starts its own. */
export const factoryBackup: BackupRule[] = ['pilot_run', 'pilot_trouble'].map((table) => ({
  table: `panda.${table}`,
  how: 'skip',
}));
