export { type ImportReport, type ImportRequest, importFolder } from './import.ts';
export type { Counts, ImportListener, ImportProgress } from './import-run.ts';
export type { ReferenceMode } from './imported.store.ts';
export { type Problem, problemText } from './problem.ts';
