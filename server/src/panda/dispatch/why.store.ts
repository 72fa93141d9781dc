import type { Sql } from '../../core/db/index.ts';
import type { JobState } from '../states.ts';
import type { FilteredJob } from './exclusions.ts';

/** Jobs that are looked at, and counted ahead of one, at most. */
export const mostLookedAt = 10_000;

/** The oldest activated jobs of a queue, those that a filter cannot tell apart as one. */
export function sampleActivated(
  sql: Sql,
  queue: string,
): Promise<Array<FilteredJob & { jobs: number; oldestSince: Date }>> {
  return sql`
    select label, processing_type, memory_mb, cores, disk_mb, walltime_seconds, resource_type, owner,
      owner_account_id, task_id, request_id, background, vo, count(*)::integer as jobs, min(status_since) as oldest_since
    from (select * from panda.job where status = 'activated' and queue = ${queue} order by job_id limit ${mostLookedAt}) j
    group by label, processing_type, memory_mb, cores, disk_mb, walltime_seconds, resource_type, owner,
      owner_account_id, task_id, request_id, background, vo`;
}

export interface WaitingJob extends FilteredJob {
  jobId: number;
  status: JobState;
  statusSince: Date;
  statusWhy: string;
  queue: string;
  share: string;
  priority: number;
  computingElement: string | null;
}

export async function findWaitingJob(sql: Sql, jobId: number): Promise<WaitingJob | null> {
  const [job] = await sql<WaitingJob[]>`
    select job_id, status, status_since, status_why, queue, share, priority, label, processing_type, memory_mb,
      cores, disk_mb, walltime_seconds, resource_type, owner, owner_account_id, task_id, request_id, background, vo,
      computing_element
    from panda.job where job_id = ${jobId}`;
  return job ?? null;
}

/** Activated jobs of the same queue and share that are served before this one, counted up to `mostLookedAt`. */
export async function countAhead(
  sql: Sql,
  { queue, share, priority, jobId }: Pick<WaitingJob, 'queue' | 'share' | 'priority' | 'jobId'>,
): Promise<number> {
  const [row] = await sql<{ ahead: number }[]>`
    select count(*)::integer as ahead from (
      select from panda.job
      where status = 'activated' and queue = ${queue} and share = ${share} and priority >= ${priority}
        and (priority > ${priority} or job_id < ${jobId})
      limit ${mostLookedAt}) before`;
  return row?.ahead ?? 0;
}
