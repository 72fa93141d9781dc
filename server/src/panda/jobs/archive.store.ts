import type { Tx } from '../../core/db/index.ts';
import type { JobErrors } from './job.ts';

/** The end of a job as somebody decided it. */
export interface JobEnd {
  jobId: number;
  status: 'finished' | 'failed' | 'cancelled' | 'closed';
  /** For people; stands in the history. */
  why: string;
  /** Who decided: an account, a pilot, a part of the server. */
  by: string;
  subStatus?: string | null;
  /** Errors to add to those the job has; an error of the same source is replaced. */
  errors?: JobErrors;
}

/**
 * Ends jobs: final state, its history and its event, and the move to the archive, in the caller's transaction.
 * Outputs of jobs that did not finish become `failed`; files of finished ones are left as the caller set them.
 * Jobs that are not live any more are left out; returns the ids of those that were ended.
 */
export async function endJobs(tx: Tx, ends: readonly JobEnd[]): Promise<number[]> {
  if (ends.length === 0) return [];
  const rows = JSON.stringify(
    ends.map(({ jobId, status, why, by, subStatus = null, errors = {} }) => ({
      jobId,
      status,
      why,
      by,
      subStatus,
      errors,
    })),
  );
  const ended = await tx<{ jobId: number }[]>`
    with wanted as materialized (
      select distinct on ((e->>'jobId')::bigint) (e->>'jobId')::bigint as job_id, e->>'status' as status,
        e->>'why' as why, e->>'by' as by, e->>'subStatus' as sub_status, e->'errors' as errors
      from jsonb_array_elements(${rows}::text::jsonb) e),
    locked as (select job_id from panda.job where job_id in (select job_id from wanted) order by job_id for update)
    update panda.job j set status = w.status, status_since = clock_timestamp(), status_why = w.why, changed_by = w.by,
      sub_status = coalesce(w.sub_status, j.sub_status), modified_at = clock_timestamp(),
      ended_at = coalesce(j.ended_at, clock_timestamp()), command = null,
      errors = nullif(coalesce(j.errors, '{}') || w.errors, '{}'),
      (error_source, error_code) = (select source, code from panda.main_error(coalesce(j.errors, '{}') || w.errors))
    from wanted w join locked using (job_id)
    where j.job_id = w.job_id returning j.job_id`;
  const jobIds = ended.map(({ jobId }) => jobId);
  await moveToArchive(tx, jobIds);
  return jobIds;
}

async function moveToArchive(tx: Tx, jobIds: readonly number[]): Promise<void> {
  if (jobIds.length === 0) return;
  await tx`
    update panda.file set status = 'failed' where job_id = any(${jobIds}::bigint[]) and type in ('output', 'log')
      and status not in ('ready', 'failed', 'nooutput')
      and job_id in (select job_id from panda.job where job_id = any(${jobIds}::bigint[]) and status <> 'finished')`;
  await tx`
    with pulse as (delete from panda.heartbeat where job_id = any(${jobIds}::bigint[]) returning *),
    report as (delete from panda.output_report where job_id = any(${jobIds}::bigint[])),
    debug as (delete from panda.job_debug where job_id = any(${jobIds}::bigint[])),
    gone as (delete from panda.job where job_id = any(${jobIds}::bigint[]) returning *)
    insert into panda.job_archive
    select gone.*, to_jsonb(pulse) - 'job_id', clock_timestamp() from gone left join pulse using (job_id)`;
}
