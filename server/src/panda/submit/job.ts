import type { FileAttributes, FileType } from '../jobs/file.ts';

/** For whom jobs are submitted. */
export interface JobOwner {
  /** As jobs name it (`prodUserName`). */
  name: string;
  accountId: number | null;
  /** VO of jobs that name none. */
  vo: string | null;
  /** May set priorities and shares, name another user, and submit production jobs. */
  isProduction: boolean;
  /** Stands in the history; by default the owner. */
  by?: string;
}

/** A file of a job that is submitted. */
export interface NewFile {
  type: FileType;
  lfn: string;
  scope: string | null;
  dataset: string | null;
  guid: string | null;
  sizeBytes: number | null;
  checksum: string | null;
  endpoint: string | null;
  optional: boolean;
  attributes: FileAttributes;
  /** The file of the task that this one stands for. */
  taskFile?: { taskDatasetId: number; taskFileId: number; attempt: number };
}

/** A job as it is submitted; what is null is found by the server. */
export interface NewJob {
  name: string;
  queue: string;
  /** prodSourceLabel */
  label: string;
  processingType: string | null;
  workingGroup: string | null;
  campaign: string | null;
  vo: string | null;
  owner: string | null;
  taskId: number | null;
  requestId: number | null;
  jobsetId: number | null;
  attempt: number;
  maxAttempt: number | null;
  cores: number;
  /** MB; 0 = unknown */
  memoryMb: number;
  diskMb: number;
  /** Seconds; 0 = unknown */
  walltimeSeconds: number;
  cpuSeconds: number;
  background: boolean;
  debug: boolean;
  priority: number | null;
  share: string | null;
  transformation: string;
  parameters: string;
  /** The other attributes, by their names on the wire. */
  attributes: Record<string, unknown>;
  files: NewFile[];
}
