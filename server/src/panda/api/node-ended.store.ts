import type { Sql } from '../../core/db/index.ts';
import type { ErrorSource } from '../jobs/job.ts';
import { inSight, type Sight } from './sight.ts';

/** Of failed jobs at most so many are read, the last ones. */
export const readsFailures = 200_000;
/** Machines that are looked at closely. */
export const looksAtNodes = 200;
/** Of the jobs of one machine, those with the highest numbers. */
export const readsJobs = 2000;

/** A machine with failures in a queue. */
export interface FailingNode {
  host: string;
  queue: string;
  failed: number;
  lastFailedAt: Date;
}

export interface FailingNodes {
  nodes: FailingNode[];
  /** Failures that were read. */
  read: number;
}

/** Machines with at least `least` failures in a queue, most first; read along the index of failures by their end. */
export async function listFailingNodes(
  sql: Sql,
  { since, queue, least }: { since: Date; queue: string | undefined; least: number },
): Promise<FailingNodes> {
  const rows = await sql<(FailingNode & { read: number })[]>`
    with failures as materialized (
      select node, queue, archived_at from panda.job_archive
      where error_source is not null and archived_at >= ${since} and status = 'failed' and node is not null
        and ${queue === undefined ? sql`true` : sql`queue = ${queue}`}
      order by archived_at desc limit ${readsFailures})
    select panda.host_of(node) as host, queue, count(*)::int as failed, max(archived_at) as last_failed_at,
      (select count(*)::int from failures) as read
    from failures group by 1, 2 having count(*) >= ${least}
    order by failed desc, host, queue limit ${looksAtNodes}`;
  return { nodes: rows.map(({ read: _read, ...node }) => node), read: rows[0]?.read ?? 0 };
}

/** What ended on a machine in a queue, counted by hour. */
export interface EndedThere {
  finished: number;
  failed: number;
  /** Half of the failed ones took less, seconds from start to end. */
  medianSeconds: number | null;
  finishedMedianSeconds: number | null;
  errors: Array<{ source: ErrorSource; code: number; jobs: number }>;
  hours: Array<{ hour: number; finished: number; failed: number }>;
  /** Jobs that were read, of any time. */
  read: number;
}

/**
 * Looks closely at machines: of each the last jobs that ended there in some queues, along the index of machines; null
 * stands for every queue. In the order asked for; `hour` counts from `since`.
 */
export function listEndedThere(
  sql: Sql,
  machines: ReadonlyArray<{ host: string; queues: readonly string[] | null }>,
  since: Date,
): Promise<EndedThere[]> {
  return sql<EndedThere[]>`
    with wanted as materialized (
      select n, w->>'host' as host, nullif(w->'queues', 'null') as queues
      from jsonb_array_elements(${JSON.stringify(machines)}::text::jsonb) with ordinality as e (w, n)),
    jobs as materialized (
      select w.n, j.*, count(*) over (partition by w.n)::int as read
      from wanted w cross join lateral (
        select status, error_source, error_code, archived_at, queue as in_queue,
          extract(epoch from ended_at - started_at)::float8 as seconds
        from panda.job_archive where node is not null and panda.host_of(node) = w.host
        order by job_id desc limit ${readsJobs}) j),
    counted as (
      select j.* from jobs j join wanted w using (n)
      where archived_at >= ${since} and (w.queues is null or jsonb_exists(w.queues, in_queue))),
    codes as (
      select n, jsonb_agg(jsonb_build_object('source', error_source, 'code', error_code, 'jobs', jobs)
        order by jobs desc, error_source, error_code) as errors
      from (select n, error_source, error_code, count(*)::int as jobs from counted
        where status = 'failed' and error_source is not null group by n, error_source, error_code) one group by n),
    hours as (
      select n, jsonb_agg(jsonb_build_object('hour', hour, 'finished', finished, 'failed', failed) order by hour) as hours
      from (select n, floor(extract(epoch from archived_at - ${since}::timestamptz) / 3600)::int as hour,
          count(*) filter (where status = 'finished')::int as finished,
          count(*) filter (where status = 'failed')::int as failed
        from counted where status in ('finished', 'failed') group by 1, 2) one group by n),
    totals as (
      select n, count(*) filter (where status = 'finished')::int as finished,
        count(*) filter (where status = 'failed')::int as failed,
        percentile_cont(0.5) within group (order by seconds) filter (where status = 'failed') as median_seconds,
        percentile_cont(0.5) within group (order by seconds) filter (where status = 'finished') as finished_median_seconds
      from counted group by n)
    select coalesce(finished, 0) as finished, coalesce(failed, 0) as failed,
      median_seconds, finished_median_seconds, coalesce(errors, '[]') as errors, coalesce(hours, '[]') as hours,
      coalesce((select max(read) from jobs where jobs.n = w.n), 0) as read
    from wanted w left join totals using (n) left join codes using (n) left join hours using (n) order by w.n`;
}

/** How jobs of queues ended since a full hour; from the counters. */
export async function endedInQueues(
  sql: Sql,
  queues: readonly string[],
  since: Date,
): Promise<Map<string, { finished: number; failed: number }>> {
  const rows = await sql<{ queue: string; finished: number; failed: number }[]>`
    select queue, coalesce(sum(jobs) filter (where status = 'finished'), 0)::float8 as finished,
      coalesce(sum(jobs) filter (where status = 'failed'), 0)::float8 as failed
    from (select hour, queue, status, jobs from panda.outcome
          union all select hour, queue, status, jobs from panda.outcome_change) ended
    where hour >= ${since} and queue = any(${[...queues]}::text[])
    group by queue`;
  return new Map(rows.map(({ queue, ...ended }) => [queue, ended]));
}

export interface JobThere {
  jobId: number;
  status: string;
  queue: string;
  owner: string;
  node: string;
  startedAt: Date | null;
  endedAt: Date;
  errorSource: ErrorSource | null;
  errorCode: number | null;
  diag: string | null;
}

/** The last jobs in sight that ended on the machine. */
export function listJobsThere(
  sql: Sql,
  { host, queues }: { host: string; queues: readonly string[] | null },
  sight: Sight,
  limit: number,
): Promise<JobThere[]> {
  const isThere = queues === null ? sql`true` : sql`queue = any(${[...queues]}::text[])`;
  return sql<JobThere[]>`
    select job_id, status, queue, owner, node, started_at, coalesce(ended_at, archived_at) as ended_at, error_source,
      error_code, left(errors->error_source->>'diag', 300) as diag
    from (
      select * from panda.job_archive where node is not null and panda.host_of(node) = ${host}
      order by job_id desc limit ${readsJobs}) part
    where ${isThere} and ${inSight(sql, sight)} order by job_id desc limit ${limit}`;
}
