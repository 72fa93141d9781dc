export type {
  BackendReport,
  ComputeBackend,
  Isolation,
  LogPart,
  LogStream,
  OnChange,
  RunFolder,
} from './backend.ts';
export type { Compute } from './compute.ts';
export { type ComputeOptions, createCompute } from './create.ts';
export type { LocalSettings } from './local/local-backend.ts';
export { type ComputeInput, type ComputeLimits, type ComputeRequest, maxCarriedBytes } from './request.ts';
export {
  type ComputeRun,
  type ExitReason,
  exitReasons,
  type RunExit,
  type RunState,
  runTransitions,
} from './run.ts';
export { computeBackup, computeRetention } from './tables.ts';
