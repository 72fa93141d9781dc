import type { Sql } from '../../core/db/index.ts';

export interface OpenRun {
  jobId: string;
  computeRunId: string;
  /** The run is over, its results are not stored. */
  isEnding: boolean;
}

/**
 * Jobs that are not final and have been with a computer, or at their end, for longer than so many seconds; in the
 * order of their ids after `from`. Reads job_open_idx.
 */
export async function listOpenRuns(
  sql: Sql,
  seconds: number,
  from: string,
  limit: number,
): Promise<OpenRun[]> {
  return await sql<OpenRun[]>`
    select job_id, compute_run_id, ending is not null as is_ending from uws.job
    where phase in ('QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'UNKNOWN') and compute_run_id is not null
      and coalesce((ending ->> 'at')::timestamptz, phase_since) < clock_timestamp() - make_interval(secs => ${seconds})
      and job_id > ${from}
    order by job_id limit ${limit}`;
}
