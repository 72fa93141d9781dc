import type { Sql } from '../../core/db/index.ts';
import type { JobFile } from '../jobs/file.ts';
import type { Job } from '../jobs/job.ts';
import { inSight, type Owned, type Sight } from './sight.ts';

/** Figures of the pilot by the names of their columns. */
export type Figures = Readonly<Record<string, number | string | null>>;

/** A job wherever it is. */
export interface FoundJob extends Job {
  /** False = in the archive. */
  isLive: boolean;
  /** The last figures; null = none were reported. */
  figures: Figures | null;
}

/** Null when there is none of that number. */
export async function findJob(sql: Sql, jobId: number): Promise<FoundJob | null> {
  // First among the live ones: a job that ends in between is found in the archive.
  const [live] = await sql<FoundJob[]>`
    select job.*, true as is_live,
      (select to_jsonb(heartbeat) - 'job_id' from panda.heartbeat where heartbeat.job_id = job.job_id) as figures
    from panda.job where job_id = ${jobId}`;
  if (live !== undefined) return live;
  const [final] = await sql<FoundJob[]>`
    select job_archive.*, false as is_live, metrics as figures from panda.job_archive where job_id = ${jobId}`;
  return final ?? null;
}

/** Jobs with all their columns, those in sight, the highest number first. */
export async function listJobs(sql: Sql, jobIds: readonly number[], sight: Sight): Promise<FoundJob[]> {
  const ids = [...jobIds];
  const live = await sql<FoundJob[]>`
    select job.*, true as is_live, to_jsonb(heartbeat) - 'job_id' as figures
    from panda.job left join panda.heartbeat using (job_id)
    where job_id = any(${ids}::bigint[]) and ${inSight(sql, sight)}`;
  const final = await sql<FoundJob[]>`
    select job_archive.*, false as is_live, metrics as figures from panda.job_archive
    where job_id = any(${ids}::bigint[]) and ${inSight(sql, sight)}`;
  // One that ended in between is in both; the later one counts.
  const jobs = new Map([...live, ...final].map((job) => [job.jobId, job]));
  return [...jobs.values()].toSorted((a, b) => b.jobId - a.jobId);
}

/** What acting on several jobs at once looks at. */
export type JobOutline = Pick<Job, 'jobId' | 'status' | 'command' | 'ownerAccountId' | 'vo' | 'workingGroup'>;

export async function listOutlines(sql: Sql, jobIds: readonly number[]): Promise<Map<number, JobOutline>> {
  const rows = await sql<JobOutline[]>`
    select job_id, status, command, owner_account_id, vo, working_group from panda.job
    where job_id = any(${[...jobIds]}::bigint[])
    union all
    select job_id, status, command, owner_account_id, vo, working_group from panda.job_archive
    where job_id = any(${[...jobIds]}::bigint[])`;
  return new Map(rows.map((row) => [row.jobId, row]));
}

export interface Specification {
  parameters: string;
  transformation: string;
  /** By their wire names. */
  attributes: Readonly<Record<string, unknown>>;
}

export async function getSpecification(sql: Sql, jobId: number): Promise<Specification> {
  const [row] = await sql<Specification[]>`
    select parameters, transformation, attributes from panda.job_spec where job_id = ${jobId}`;
  return row ?? { parameters: '', transformation: '', attributes: {} };
}

export function listFiles(sql: Sql, jobId: number): Promise<JobFile[]> {
  return sql<JobFile[]>`
    select * from panda.file where job_id = ${jobId}
    order by array_position(array['input', 'pseudo_input', 'output', 'log'], type), ordinal`;
}

export async function findFile(sql: Sql, jobId: number, fileId: number): Promise<JobFile | null> {
  const [row] = await sql<JobFile[]>`
    select * from panda.file where job_id = ${jobId} and file_id = ${fileId}`;
  return row ?? null;
}

/** Whose jobs claim to make this file; looked up along the index of names. */
export function claimsOf(sql: Sql, lfn: string, scope: string): Promise<Owned[]> {
  return sql<Owned[]>`
    with claims as materialized (
      select job_id from panda.file
      where lfn = ${lfn} and coalesce(scope, '') = ${scope} and type in ('output', 'log'))
    select owner_account_id, vo, working_group from panda.job join claims using (job_id)
    union
    select owner_account_id, vo, working_group from panda.job_archive join claims using (job_id)`;
}

export interface HistoryEntry {
  at: Date;
  status: Job['status'];
  attempt: number;
  queue: string;
  node: string | null;
  why: string;
  changedBy: string;
}

/** Oldest first. */
export function listHistory(sql: Sql, jobId: number): Promise<HistoryEntry[]> {
  return sql<HistoryEntry[]>`
    select at, status, attempt, queue, node, why, changed_by from panda.job_history where job_id = ${jobId}
    order by at, attempt limit 2000`;
}

export interface TextRow {
  kind: 'metadata' | 'pilot-log';
  characters: number;
  at: Date;
}

export function listTexts(sql: Sql, jobId: number): Promise<TextRow[]> {
  return sql<TextRow[]>`
    select kind, length(content) as characters, at from panda.job_text where job_id = ${jobId} order by kind`;
}

export async function findText(sql: Sql, jobId: number, kind: string): Promise<string | null> {
  const [row] = await sql<{ content: string }[]>`
    select content from panda.job_text where job_id = ${jobId} and kind = ${kind}`;
  return row?.content ?? null;
}

export async function findStdout(sql: Sql, jobId: number): Promise<{ stdout: string; at: Date } | null> {
  const [row] = await sql<{ stdout: string; at: Date }[]>`
    select stdout, at from panda.job_debug where job_id = ${jobId}`;
  return row ?? null;
}

export interface JobWorkerRow {
  harvesterId: string;
  workerId: number;
  batchId: string | null;
  status: string | null;
  node: string | null;
  computingElement: string | null;
  submittedAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
  attributes: Readonly<Record<string, unknown>> | null;
}

/** The workers whose pilots had the job, last first. */
export function listJobWorkers(sql: Sql, jobId: number): Promise<JobWorkerRow[]> {
  return sql<JobWorkerRow[]>`
    select harvester_id, worker_id, w.batch_id, w.status, w.node, w.computing_element, w.submitted_at, w.started_at,
      w.ended_at, w.attributes
    from panda.job_worker j left join panda.worker w using (harvester_id, worker_id)
    where j.job_id = ${jobId} order by j.modified_at desc limit 50`;
}

/** Jobs of the same failure in the hours before, to say that it is not only this one. */
export async function countSameErrors(
  sql: Sql,
  { queue, errorSource, errorCode }: Pick<Job, 'queue' | 'errorSource' | 'errorCode'>,
  hours: number,
): Promise<number> {
  const [row] = await sql<[{ jobs: number }]>`
    select coalesce(sum(jobs), 0)::float8 as jobs from (
      select hour, queue, error_source, error_code, jobs from panda.outcome
      union all
      select hour, queue, error_source, error_code, jobs from panda.outcome_change) ended
    where hour >= clock_timestamp() - make_interval(hours => ${hours}) and queue = ${queue}
      and error_source = ${errorSource ?? ''} and error_code = ${errorCode ?? 0}`;
  return row.jobs;
}
