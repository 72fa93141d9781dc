import type { Tx } from '../../core/db/index.ts';

/** A worker that is final, as far as its jobs have to know. */
export interface EndedWorker {
  workerId: number;
  status: string;
  diagnosis: string;
  /** Null: it names no error. */
  errorCode: number | null;
  /** Its jobs that still run have failed. */
  failsJobs: boolean;
}

/**
 * Tells the live jobs of workers that have ended: the worker's error becomes their sup error, and where the worker
 * speaks for its jobs, those that are still starting or running get task buffer error 300 and an empty report of
 * failure, of which the adder makes the final state (panda-server 1.0.3, updateWorkers with syncLevel 1). Only jobs of
 * `vos`; null means of all. Returns the reports that are new.
 */
export async function tellJobsOfWorkers(
  tx: Tx,
  harvesterId: string,
  workers: readonly EndedWorker[],
  vos: readonly string[] | null,
): Promise<Array<{ jobId: number; attempt: number }>> {
  if (workers.length === 0) return [];
  return tx<{ jobId: number; attempt: number }[]>`
    with ended as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(workers)}::text::jsonb)
        as w ("workerId" bigint, status text, diagnosis text, "errorCode" integer, "failsJobs" boolean)),
    locked as materialized (
      select j.job_id, j.attempt, j.status as job_status, ended.*
      from ended join panda.job_worker r on r.harvester_id = ${harvesterId} and r.worker_id = "workerId"
      join panda.job j using (job_id)
      where j.status <> 'holding' and (${vos === null} or j.vo is null or j.vo = any(${[...(vos ?? [])]}::text[]))
      order by j.job_id for update of j),
    one as materialized (
      select distinct on (job_id) *, "failsJobs" and job_status in ('running', 'starting') as fails
      from locked order by job_id, "workerId" desc),
    changed as (
      select job_id, fails, (case when fails then jsonb_build_object('taskBuffer', jsonb_build_object('code', 300,
          'diag', left(format('The worker was %s while the job was %s : %s', status, job_status, diagnosis), 300)))
        else '{}' end) || (case when coalesce("errorCode", 0) <> 0 then jsonb_build_object('sup', jsonb_build_object(
          'code', "errorCode", 'diag', left('Diag from worker : ' || diagnosis, 250))) else '{}' end) as errors,
        fails and job_status = 'starting' as forgets_start
      from one where fails or coalesce("errorCode", 0) <> 0),
    reported as (
      insert into panda.output_report (job_id, attempt, state, report)
      select job_id, attempt, 'failed', '' from one where fails
      on conflict (job_id, attempt) do nothing returning job_id, attempt),
    updated as (
      update panda.job j set errors = coalesce(j.errors, '{}') || c.errors, modified_at = clock_timestamp(),
        (error_source, error_code) = (select source, code from panda.main_error(coalesce(j.errors, '{}') || c.errors)),
        started_at = case when c.forgets_start then null else j.started_at end, reported = j.reported or c.fails
      from changed c where j.job_id = c.job_id)
    select job_id, attempt from reported order by job_id`;
}
