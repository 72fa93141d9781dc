import type { Core } from '../../core/core.ts';
import type { JobFile } from '../jobs/file.ts';
import type { Job } from '../jobs/job.ts';

/** A job that is made ready to run. */
export interface JobToSetUp {
  readonly job: Job;
  readonly parameters: string;
  readonly transformation: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly files: readonly JobFile[];
}

/** What a plugin decided for one job. */
export interface Setup {
  /** `assigned` = its inputs are on their way; `waiting` = they do not exist yet. */
  status: 'activated' | 'assigned' | 'waiting' | 'failed';
  why: string;
  /** What of the files changes, by file id. */
  files: ReadonlyMap<number, Partial<Pick<JobFile, 'guid' | 'endpoint' | 'status' | 'attributes'>>>;
}

/**
 * Prepares jobs of one VO: where their inputs come from and what their outputs are called. It may be asked twice for
 * the same job. What it throws is tried again; the jobs stay `defined` meanwhile.
 */
export interface SetupPlugin {
  readonly name: string;
  /** One answer for each job, in order. */
  setUp(core: Core, jobs: readonly JobToSetUp[], signal: AbortSignal): Promise<Setup[]>;
}
