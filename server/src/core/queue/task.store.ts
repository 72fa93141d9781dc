import type { Sql, Tx } from '../db/index.ts';
import { mostLost, moves, type TaskState } from './state.ts';

/** Lease of a process on all its tasks; renewed every few seconds. */
export const leaseSeconds = 15;

export interface NewTask {
  payload: string;
  key: string | null;
  dedupe: string | null;
  priority: number;
  runAt: Date | null;
}

export interface ClaimedTask {
  taskId: number;
  kind: string;
  key: string | null;
  payload: unknown;
  attempts: number;
  lost: number;
  fence: number;
}

/** One attempt: the task and the fence it was claimed with. */
export interface Attempt {
  taskId: number;
  fence: number;
}

/** Inserts tasks of one kind in order. Of several with one `dedupe` only the first that waits stays; its id is returned for all. */
export async function insertTasks(tx: Tx, kind: string, tasks: readonly NewTask[]): Promise<number[]> {
  // As text: the driver would encode a parameter that it knows to be jsonb a second time.
  const rows = await tx<{ taskId: number }[]>`
    insert into core.task (kind, payload, key, dedupe, priority, run_at, state)
    select ${kind}, payload::jsonb, key, dedupe, priority, coalesce(run_at, clock_timestamp()),
           case when run_at > clock_timestamp() then ${state(tx, 'later')} else ${state(tx, 'waiting')} end
    from unnest(${tasks.map((task) => task.payload)}::text[], ${tasks.map((task) => task.key)}::text[],
                ${tasks.map((task) => task.dedupe)}::text[], ${tasks.map((task) => task.priority)}::int[],
                ${tasks.map((task) => task.runAt?.toISOString() ?? null)}::text[]::timestamptz[])
      as new (payload, key, dedupe, priority, run_at)
    on conflict (kind, dedupe) where state in ('later', 'waiting') and dedupe is not null
      do update set dedupe = excluded.dedupe
    returning task_id`;
  return rows.map((row) => row.taskId);
}

/**
 * Takes up to `room` waiting tasks of each kind, best priority first, then oldest; of one key at most one, and
 * none whose key runs anywhere. Uses task_waiting_idx; tasks of a later time are another state, so the scan
 * never steps over them. A new fence for each task, drawn after its row is locked, so that fences of a key rise.
 * Fails with a unique violation when another process took a task of the same key at the same moment.
 */
export function claimTasks(
  sql: Sql,
  processId: string,
  room: ReadonlyMap<string, number>,
): Promise<ClaimedTask[]> {
  return sql<ClaimedTask[]>`
    with picked as materialized (
      select candidate.task_id, row_number() over (
          partition by candidate.kind, coalesce(candidate.key, candidate.task_id::text), candidate.key is null
          order by candidate.priority desc, candidate.task_id) as turn
      from unnest(${[...room.keys()]}::text[], ${[...room.values()]}::int[]) as wanted (kind, room)
      cross join lateral (
        select task_id, kind, key, priority from core.task
        where kind = wanted.kind and state = ${state(sql, moves.claim.from)} and (key is null or not exists (
          select from core.task as busy
          where busy.kind = task.kind and busy.key = task.key and busy.state = ${state(sql, moves.claim.to)}))
        order by priority desc, task_id
        limit case when exists (select from core.task_pause where kind = wanted.kind) then 0 else wanted.room end
        for update skip locked) as candidate)
    update core.task set state = ${state(sql, moves.claim.to)}, process_id = ${processId}, fence = nextval('core.fence'),
      attempts = attempts + 1, dedupe = null, continued = false, progress = null, note = null, started_at = clock_timestamp()
    from picked where task.task_id = picked.task_id and picked.turn = 1
    returning task.task_id, kind, key, payload, attempts, lost, fence, priority`;
}

/** Finishes attempts in one statement and returns those that were still ours and had made no checkpoint. */
export async function finishTasks(sql: Sql, attempts: readonly Attempt[]): Promise<Set<number>> {
  const rows = await sql<{ fence: number }[]>`
    with ended as (
      delete from core.task using ${attemptList(sql, attempts)}
      where ${isMine(sql)} and not continued
      returning task.*)
    ${writeHistory(sql, moves.finish.outcome)}
    returning fence`;
  return new Set(rows.map((row) => row.fence));
}

export type EndMove = 'continue' | 'retry' | 'giveUp' | 'release';

/** Ends one attempt in another way than finishing it; false when it was no longer ours. */
export async function endAttempt(
  sql: Sql,
  attempt: Attempt,
  how: EndMove,
  more: { error?: string; delaySeconds?: number } = {},
): Promise<boolean> {
  const move = moves[how];
  const attempts = {
    continue: sql`0`,
    release: sql`task.attempts - 1`,
    retry: sql`task.attempts`,
    giveUp: sql`task.attempts`,
  };
  const { count } = await sql`
    with ended as materialized (
      select * from core.task
      where task_id = ${attempt.taskId} and fence = ${attempt.fence} and state = ${state(sql, move.from)}
        ${how === 'continue' ? sql`and continued` : sql``} for update),
    moved as (
      update core.task set state = ${state(sql, move.to)}, process_id = null, attempts = ${attempts[how]},
        last_error = ${more.error ?? null}, run_at = clock_timestamp() + make_interval(secs => ${more.delaySeconds ?? 0})
      from ended where task.task_id = ended.task_id)
    ${writeHistory(sql, move.outcome, more.error)}`;
  return count === 1;
}

