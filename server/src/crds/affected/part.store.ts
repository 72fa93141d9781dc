import type { Sql, Tx } from '../../core/db/index.ts';
import type { Touched } from './changed-rules.ts';

/** Where a part of a run stands. */
export interface Part {
  affectedRunId: number;
  part: number;
  observatory: string;
  instrument: string;
  oldContext: string;
  newContext: string;
  /** What differs in the whole run. */
  touched: Touched[];
  total: number;
  looked: number;
  cursorAt: Date;
  cursorId: number;
  isDone: boolean;
  isRunning: boolean;
}

/** Datasets of an instrument by month of exposure, in this order; an index-only scan of dataset_exposed_at_idx. */
export async function countMonths(
  sql: Sql,
  observatory: string,
  instrument: string,
  since: Date | null,
): Promise<Array<{ from: Date; datasets: number }>> {
  return await sql<Array<{ from: Date; datasets: number }>>`
    select greatest(date_trunc('month', exposed_at), min(exposed_at)) as from, count(*) as datasets from crds.dataset
    where observatory = ${observatory} and instrument = ${instrument}
      and exposed_at >= coalesce(${since}::timestamptz, '-infinity')
    group by date_trunc('month', exposed_at) order by 1`;
}

export interface NewPart {
  instrument: string;
  fromAt: Date;
  /** Null: without end. */
  untilAt: Date | null;
  total: number;
}

/** Parts in the order in which they are numbered; those without an end reach to the newest exposure. */
export async function insertParts(tx: Tx, runId: number, parts: readonly NewPart[]): Promise<void> {
  await tx`
    insert into crds.affected_part (affected_run_id, part, instrument, from_at, until_at, total, cursor_at)
    select ${runId}, nth, instrument, from_at, coalesce(until_at, 'infinity'), total, from_at
    from unnest(${parts.map((part) => part.instrument)}::text[],
      ${parts.map((part) => part.fromAt.toISOString())}::text[]::timestamptz[],
      ${parts.map((part) => part.untilAt?.toISOString() ?? null)}::text[]::timestamptz[],
      ${parts.map((part) => part.total)}::bigint[]) with ordinality p(instrument, from_at, until_at, total, nth)`;
}

export async function findPart(sql: Sql, runId: number, part: number): Promise<Part | null> {
  const [row] = await sql<Part[]>`
    select p.affected_run_id, p.part, r.observatory, p.instrument, r.old_context, r.new_context, p.total, p.looked,
      p.cursor_at, p.cursor_id, p.is_done, r.state = 'running' as is_running, r.touched
    from crds.affected_part p join crds.affected_run r using (affected_run_id)
    where p.affected_run_id = ${runId} and p.part = ${part}`;
  return row ?? null;
}

/** Datasets of a part after its cursor, as lines `id U+001F day U+001F header`, and the new cursor. */
export interface Piece {
  lines: string;
  datasets: number;
  cursorAt: Date;
  cursorId: number;
}

/**
 * The next datasets of a part; null at its end. One text, since a row for each would cost the driver more than the
 * comparison does. Uses dataset_exposed_at_idx for the range and the order.
 */
export async function readPiece(
  sql: Sql,
  { affectedRunId, part, observatory, instrument, cursorAt, cursorId }: Part,
  limit: number,
): Promise<Piece | null> {
  const [piece] = await sql<Array<{ [K in keyof Piece]: Piece[K] | null }>>`
    with piece as materialized (
      select dataset_id, exposed_at, header from crds.dataset
      where observatory = ${observatory} and instrument = ${instrument}
        and (exposed_at, dataset_id) > (${cursorAt}, ${cursorId})
        and exposed_at < (
          select until_at from crds.affected_part where affected_run_id = ${affectedRunId} and part = ${part})
      order by exposed_at, dataset_id limit ${limit})
    select string_agg(dataset_id || E'\\x1f' || (exposed_at::date - date '1970-01-01') || E'\\x1f' || header, E'\\n') as lines,
      count(*)::int as datasets,
      (select exposed_at from piece order by exposed_at desc, dataset_id desc limit 1) as cursor_at,
      (select dataset_id from piece order by exposed_at desc, dataset_id desc limit 1) as cursor_id
    from piece`;
  if (piece?.lines == null || piece.cursorAt === null || piece.cursorId === null) return null;
  return {
    lines: piece.lines,
    datasets: piece.datasets ?? 0,
    cursorAt: piece.cursorAt,
    cursorId: piece.cursorId,
  };
}

