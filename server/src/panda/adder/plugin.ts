import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';
import type { JudgedFile } from './judge.ts';

/** A job whose report was read; its files are as the report has them. */
export interface JobToAdd {
  readonly job: Job;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What becomes of it if the plugin agrees. */
  readonly state: 'finished' | 'failed';
  readonly files: readonly JudgedFile[];
}

/** What a plugin did for one job. */
export interface AdderResult {
  /** `temporary`: it is asked again in a minute; `fatal`: the job has failed. */
  result: 'succeeded' | 'temporary' | 'fatal';
  /** Why not, for people. */
  problem?: string;
  /** Names of outputs that are still on their way to their last place: the job is `transferring`. */
  transferring?: readonly string[];
  /** Names of outputs that wait to be merged: the job is `merging`. */
  merging?: readonly string[];
}

/**
 * Tells a catalogue or a data management system of the outputs of jobs. Everything may be asked twice for the same
 * job.
 */
export interface AdderPlugin {
  readonly name: string;
  /** What is done elsewhere, before anything is stored here: one answer for each job, in order. Heeds the signal. */
  execute?(core: Core, jobs: readonly JobToAdd[], signal: AbortSignal): Promise<AdderResult[]>;
  /** What belongs into our own database, in the transaction that moves the jobs on. */
  store?(tx: Tx, jobs: readonly JobToAdd[]): Promise<void>;
}

/** For jobs whose outputs nobody keeps a list of. */
export const noAdder: AdderPlugin = { name: 'none' };