/** Gives tasks whose process lost its lease to the others, and returns their kinds. */
export async function recoverLostTasks(sql: Sql): Promise<string[]> {
  const isLast = sql`task.lost + 1 >= ${mostLost}::int`;
  const rows = await sql<{ kind: string }[]>`
    with ended as materialized (
      select * from core.task where state = ${state(sql, moves.lose.from)} and not exists (
        select from core.task_worker as worker where worker.process_id = task.process_id and lease_until > clock_timestamp())
      limit 1000 for update skip locked),
    moved as (
      update core.task set process_id = null, lost = task.lost + 1, last_error = 'The process that ran it is gone.',
        state = case when ${isLast} then ${state(sql, moves.loseForGood.to)} else ${state(sql, moves.lose.to)} end
      from ended where task.task_id = ended.task_id)
    ${writeHistory(sql, moves.lose.outcome, 'The process that ran it is gone.')}
    returning kind`;
  return [...new Set(rows.map((row) => row.kind))];
}

/** Gives back what a claim took whose answer was lost with its connection: ours by name, but unknown to us. */
export async function releaseUnknownTasks(
  sql: Sql,
  processId: string,
  known: readonly number[],
): Promise<void> {
  await sql`
    update core.task set state = ${state(sql, moves.release.to)}, process_id = null, attempts = attempts - 1
    where state = ${state(sql, moves.release.from)} and process_id = ${processId} and task_id <> all(${[...known]}::bigint[])`;
}

/** Moves tasks whose time has come to the waiting ones and returns their kinds. */
export async function promoteDueTasks(sql: Sql): Promise<string[]> {
  const rows = await sql<{ kind: string }[]>`
    update core.task set state = ${state(sql, moves.due.to)} where task_id in (
      select task_id from core.task where state = ${state(sql, moves.due.from)} and run_at <= clock_timestamp()
      order by run_at limit 1000 for update skip locked)
    returning kind`;
  return [...new Set(rows.map((row) => row.kind))];
}

/** Takes the lease of a new process. */
export async function insertWorker(sql: Sql, processId: string): Promise<void> {
  await sql`
    insert into core.task_worker (process_id, lease_until)
    values (${processId}, clock_timestamp() + make_interval(secs => ${leaseSeconds}))
    on conflict (process_id) do update set lease_until = excluded.lease_until`;
}

/** Renews the lease of a process; false when it ran out. */
export async function renewWorker(sql: Sql, processId: string): Promise<boolean> {
  const { count } = await sql`
    update core.task_worker set lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where process_id = ${processId} and lease_until > clock_timestamp()`;
  return count === 1;
}

/** Ends the lease of a process, and forgets those that ended long ago. */
export async function deleteWorker(sql: Sql, processId: string): Promise<void> {
  await sql`
    delete from core.task_worker
    where process_id = ${processId} or lease_until < clock_timestamp() - interval '1 hour'`;
}

export async function updateProgress(
  sql: Sql,
  steps: ReadonlyArray<Attempt & { fraction: number | null; note: string }>,
): Promise<void> {
  await sql`
    update core.task set progress = step.fraction, note = step.note
    from unnest(${steps.map((step) => step.taskId)}::bigint[], ${steps.map((step) => step.fence)}::bigint[],
                ${steps.map((step) => step.fraction)}::float8[], ${steps.map((step) => step.note)}::text[])
      as step (task_id, fence, fraction, note)
    where task.task_id = step.task_id and task.fence = step.fence and process_id is not null`;
}

/** Replaces the payload of a running task; false when it is no longer ours. */
export async function checkpointTask(tx: Tx, attempt: Attempt, payload: string): Promise<boolean> {
  const { count } = await tx`
    update core.task set payload = ${payload}::text::jsonb, continued = true
    where task_id = ${attempt.taskId} and fence = ${attempt.fence} and state = 'running'`;
  return count === 1;
}

/** Locks running tasks until the transaction ends; returns how many of them are still ours. */
export async function holdTasks(tx: Tx, attempts: readonly Attempt[]): Promise<number> {
  const { count } = await tx`
    select from core.task join ${attemptList(tx, attempts)} on ${isMine(tx)} for share of task`;
  return count;
}

function attemptList(sql: Sql, attempts: readonly Attempt[]) {
  return sql`unnest(${attempts.map((attempt) => attempt.taskId)}::bigint[],
                    ${attempts.map((attempt) => attempt.fence)}::bigint[]) as mine (task_id, fence)`;
}

/**
 * A running task has a process (a check of the table). Asked by its state instead, the planner may take
 * task_running_idx and step over the entries of all tasks that ended since the last vacuum: 2.3 instead of 0.3 ms.
 */
function isMine(sql: Sql) {
  return sql`task.task_id = mine.task_id and task.fence = mine.fence and task.process_id is not null`;
}

/** The end of a statement whose expression `ended` holds the tasks as they were while running. */
function writeHistory(sql: Sql, outcome: string, error?: string) {
  return sql`
    insert into core.task_run (task_id, fence, kind, key, payload, attempt, outcome, process_id, error, progress, note,
                               created_at, started_at, ended_at)
    select task_id, fence, kind, key, payload, attempts, ${outcome}, process_id, ${error ?? null}, progress, note,
           created_at, started_at, clock_timestamp() from ended`;
}

/** A state as a literal: partial indexes are found only for constants, not for parameters. */
function state(sql: Sql, name: TaskState) {
  return sql.unsafe(`'${name}'`);
}
