import type { JobState } from '../states.ts';

/** Where an error comes from; the columns of the reference are `<source>ErrorCode` (`transExitCode` for trans). */
export const errorSources = [
  'pilot',
  'exe',
  'sup',
  'ddm',
  'brokerage',
  'jobDispatcher',
  'taskBuffer',
  'trans',
] as const;
export type ErrorSource = (typeof errorSources)[number];

export type JobErrors = Partial<Record<ErrorSource, { code: number; diag: string }>>;

/** A live job, without its specification, files and figures. */
export interface Job {
  jobId: number;
  status: JobState;
  statusSince: Date;
  statusWhy: string;
  changedBy: string;
  subStatus: string | null;
  attempt: number;
  maxAttempt: number;
  taskId: number | null;
  requestId: number | null;
  jobsetId: number | null;
  name: string;
  queue: string;
  label: string;
  processingType: string | null;
  workingGroup: string | null;
  vo: string | null;
  ownerAccountId: number | null;
  owner: string;
  priority: number;
  assignedPriority: number;
  share: string;
  resourceType: string;
  cores: number;
  memoryMb: number;
  diskMb: number;
  walltimeSeconds: number;
  cpuSeconds: number;
  hs06: number;
  background: boolean;
  command: string | null;
  debug: boolean;
  schedulerId: string | null;
  pilotId: string | null;
  batchId: string | null;
  node: string | null;
  computingElement: string | null;
  sentCount: number;
  reported: boolean;
  setByPilot: boolean;
  createdAt: Date;
  modifiedAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  errorSource: ErrorSource | null;
  errorCode: number | null;
  errors: JobErrors | null;
  facts: Record<string, string> | null;
}