/** Numbers of changes of a run; those that are not known yet are added. */
export async function numberChanges(
  sql: Sql,
  runId: number,
  changes: ReadonlyArray<readonly [type: string, old: string, current: string]>,
): Promise<number[]> {
  if (changes.length === 0) return [];
  const [types, olds, news] = [0, 1, 2].map((at) => changes.map((change) => change[at] as string));
  const given = sql`
    unnest(${types as string[]}::text[], ${olds as string[]}::text[], ${news as string[]}::text[])
      with ordinality g(type, old, new, nth)`;
  await sql`
    insert into crds.affected_change (affected_run_id, type, old, new)
    select ${runId}, type, old, new from ${given} order by type, old, new
    on conflict (affected_run_id, type, md5(old), md5(new)) do nothing`;
  const rows = await sql<{ id: number }[]>`
    select c.affected_change_id as id from ${given} join crds.affected_change c
      on c.affected_run_id = ${runId} and c.type = g.type and md5(c.old) = md5(g.old) and md5(c.new) = md5(g.new)
    order by g.nth`;
  return rows.map(({ id }) => id);
}

/** What one piece found. */
export interface Findings {
  looked: number;
  errors: number;
  errorLines: readonly string[];
  datasetIds: readonly number[];
  /** Of each dataset the numbers of its changes. */
  changes: ReadonlyArray<readonly number[]>;
  /** Affected datasets by type and month; the type '' for all. */
  counts: ReadonlyArray<{ type: string; month: string; datasets: number }>;
}

const mostErrorLines = 20;

/**
 * Stores what a piece found and moves the cursor of its part behind it. False, and nothing is stored, when the cursor
 * is elsewhere or the run is not under way: somebody else has done it, or it was cancelled.
 */
export async function storePiece(tx: Tx, part: Part, piece: Piece, found: Findings): Promise<boolean> {
  const { affectedRunId, part: number } = part;
  const moved = await tx`
    update crds.affected_part p set cursor_at = ${piece.cursorAt}, cursor_id = ${piece.cursorId},
      looked = p.looked + ${found.looked}, affected = p.affected + ${found.datasetIds.length},
      errors = p.errors + ${found.errors},
      error_lines = (p.error_lines || ${found.errorLines as string[]}::text[])[:${mostErrorLines}]
    from crds.affected_run r
    where r.affected_run_id = p.affected_run_id and r.state = 'running'
      and p.affected_run_id = ${affectedRunId} and p.part = ${number}
      and p.cursor_at = ${part.cursorAt} and p.cursor_id = ${part.cursorId}`;
  if (moved.count === 0) return false;
  if (found.datasetIds.length === 0) return true;
  await tx`
    insert into crds.affected_dataset (affected_run_id, dataset_id, changes)
    select ${affectedRunId}, id, changes::integer[]
    from unnest(${found.datasetIds as number[]}::bigint[],
      ${found.changes.map((changes) => `{${changes.join(',')}}`)}::text[]) f(id, changes)
    on conflict do nothing`;
  await tx`
    insert into crds.affected_count as c (affected_run_id, part, type, month, datasets)
    select ${affectedRunId}, ${number}, type, month::date, datasets
    from unnest(${found.counts.map((count) => count.type)}::text[], ${found.counts.map((count) => count.month)}::text[],
      ${found.counts.map((count) => count.datasets)}::bigint[]) f(type, month, datasets)
    on conflict (affected_run_id, part, type, month) do update set datasets = c.datasets + excluded.datasets`;
  return true;
}

/** Marks a part done; true when it was the last of its run. The run has to be locked. */
export async function finishPart(tx: Tx, runId: number, part: number): Promise<boolean> {
  await tx`update crds.affected_part set is_done = true where affected_run_id = ${runId} and part = ${part}`;
  const [open] =
    await tx`select from crds.affected_part where affected_run_id = ${runId} and not is_done limit 1`;
  return open === undefined;
}
