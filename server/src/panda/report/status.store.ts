import type { Sql } from '../../core/db/index.ts';
import type { JobState } from '../states.ts';

/** The state of a job that is live or was. */
export interface JobStatus {
  jobId: number;
  status: JobState;
  attempt: number;
  command: string | null;
  /** When it became final; null while it is live. */
  archivedAt: Date | null;
}

/** States of jobs by their numbers, live or in the archive; unknown ones are missing. */
export async function listStatuses(sql: Sql, jobIds: readonly number[]): Promise<Map<number, JobStatus>> {
  const rows = await sql<JobStatus[]>`
    select job_id, status, attempt, command, null::timestamptz(3) as archived_at
    from panda.job where job_id = any(${[...jobIds]}::bigint[])
    union all
    select job_id, status, attempt, command, archived_at
    from panda.job_archive where job_id = any(${[...jobIds]}::bigint[])`;
  return new Map(rows.map((row) => [row.jobId, row]));
}
