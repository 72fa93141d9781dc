import type { Sql, Tx } from '../../core/db/index.ts';
import type { JobState } from '../states.ts';

/** How many live jobs there are of one kind, and what they take. */
export interface Tally {
  queue: string;
  share: string;
  label: string;
  resourceType: string;
  status: JobState;
  jobs: number;
  cores: number;
  hs06: number;
}

/**
 * Live jobs by queue, share, label, resource type and state, of all queues or one. Reads the folded counters and the
 * changes since; never the jobs.
 */
export function listTally(sql: Sql, queue: string | null = null): Promise<Tally[]> {
  return sql<Tally[]>`
    select queue, share, label, resource_type, status, jobs::float8 as jobs, cores::float8 as cores, hs06
    from panda.tally_now where ${queue}::text is null or queue = ${queue}`;
}

const atMost = 50_000;

/** Takes the oldest changes and adds them to the counters. Runs by one process at a time (its schedule sees to that). */
export async function foldTally(tx: Tx): Promise<void> {
  await tx`
    with gone as (
      delete from panda.tally_change where tally_change_id in (
        select tally_change_id from panda.tally_change order by tally_change_id limit ${atMost} for update skip locked)
      returning queue, share, label, resource_type, status, jobs, cores, hs06),
    summed as (
      select queue, share, label, resource_type, status, sum(jobs) as jobs, sum(cores) as cores, sum(hs06) as hs06
      from gone group by queue, share, label, resource_type, status)
    insert into panda.tally as known (queue, share, label, resource_type, status, jobs, cores, hs06)
    select queue, share, label, resource_type, status, jobs, cores, hs06 from summed
    on conflict (queue, share, label, resource_type, status) do update set
      jobs = known.jobs + excluded.jobs, cores = known.cores + excluded.cores,
      hs06 = case when known.jobs + excluded.jobs = 0 then 0 else known.hs06 + excluded.hs06 end`;
  await tx`delete from panda.tally where jobs = 0`;
}

export async function foldOutcomes(tx: Tx): Promise<void> {
  await tx`
    with gone as (
      delete from panda.outcome_change where outcome_change_id in (
        select outcome_change_id from panda.outcome_change order by outcome_change_id limit ${atMost}
        for update skip locked)
      returning *),
    summed as (
      select hour, queue, share, label, resource_type, status, error_source, error_code,
        sum(jobs) as jobs, sum(core_seconds) as core_seconds
      from gone group by hour, queue, share, label, resource_type, status, error_source, error_code)
    insert into panda.outcome as known
      (hour, queue, share, label, resource_type, status, error_source, error_code, jobs, core_seconds)
    select hour, queue, share, label, resource_type, status, error_source, error_code, jobs, core_seconds from summed
    on conflict (hour, queue, share, label, resource_type, status, error_source, error_code) do update set
      jobs = known.jobs + excluded.jobs, core_seconds = known.core_seconds + excluded.core_seconds`;
}
