import type { Sql } from '../../core/db/index.ts';
import type { ErrorSource } from '../jobs/job.ts';
import { kinds } from './facets.store.ts';
import { byOwners } from './job-filter.ts';
import type { Owners } from './owners.ts';
import { inSight, type Sight } from './sight.ts';

export interface ErrorFilter {
  since: Date;
  queue?: string;
  share?: string;
  label?: string;
  errorSource?: ErrorSource;
  errorCode?: number;
  /** Whose jobs; names nobody when they are too many to name. */
  owners?: Owners;
  taskId?: number;
}

/** One group in one hour. */
export interface ErrorCount {
  key: string;
  source: ErrorSource | null;
  code: number | null;
  hour: Date;
  failed: number;
  ended: number;
  lost: number;
}

const counterColumns = {
  queue: 'queue',
  share: 'share',
  label: 'label',
  resourceType: 'resource_type',
} as const;
export type CounterGroup = 'code' | 'class' | keyof typeof counterColumns;

const jobColumns = { owner: 'owner', task: 'task_id', node: 'node' } as const;
export type JobGroup = keyof typeof jobColumns;

export function isJobGroup(by: CounterGroup | JobGroup): by is JobGroup {
  return by in jobColumns;
}

function errorIs(sql: Sql, { errorSource, errorCode }: ErrorFilter) {
  const parts = [
    sql`status = 'failed'`,
    ...(errorSource === undefined ? [] : [sql`error_source = ${errorSource}`]),
    ...(errorCode === undefined ? [] : [sql`error_code = ${errorCode}`]),
  ];
  return parts.reduce((all, part) => sql`${all} and ${part}`);
}

/** From the counters of ended jobs, by hour. Grouped by code only failures are given. */
export function countByCounters(sql: Sql, by: CounterGroup, filter: ErrorFilter): Promise<ErrorCount[]> {
  const isFailed = errorIs(sql, filter);
  const isByCode = by === 'code' || by === 'class';
  const key = isByCode ? sql`error_source || ' ' || error_code` : sql`${sql(counterColumns[by])}`;
  return sql<ErrorCount[]>`
    select ${key} as key, ${isByCode ? sql`nullif(error_source, '')` : sql`null`} as source,
      ${isByCode ? sql`error_code` : sql`null::integer`} as code, hour,
      coalesce(sum(jobs) filter (where ${isFailed}), 0)::float8 as failed, sum(jobs)::float8 as ended,
      coalesce(sum(core_seconds) filter (where ${isFailed}), 0) as lost
    from (select * from panda.outcome union all
          select hour, queue, share, label, resource_type, status, error_source, error_code, jobs, core_seconds
          from panda.outcome_change) ended
    where hour >= date_trunc('hour', ${filter.since}::timestamptz, 'UTC') and ${kinds(sql, filter)}
      and ${isByCode ? isFailed : sql`true`}
    group by 1, 2, 3, 4`;
}

/** Of failed jobs at most so many are read. */
export const looksAt = 50_000;

/** Owner and task of a job are not among what the counters know. */
function ofJobs(sql: Sql, { owners, taskId }: ErrorFilter, sight: Sight) {
  return [
    ...(owners === undefined ? [] : [byOwners(sql, owners)]),
    ...(taskId === undefined ? [] : [sql`task_id = ${taskId}`]),
  ].reduce((all, part) => sql`${all} and ${part}`, inSight(sql, sight));
}

/** From the failed jobs in sight, the last ones first; reads the part of an index that holds failures only. */
export async function countByJobs(
  sql: Sql,
  by: JobGroup | 'code' | 'class',
  filter: ErrorFilter,
  sight: Sight,
): Promise<{ rows: ErrorCount[]; looked: number }> {
  const { since, queue, share, label } = filter;
  const isByCode = by === 'code' || by === 'class';
  const key = isByCode ? sql`error_source || ' ' || error_code` : sql`${sql(jobColumns[by])}::text`;
  const found = await sql<(ErrorCount & { looked: number })[]>`
    with part as materialized (
      select task_id, node, status, error_source, error_code, archived_at, queue, share, label,
        resource_type, owner, owner_account_id, vo, working_group,
        cores * panda.held_seconds(started_at, ended_at) as lost
      from panda.job_archive where error_source is not null and archived_at >= ${since}
      order by archived_at desc limit ${looksAt})
    select coalesce(${key}, '') as key, ${isByCode ? sql`error_source` : sql`null`} as source,
      ${isByCode ? sql`error_code` : sql`null::integer`} as code,
      date_trunc('hour', archived_at, 'UTC') as hour, count(*)::int as failed, count(*)::int as ended,
      coalesce(sum(lost), 0) as lost, (select count(*)::int from part) as looked
    from part where ${errorIs(sql, filter)} and ${ofJobs(sql, filter, sight)}
      and ${kindsOf(sql, { queue, share, label })}
    group by 1, 2, 3, 4`;
  return { rows: found, looked: found[0]?.looked ?? 0 };
}

/** How many of the last `looksAt` jobs of an owner or a task ended since then. */
export async function countEndedJobs(sql: Sql, filter: ErrorFilter, sight: Sight): Promise<number> {
  const { since, queue, share, label } = filter;
  const [row] = await sql<{ ended: number }[]>`
    select count(*)::int as ended from (
      select archived_at, queue, share, label, resource_type from panda.job_archive
      where ${ofJobs(sql, filter, sight)} order by job_id desc limit ${looksAt}) part
    where archived_at >= ${since} and ${kindsOf(sql, { queue, share, label })}`;
  return row?.ended ?? 0;
}

function kindsOf(
  sql: Sql,
  {
    queue,
    share,
    label,
  }: { queue: string | undefined; share: string | undefined; label: string | undefined },
) {
  return kinds(sql, {
    ...(queue === undefined ? {} : { queue }),
    ...(share === undefined ? {} : { share }),
    ...(label === undefined ? {} : { label }),
  });
}

/** A job in sight that failed like this, the last one. */
export async function findExample(
  sql: Sql,
  { source, code }: { source: ErrorSource; code: number },
  filter: ErrorFilter,
  sight: Sight,
): Promise<{ job: number; diag: string } | null> {
  const [row] = await sql<{ job: number; diag: string | null }[]>`
    select job_id as job, errors->${source}->>'diag' as diag from (
      select * from panda.job_archive where error_source = ${source} and error_code = ${code}
      order by job_id desc limit 200) part
    where ${ofJobs(sql, filter, sight)} order by job_id desc limit 1`;
  return row === undefined ? null : { job: row.job, diag: (row.diag ?? '').slice(0, 500) };
}
