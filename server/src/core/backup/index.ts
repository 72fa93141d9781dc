export { type BackupRequest, makeBackup } from './backup.ts';
export type { Manifest } from './manifest.ts';
export type { ProgressReport, ReportProgress } from './progress.ts';
export { type RestoreRequest, restoreBackup } from './restore.ts';
export { ruleFaults } from './rules.ts';
export { listTables } from './tables.ts';
export { verifyBackup } from './verify.ts';
