import type { BackupRule, RetentionRule } from '../../core/module.ts';

/** Tables of import, scrub, publication and report. */
export const keepingBackup: readonly BackupRule[] = [
  { table: 'crds.import_folder', how: 'rows' },
  { table: 'crds.imported_file', how: 'rows' },
  { table: 'crds.file_proof', how: 'rows' },
  { table: 'crds.scrub_round', how: 'rows' },
  // Found again by the next look.
  { table: 'crds.orphan', how: 'skip' },
  { table: 'crds.publication', how: 'rows' },
  { table: 'crds.report', how: 'rows' },
];

export const keepingRetention: readonly RetentionRule[] = [
  { table: 'crds.report', column: 'made_at', days: 400, what: 'Nightly reports of calibration files' },
];
