import type { Sql } from '../../core/db/index.ts';
import type { ErrorSource, JobErrors } from '../jobs/job.ts';

/** A job that failed, as rules ask about it. */
export interface TriedJob {
  jobId: number;
  queue: string;
  endedAt: Date;
  errors: JobErrors;
  architecture: string | null;
  release: string | null;
  workQueue: string | null;
  ownerAccountId: number | null;
  vo: string | null;
  workingGroup: string | null;
}

/** So many jobs are read at most that failed with the error, or lately with another that says more. */
export const looksAt = 20_000;

/**
 * The last jobs that failed with an error, last first. Those whose main error it is are read along the index of errors;
 * those where another one says more (the exit code beside the pilot's error) only among the last failures.
 */
export function listFailed(
  sql: Sql,
  { source, code }: { source: ErrorSource; code: number },
  limit: number,
): Promise<TriedJob[]> {
  const fields = sql`job_id, queue, archived_at, errors, owner_account_id, vo, working_group, status, task_id`;
  return sql<TriedJob[]>`
    with main as materialized (
      select * from (
        select ${fields} from panda.job_archive where error_source = ${source} and error_code = ${code}
        order by job_id desc limit ${looksAt}) part
      where status = 'failed' order by job_id desc limit ${limit}),
    beside as materialized (
      select * from (
        select ${fields}, error_source from panda.job_archive where error_source is not null
        order by archived_at desc limit ${looksAt}) part
      where status = 'failed' and error_source <> ${source} and errors->${source}->>'code' = ${String(code)}),
    found as materialized (
      select * from (
        select ${fields} from main union all select ${fields} from beside) both_of_them
      order by job_id desc limit ${limit})
    select f.job_id, f.queue, f.archived_at as ended_at, f.errors, f.owner_account_id, f.vo, f.working_group,
      s.attributes->>'cmtConfig' as architecture,
      coalesce(s.attributes->>'AtlasRelease', s.attributes->>'swRelease') as release,
      coalesce(s.attributes->>'workQueue_ID', t.attributes->>'workQueue_ID') as work_queue
    from found f left join panda.job_spec s using (job_id) left join panda.task t on t.task_id = f.task_id
    order by f.job_id desc`;
}
