import type { Sql, Tx } from '../db/index.ts';

/** Lease of a running tick; renewed while it runs. */
export const leaseSeconds = 15;

/** A schedule with its last run, for the page. */
export interface ScheduleState {
  name: string;
  period: string;
  catchUp: 'once' | 'skip';
  nextDue: Date;
  lastStarted: Date | null;
  lastDurationMs: number | null;
  lastOutcome: string | null;
  lastError: string | null;
  /** The process of the present or the last run. */
  ranOn: string | null;
  running: boolean;
  paused: boolean;
  pausedWhy: string | null;
}

export interface ClaimedTick {
  name: string;
  dueAt: Date;
  fence: number;
  /** The database's time of the claim. */
  claimedAt: Date;
}

/** Cut to milliseconds, not rounded: a time rounded up to the next tick would make that tick look past. */
export async function databaseTime(sql: Sql): Promise<Date> {
  const [row] = await sql<{ now: Date }[]>`select date_trunc('milliseconds', clock_timestamp()) as now`;
  return (row as { now: Date }).now;
}

/** Makes the schedule known; a changed period gets a new due time, an unchanged one keeps its own. */
export async function upsertSchedule(
  sql: Sql,
  schedule: { name: string; period: string; catchUp: string; nextDue: Date },
): Promise<void> {
  await sql`
    insert into core.schedule as known (name, period, catch_up, next_due)
    values (${schedule.name}, ${schedule.period}, ${schedule.catchUp}, ${schedule.nextDue})
    on conflict (name) do update set period = excluded.period, catch_up = excluded.catch_up,
      next_due = case when known.period = excluded.period then known.next_due else excluded.next_due end
    where (known.period, known.catch_up) is distinct from (excluded.period, excluded.catch_up)`;
}

/**
 * Takes one tick that is due or asked for, the longest due first, and writes it down. The due time stays until the
 * run has ended: when the process dies, the lease runs out and the same tick is taken again.
 */
export async function claimTick(
  sql: Sql,
  processId: string,
  names: readonly string[],
): Promise<ClaimedTick | null> {
  const [tick] = await sql<ClaimedTick[]>`
    with taken as (
      update core.schedule as schedule set process_id = ${processId}, fence = nextval('core.fence'),
        lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}), last_started = clock_timestamp(),
        running_due = coalesce(schedule.running_due, case when found.on_time then schedule.next_due else clock_timestamp() end)
      from (
        select name, next_due <= clock_timestamp() and paused_reason is null as on_time from core.schedule
        where name = any(${[...names]}::text[]) and (lease_until is null or lease_until <= clock_timestamp())
          and (run_now or running_due is not null or (next_due <= clock_timestamp() and paused_reason is null))
        order by next_due limit 1 for update skip locked) as found
      where schedule.name = found.name
      returning schedule.name, running_due as due_at, fence, last_started as claimed_at)
    , written as (
      insert into core.schedule_tick as tick (name, due_at, fence, process_id, started_at, outcome)
      select name, due_at, fence, ${processId}, claimed_at, 'running' from taken
      on conflict (name, due_at) do update set runs = tick.runs + 1, fence = excluded.fence,
        process_id = excluded.process_id, started_at = excluded.started_at, outcome = 'running')
    select * from taken`;
  return tick ?? null;
}

/** Milliseconds until the next of these is due by the database's clock; null when none will be. */
export async function untilNextDue(sql: Sql, names: readonly string[]): Promise<number | null> {
  const [row] = await sql<{ ms: number | null }[]>`
    select (extract(epoch from min(next_due) - clock_timestamp()) * 1000)::float8 as ms from core.schedule
    where name = any(${[...names]}::text[]) and paused_reason is null
      and (lease_until is null or lease_until <= clock_timestamp())`;
  return row?.ms ?? null;
}

export async function renewTick(sql: Sql, tick: ClaimedTick): Promise<boolean> {
  const { count } = await sql`
    update core.schedule set lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where name = ${tick.name} and fence = ${tick.fence} and lease_until > clock_timestamp()`;
  return count === 1;
}

export interface TickEnd {
  nextDue: Date;
  outcome: 'done' | 'failed' | 'skipped';
  durationMs: number;
  error: string | null;
}

/** Ends a tick under its fence; false when another process has taken it since. */
export async function endTick(tx: Tx, tick: ClaimedTick, end: TickEnd): Promise<boolean> {
  // A tick that was asked for leaves the due time alone: greatest() only ever moves it forward.
  const { count } = await tx`
    update core.schedule set lease_until = null, running_due = null, run_now = false,
      next_due = case when next_due <= clock_timestamp() then ${end.nextDue} else next_due end,
      last_process_id = process_id, process_id = null, last_duration_ms = ${end.durationMs},
      last_outcome = ${end.outcome}, last_error = ${end.error}
    where name = ${tick.name} and fence = ${tick.fence}`;
  if (count === 0) return false;
  await tx`
    update core.schedule_tick set ended_at = clock_timestamp(), outcome = ${end.outcome}, error = ${end.error}
    where name = ${tick.name} and due_at = ${tick.dueAt} and fence = ${tick.fence}`;
  return true;
}

/** Gives a tick back whose process stops; it is taken again at once. */
export async function releaseTick(sql: Sql, tick: ClaimedTick): Promise<void> {
  await sql`update core.schedule set lease_until = null, process_id = null where name = ${tick.name} and fence = ${tick.fence}`;
}

export async function listSchedules(sql: Sql): Promise<ScheduleState[]> {
  return sql<ScheduleState[]>`
    select name, period, catch_up, next_due, last_started, last_duration_ms, last_outcome, last_error,
           coalesce(process_id, last_process_id) as ran_on, coalesce(lease_until > clock_timestamp(), false) as running,
           paused_reason is not null as paused, paused_reason as paused_why
    from core.schedule order by name`;
}

export async function askForTick(sql: Sql, name: string): Promise<boolean> {
  return (await sql`update core.schedule set run_now = true where name = ${name}`).count === 1;
}

export async function setPause(sql: Sql, name: string, reason: string | null): Promise<boolean> {
  return (await sql`update core.schedule set paused_reason = ${reason} where name = ${name}`).count === 1;
}
