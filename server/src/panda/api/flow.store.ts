import type { Sql } from '../../core/db/index.ts';

/** What happened in one minute. */
export interface Minute {
  /** Counted from the first one. */
  minute: number;
  started: number;
  finished: number;
  failed: number;
  stopped: number;
}

/** From the history, whose rows lie in the order of time: only those of these minutes are read. */
export function countMinutes(sql: Sql, from: Date, minutes: number, queue: string | null): Promise<Minute[]> {
  return sql<Minute[]>`
    select floor(extract(epoch from at - ${from}::timestamptz) / 60)::int as minute,
      count(*) filter (where status = 'running')::int as started,
      count(*) filter (where status = 'finished')::int as finished,
      count(*) filter (where status = 'failed')::int as failed,
      count(*) filter (where status in ('cancelled', 'closed'))::int as stopped
    from panda.job_history
    where at >= ${from} and at < ${from}::timestamptz + make_interval(mins => ${minutes})
      and status in ('running', 'finished', 'failed', 'cancelled', 'closed')
      and (${queue}::text is null or queue = ${queue})
    group by 1`;
}

export interface EndedHour {
  hoursAgo: number;
  finished: number;
  failed: number;
}

/** Per full hour; the present one is 0 hours ago. */
export function countHours(sql: Sql, now: Date, hours: number): Promise<EndedHour[]> {
  return sql<EndedHour[]>`
    select (extract(epoch from date_trunc('hour', ${now}::timestamptz, 'UTC') - hour) / 3600)::int as hours_ago,
      coalesce(sum(jobs) filter (where status = 'finished'), 0)::float8 as finished,
      coalesce(sum(jobs) filter (where status = 'failed'), 0)::float8 as failed
    from (select hour, status, jobs from panda.outcome union all
          select hour, status, jobs from panda.outcome_change) ended
    where hour > date_trunc('hour', ${now}::timestamptz, 'UTC') - make_interval(hours => ${hours})
    group by hour`;
}

/** Since when the job that has waited longest for a pilot does so; null = none waits. */
export async function oldestActivated(sql: Sql): Promise<Date | null> {
  const [row] = await sql<{ since: Date }[]>`
    select status_since as since from panda.job where status in ('activated', 'starting') and status = 'activated'
    order by status_since limit 1`;
  return row?.since ?? null;
}

export async function sumRequests(sql: Sql): Promise<{ asked: number; given: number }> {
  const [row] = await sql<[{ asked: number; given: number }]>`
    select coalesce(sum(asked), 0)::float8 as asked, coalesce(sum(given), 0)::float8 as given
    from panda.queue_activity where slot > clock_timestamp() - interval '1 hour'`;
  return row;
}
