import type { Sql, Tx } from '../../core/db/index.ts';
import type { Touched } from './changed-rules.ts';

export const runStates = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

/** One comparison of two contexts over the datasets of an observatory. */
export interface AffectedRun {
  affectedRunId: number;
  observatory: string;
  oldContext: string;
  newContext: string;
  state: RunState;
  message: string;
  requestedBy: string;
  sinceAt: Date | null;
  touched: Touched[];
  /** Null until they are counted. */
  total: number | null;
  looked: number;
  affected: number;
  errors: number;
  products: number | null;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** While a run is under way its figures are those of its parts. */
const columns = (sql: Sql) => sql`
  r.affected_run_id, r.observatory, r.old_context, r.new_context, r.state, r.message, r.requested_by, r.since_at,
  r.touched, r.total, r.products, r.created_at, r.started_at, r.ended_at,
  case when r.state = 'done' then r.looked else coalesce(p.looked, 0) end::bigint as looked,
  case when r.state = 'done' then r.affected else coalesce(p.affected, 0) end::bigint as affected,
  case when r.state = 'done' then r.errors else coalesce(p.errors, 0) end::bigint as errors`;
const parts = (sql: Sql) => sql`
  left join lateral (
    select sum(looked) as looked, sum(affected) as affected, sum(errors) as errors from crds.affected_part
    where affected_run_id = r.affected_run_id and r.state <> 'done') p on true`;

export async function insertRun(
  tx: Tx,
  run: Pick<AffectedRun, 'observatory' | 'oldContext' | 'newContext' | 'requestedBy' | 'sinceAt'>,
): Promise<number> {
  const [row] = await tx<{ id: number }[]>`
    insert into crds.affected_run (observatory, old_context, new_context, requested_by, since_at)
    values (${run.observatory}, ${run.oldContext}, ${run.newContext}, ${run.requestedBy}, ${run.sinceAt})
    returning affected_run_id as id`;
  return (row as { id: number }).id;
}

export async function findRun(sql: Sql, runId: number): Promise<AffectedRun | null> {
  const [run] = await sql<AffectedRun[]>`
    select ${columns(sql)} from crds.affected_run r ${parts(sql)} where r.affected_run_id = ${runId}`;
  return run ?? null;
}

/** A run of this pair that is under way over all datasets; null when there is none. */
export async function findOpenRun(
  sql: Sql,
  observatory: string,
  oldContext: string,
  newContext: string,
): Promise<number | null> {
  const [run] = await sql<{ id: number }[]>`
    select affected_run_id as id from crds.affected_run
    where observatory = ${observatory} and old_context = ${oldContext} and new_context = ${newContext}
      and since_at is null and state in ('waiting', 'running')
    order by affected_run_id desc limit 1`;
  return run?.id ?? null;
}

/** The newest finished run over all datasets; of any contexts when they are null. */
export async function findDoneRun(
  sql: Sql,
  observatory: string,
  oldContext: string | null,
  newContext: string | null,
): Promise<AffectedRun | null> {
  const [run] = await sql<AffectedRun[]>`
    select ${columns(sql)} from crds.affected_run r ${parts(sql)}
    where r.observatory = ${observatory} and r.state = 'done' and r.since_at is null
      and (${oldContext}::text is null or r.old_context = ${oldContext})
      and (${newContext}::text is null or r.new_context = ${newContext})
    order by r.affected_run_id desc limit 1`;
  return run ?? null;
}

/** What is asked of a list of runs; an absent condition is met by all. */
export interface RunFilter {
  states?: readonly RunState[];
  /** Either context of the comparison. */
  context?: string;
  newContext?: string;
}

/** Runs, newest first, before the id `before`. */
export async function listRuns(
  sql: Sql,
  observatory: string,
  { states, context, newContext }: RunFilter,
  before: number | null,
  limit: number,
): Promise<AffectedRun[]> {
  return await sql<AffectedRun[]>`
    select ${columns(sql)} from crds.affected_run r ${parts(sql)}
    where r.observatory = ${observatory}
      ${before === null ? sql`` : sql`and r.affected_run_id < ${before}`}
      ${states === undefined ? sql`` : sql`and r.state = any(${states as string[]}::text[])`}
      ${context === undefined ? sql`` : sql`and ${context} in (r.old_context, r.new_context)`}
      ${newContext === undefined ? sql`` : sql`and r.new_context = ${newContext}`}
    order by r.affected_run_id desc limit ${limit}`;
}

/** Ends a run that has not ended; false when it has. What it found so far stays to be looked at. */
export async function endRun(
  sql: Sql,
  runId: number,
  state: 'failed' | 'cancelled',
  message: string,
): Promise<boolean> {
  const result = await sql`
    update crds.affected_run set state = ${state}, message = ${message}, ended_at = clock_timestamp()
    where affected_run_id = ${runId} and state in ('waiting', 'running')`;
  return result.count > 0;
}

/** Locks a run that is under way, so that its parts end one after the other; null when it is not. */
export async function lockRunning(tx: Tx, runId: number): Promise<{ observatory: string } | null> {
  const [run] = await tx<{ observatory: string }[]>`
    select observatory from crds.affected_run
    where affected_run_id = ${runId} and state in ('waiting', 'running') for no key update`;
  return run ?? null;
}

/** The run has been planned. */
export async function markRunning(
  tx: Tx,
  runId: number,
  touched: readonly Touched[],
  total: number,
): Promise<void> {
  await tx`
    update crds.affected_run set state = 'running', started_at = coalesce(started_at, clock_timestamp()),
      touched = ${JSON.stringify(touched)}::text::jsonb, total = ${total}
    where affected_run_id = ${runId}`;
}

/** All parts are done: writes the sums into the run. */
export async function markDone(tx: Tx, runId: number): Promise<void> {
  await tx`
    update crds.affected_run r set state = 'done', ended_at = clock_timestamp(),
      looked = p.looked, affected = p.affected, errors = p.errors,
      products = (
        select count(distinct lower(d.product)) from crds.affected_dataset a join crds.dataset d using (dataset_id)
        where a.affected_run_id = ${runId})
    from (select coalesce(sum(looked), 0) as looked, coalesce(sum(affected), 0) as affected,
            coalesce(sum(errors), 0) as errors
          from crds.affected_part where affected_run_id = ${runId}) p
    where r.affected_run_id = ${runId}`;
}
