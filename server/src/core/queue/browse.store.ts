import type { Sql } from '../db/index.ts';
import { moves, type TaskState } from './state.ts';

/** A task that is not finished, for the page. */
export interface TaskRow {
  taskId: number;
  kind: string;
  key: string | null;
  payload: unknown;
  priority: number;
  state: Exclude<TaskState, 'done'>;
  runAt: Date;
  attempts: number;
  lost: number;
  fence: number;
  processId: string | null;
  progress: number | null;
  note: string | null;
  lastError: string | null;
  createdAt: Date;
  startedAt: Date | null;
}

/** An attempt that ended. */
export interface TaskRunRow {
  taskId: number;
  fence: number;
  kind: string;
  key: string | null;
  payload: unknown;
  attempt: number;
  outcome: 'done' | 'continued' | 'failed' | 'dead' | 'lost' | 'released';
  processId: string;
  error: string | null;
  progress: number | null;
  note: string | null;
  createdAt: Date;
  startedAt: Date;
  endedAt: Date;
}

export interface TaskFilter {
  kind?: string;
  state?: TaskRow['state'];
  /** Tasks older than this one: the last `taskId` of the page before. */
  before?: number;
  limit?: number;
}

export interface RunFilter {
  kind?: string;
  taskId?: number;
  outcome?: TaskRunRow['outcome'];
  /** Attempts that ended before this one: the last row of the page before. */
  before?: Pick<TaskRunRow, 'endedAt' | 'fence'>;
  limit?: number;
}

export interface KindCounts {
  kind: string;
  later: number;
  waiting: number;
  running: number;
  dead: number;
  oldestWaitingSeconds: number | null;
  pausedReason: string | null;
}

const taskColumns = (sql: Sql) => sql`
  task_id, kind, key, payload, priority, state, run_at, attempts, lost, fence, process_id, progress, note, last_error,
  created_at, started_at`;

/** Newest first. */
export async function listTasks(sql: Sql, filter: TaskFilter): Promise<TaskRow[]> {
  return sql<TaskRow[]>`
    select ${taskColumns(sql)} from core.task
    where true ${filter.kind === undefined ? sql`` : sql`and kind = ${filter.kind}`}
      ${filter.state === undefined ? sql`` : sql`and state = ${filter.state}`}
      ${filter.before === undefined ? sql`` : sql`and task_id < ${filter.before}`}
    order by task_id desc limit ${filter.limit ?? 50}`;
}

export async function findTask(sql: Sql, taskId: number): Promise<TaskRow | null> {
  const [task] = await sql<TaskRow[]>`select ${taskColumns(sql)} from core.task where task_id = ${taskId}`;
  return task ?? null;
}

/** Last ended first. Without a task's id it reads task_run_ended_idx from its end, newest partition first. */
export async function listRuns(sql: Sql, filter: RunFilter): Promise<TaskRunRow[]> {
  const { before } = filter;
  return sql<TaskRunRow[]>`
    select task_id, fence, kind, key, payload, attempt, outcome, process_id, error, progress, note,
           created_at, started_at, ended_at
    from core.task_run
    where true ${filter.kind === undefined ? sql`` : sql`and kind = ${filter.kind}`}
      ${filter.taskId === undefined ? sql`` : sql`and task_id = ${filter.taskId}`}
      ${filter.outcome === undefined ? sql`` : sql`and outcome = ${filter.outcome}`}
      ${before === undefined ? sql`` : sql`and (ended_at, fence) < (${before.endedAt}, ${before.fence}::bigint)`}
    order by ended_at desc, fence desc limit ${filter.limit ?? 50}`;
}

/** One line for each kind that is known, has a task or is paused, by name. */
export async function countTasks(sql: Sql, kinds: readonly string[]): Promise<KindCounts[]> {
  return sql<KindCounts[]>`
    select kind, coalesce(later, 0) as later, coalesce(waiting, 0) as waiting, coalesce(running, 0) as running,
           coalesce(dead, 0) as dead, oldest_waiting_seconds, reason as paused_reason
    from (select unnest(${[...kinds]}::text[]) as kind union select kind from core.task_pause
          union select distinct kind from core.task) as known
    left join (
      select kind, count(*) filter (where state = 'later')::int as later, count(*) filter (where state = 'waiting')::int as waiting,
             count(*) filter (where state = 'running')::int as running, count(*) filter (where state = 'dead')::int as dead,
             extract(epoch from clock_timestamp() - min(run_at) filter (where state = 'waiting'))::float8 as oldest_waiting_seconds
      from core.task group by kind) as task using (kind)
    left join core.task_pause using (kind)
    order by kind`;
}

/** Lets a dead task wait again with all its attempts; null when it is not dead. */
export async function reviveTask(sql: Sql, taskId: number): Promise<{ kind: string } | null> {
  const [task] = await sql<{ kind: string }[]>`
    update core.task set state = ${moves.runAgain.to}, attempts = 0, lost = 0, run_at = clock_timestamp()
    where task_id = ${taskId} and state = ${moves.runAgain.from} returning kind`;
  return task ?? null;
}

export async function insertPause(sql: Sql, kind: string, reason: string): Promise<void> {
  await sql`
    insert into core.task_pause (kind, reason) values (${kind}, ${reason})
    on conflict (kind) do update set reason = excluded.reason`;
}

export async function deletePause(sql: Sql, kind: string): Promise<void> {
  await sql`delete from core.task_pause where kind = ${kind}`;
}
