import type { FileAttributes, FileType } from '../jobs/file.ts';
import type { Job } from '../jobs/job.ts';

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

/** What whoever submits a job says of it, as it stands in `panda.job`. */
export type SaidOfJob = Pick<
  Job,
  | 'name'
  | 'queue'
  | 'label'
  | 'processingType'
  | 'workingGroup'
  | 'taskId'
  | 'requestId'
  | 'jobsetId'
  | 'attempt'
  | 'cores'
  | 'memoryMb'
  | 'diskMb'
  | 'walltimeSeconds'
  | 'cpuSeconds'
  | 'background'
  | 'debug'
>;

/** What stands beside the row of a job. */
export interface SpecifiedOfJob {
  transformation: string;
  parameters: string;
  /** The other attributes, by their names on the wire. */
  attributes: Record<string, unknown>;
  files: readonly NewFile[];
}

/** A job as it is submitted; what is null is found by the server. */
export interface NewJob extends SaidOfJob, SpecifiedOfJob {
  campaign: string | null;
  vo: string | null;
  owner: string | null;
  maxAttempt: number | null;
  priority: number | null;
  share: string | null;
}
