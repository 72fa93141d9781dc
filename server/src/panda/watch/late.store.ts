import type { Sql, Tx } from '../../core/db/index.ts';
import { finalWorkerStates } from '../workers/worker.ts';
import {
  type ClockStart,
  type Concerned,
  type LateJob,
  secondsOf,
  type TimeLimit,
  urgentPriority,
  type WatchSettings,
} from './limits.ts';

/**
 * Jobs past one limit, locked until `tx` ends; those that somebody else holds are left for the next time. Reads
 * job_waiting_idx and job_activated_since_idx; for heartbeats the table panda.heartbeat from end to end, which is narrow.
 * `now()` is the start of the transaction, and unlike the clock the planner can use an index with it.
 */
export async function lockLate(
  tx: Tx,
  limit: TimeLimit,
  settings: WatchSettings,
  most: number,
): Promise<LateJob[]> {
  return await tx<LateJob[]>`
    with late as (
      select j.job_id from ${tablesOf(tx, limit)}
      where ${lateFilter(tx, limit, settings)}
      limit ${most} for update of j skip locked)
    select j.job_id, j.status, j.task_id, j.ended_at, j.errors, j.label in ('user', 'panda') as is_users,
      ${clockOf(tx, limit.from)} as since, w.worker
    from late join panda.job j using (job_id) left join panda.heartbeat h using (job_id)
    left join lateral (
      select jsonb_build_object('status', w.status, 'endedAt', to_char(w.ended_at, 'YYYY-MM-DD HH24:MI:SS'),
        'diag', w.attributes->>'diagMessage') as worker
      from panda.job_worker r join panda.worker w using (harvester_id, worker_id)
      where r.job_id = j.job_id and w.status = any(${[...finalWorkerStates]}::text[])
      order by r.modified_at desc limit 1) w on true
    order by j.job_id`;
}

/** Tables that a limit is looked for in: `j`, and for heartbeats `h`. */
export function tablesOf(sql: Sql | Tx, { from }: TimeLimit) {
  return from === 'heard' ? sql`panda.heartbeat h join panda.job j using (job_id)` : sql`panda.job j`;
}

/** The jobs a limit is for that are past it by `graceSeconds`, over `tablesOf`. */
export function lateFilter(sql: Sql | Tx, limit: TimeLimit, settings: WatchSettings, graceSeconds = 0) {
  const { states, jobs, from, action, unlessReported } = limit;
  // States are our own words, written out: with parameters the planner could not choose the partial indexes.
  const inStates = sql.unsafe(`j.status in (${states.map((state) => `'${state}'`).join(', ')})`);
  return sql`${inStates} and ${isLate(sql, limit, settings, graceSeconds)} and ${concerns(sql, jobs)}
    and ${from === 'heard' ? sql`true` : reported(sql, unlessReported === true)}
    and ${action === 'reassign' ? mayMove(sql) : sql`true`}
    and ${action === 'kill' ? sql`j.command is distinct from 'tobekilled'` : sql`true`}
    and j.queue not in (${pausedQueues(sql)})`;
}

function isLate(sql: Sql | Tx, limit: TimeLimit, settings: WatchSettings, graceSeconds: number) {
  const seconds = secondsOf(limit, settings) + graceSeconds;
  if (limit.from !== 'heard') {
    return sql`${clockOf(sql, limit.from)} < now() - make_interval(secs => ${seconds})`;
  }
  const byWorkflow = settings.heartbeatHoursByWorkflow;
  const least = Math.min(seconds, ...Object.values(byWorkflow).map((hours) => hours * 3600 + graceSeconds));
  const own = sql`coalesce((${JSON.stringify(byWorkflow)}::text::jsonb ->>
    (select q.document->>'workflow' from panda.queue q where q.queue = j.queue))::float8 * 3600 + ${graceSeconds}, ${seconds})`;
  return sql`h.at < now() - make_interval(secs => ${least}) and ${clockOf(sql, 'heard')} < now() - make_interval(secs => ${own})`;
}

/** Expression of what a limit is counted from. A report that says nothing of the figures still is a sign of life. */
export function clockOf(sql: Sql | Tx, from: ClockStart) {
  switch (from) {
    case 'status':
      return sql`j.status_since`;
    case 'heard':
      return sql`greatest(h.at, j.status_since, j.modified_at)`;
    case 'submission':
      return sql`j.created_at`;
    case 'start':
      return sql`j.started_at`;
  }
}

function concerns(sql: Sql | Tx, jobs: Concerned) {
  const isUrgent = sql`j.priority >= ${urgentPriority}`;
  switch (jobs) {
    case 'all':
      return sql`true`;
    case 'of a task':
      return sql`j.task_id is not null`;
    case 'without a task':
      return sql`j.task_id is null`;
    case 'user':
      return sql`j.label in ('user', 'panda')`;
    case 'urgent':
      return sql`j.label not in ('user', 'panda') and ${isUrgent}`;
    case 'urgent at a dead queue':
      return sql`j.task_id is not null and ${isUrgent} and (
        j.queue in (select q.queue from panda.queue q where q.status in ('offline', 'test'))
        or j.queue in (${inDowntime(sql, ['offline', 'test'])})
        or not exists (select from panda.queue_last_pilot l
          where l.queue = j.queue and l.given_at > now() - interval '2 hours'))`;
  }
}

/** The user's pilot has told the end: the adder has the job, or a plugin lets it wait. */
function reported(sql: Sql | Tx, leavesOut: boolean) {
  return leavesOut
    ? sql`not j.reported and not exists (select from panda.output_report r where r.job_id = j.job_id)`
    : sql`true`;
}

/** Jobs and queues may forbid that jobs are moved elsewhere. */
function mayMove(sql: Sql | Tx) {
  return sql`
    not exists (select from panda.job_spec s where s.job_id = j.job_id and s.attributes->>'relocationFlag' = '2')
    and not exists (select from panda.queue q
      where q.queue = j.queue and q.document->>'catchall' like '%disableReassign%')`;
}

function pausedQueues(sql: Sql | Tx) {
  return sql`select q.queue from panda.queue q where q.status = 'paused' union all ${inDowntime(sql, ['paused'])}`;
}

function inDowntime(sql: Sql | Tx, statuses: readonly string[]) {
  return sql`select d.queue from panda.downtime d
    where d.status = any(${[...statuses]}::text[]) and d.starts_at <= now() and d.ends_at > now()`;
}
