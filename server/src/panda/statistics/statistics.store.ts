import type { Sql } from '../../core/db/index.ts';

/** Jobs of one kind. */
export interface Count {
  queue: string;
  label: string;
  resourceType: string;
  status: string;
  jobs: number;
}

/** Live jobs from the counters, without share. */
export function listActive(sql: Sql): Promise<Count[]> {
  return sql<Count[]>`
    select queue, label, resource_type, status, sum(jobs)::float8 as jobs from panda.tally_now
    group by queue, label, resource_type, status order by queue, label, resource_type, status`;
}

/**
 * Jobs that have ended in the last `minutes`. They are counted by the hour, so that the hour in which the window begins
 * is in it as a whole.
 */
export function listEnded(sql: Sql, minutes: number): Promise<Count[]> {
  return sql<Count[]>`
    with window_ as (select date_trunc('hour', clock_timestamp() - make_interval(mins => ${minutes}), 'UTC') as begins)
    select queue, label, resource_type, status, sum(jobs)::float8 as jobs
    from (select queue, label, resource_type, status, jobs from panda.outcome, window_ where hour >= begins
          union all
          select queue, label, resource_type, status, jobs from panda.outcome_change, window_ where hour >= begins) both_of_them
    group by queue, label, resource_type, status order by queue, label, resource_type, status`;
}
