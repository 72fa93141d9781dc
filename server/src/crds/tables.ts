import type { BackupRule } from '../core/module.ts';

/** Tables of the catalogue: files, their uses, contexts. */
export const catalogueBackup: readonly BackupRule[] = [
  'observatory',
  'mapping_text',
  'file',
  'mapping_use',
  'context_history',
  'build_context',
  'remote_context',
  'serial',
].map((table) => ({ table: `crds.${table}`, how: 'rows' }));
