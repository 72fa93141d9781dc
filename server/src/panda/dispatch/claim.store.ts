import type { Sql } from '../../core/db/index.ts';
import type { DocumentInput } from './document.ts';
import type { DocumentFile } from './document-files.ts';
import type { JobFilter } from './request.ts';

/** A kind of jobs, and who gets them. */
export interface WantedJobs extends JobFilter {
  queue: string;
  /** Sloppy: by age alone, whatever shares and priorities say. */
  oldestFirst: boolean;
  /** Large shares of the queue that hold no job of such a kind: they would be read to the end for nothing. */
  hopeless: string[];
  /** Places in the list of takers, one for each job that is wanted. */
  places: number[];
}

/** The pilot that gets a job, as it stands on the job and in the history. */
export interface Taker {
  /** Asks for background jobs; a job that an ordinary pilot takes is one no more. */
  background: boolean;
  node: string | null;
  computingElement: string | null;
  schedulerId: string | null;
  harvesterId?: string;
  workerId?: number;
  why: string;
  by: string;
}

export interface ClaimedJob {
  /** Place in the list of takers. */
  taker: number;
  jobId: number;
  attempt: number;
  priority: number;
  debug: boolean;
  /** Dictionary as text; null for a job that was activated without one. */
  document: string | null;
}

/**
 * Gives jobs to pilots, in one round trip that is one transaction: their state is `sent`, their heartbeat begins now
 * and their worker is known. The jobs of one taker stand in the order of their choice. The query, its plan and what
 * was rejected: migrations 0006 and 0013.
 */
export function claimJobs(
  sql: Sql,
  wanted: readonly WantedJobs[],
  takers: readonly Taker[],
  leaves: readonly string[],
): Promise<ClaimedJob[]> {
  return sql<ClaimedJob[]>`
    select taker, job_id, attempt, priority, debug, document
    from panda.claim_jobs(${JSON.stringify(wanted)}::text::jsonb, ${JSON.stringify(takers)}::text::jsonb,
      ${leaves as string[]}::text[])`;
}

/** Jobs whose pilot had gone before it was answered wait again, in their old place. */
export async function giveBack(sql: Sql, jobs: readonly ClaimedJob[]): Promise<void> {
  await sql`
    with waits as (
      update panda.job set status = 'activated', status_why = 'its pilot had gone before it was answered',
        changed_by = 'orrery', status_since = clock_timestamp(), modified_at = clock_timestamp(), started_at = null,
        node = null, computing_element = null, scheduler_id = null
      where job_id = any(${jobs.map(({ jobId }) => jobId)}::bigint[]) and status = 'sent' returning job_id),
    pulse as (delete from panda.heartbeat where job_id in (select job_id from waits))
    -- Otherwise the end of this worker would end the job with whichever has it next.
    delete from panda.job_worker where job_id in (select job_id from waits)`;
}

/** What the dictionary of a job is made of, for a job that has none yet. */
export async function findDocumentInput(sql: Sql, jobId: number): Promise<DocumentInput | null> {
  const [row] = await sql<Array<DocumentInput['job'] & Omit<DocumentInput, 'job' | 'files'>>>`
    select j.job_id, j.task_id, j.jobset_id, j.request_id, j.name, j.attempt, j.label, j.processing_type, j.owner,
      j.priority, j.cores, j.memory_mb, j.disk_mb, j.cpu_seconds, j.walltime_seconds, j.resource_type,
      s.parameters, s.transformation, s.attributes
    from panda.job j join panda.job_spec s using (job_id) where j.job_id = ${jobId}`;
  if (row === undefined) return null;
  const { parameters, transformation, attributes, ...job } = row;
  const files = await sql<DocumentFile[]>`
    select type, lfn, scope, dataset, guid, size_bytes, checksum, endpoint, optional, attributes
    from panda.file where job_id = ${jobId} order by ordinal, file_id`;
  return { job, parameters, transformation, attributes, files };
}
