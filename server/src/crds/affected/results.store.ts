import type { Sql } from '../../core/db/index.ts';
import type { AffectedRun } from './run.store.ts';

/** Distinct products among the affected datasets, in lower case and sorted. */
export async function listProducts(sql: Sql, runId: number): Promise<string[]> {
  const rows = await sql<{ product: string }[]>`
    select distinct lower(d.product) as product from crds.affected_dataset a join crds.dataset d using (dataset_id)
    where a.affected_run_id = ${runId} order by 1`;
  return rows.map(({ product }) => product);
}

const shownErrorLines = 50;

/** The first texts of what the new context could not answer; empty when it could answer everything. */
export async function errorSummary(
  sql: Sql,
  { affectedRunId, errors }: Pick<AffectedRun, 'affectedRunId' | 'errors'>,
): Promise<string> {
  if (errors === 0) return '';
  const rows = await sql<{ line: string }[]>`
    select line from crds.affected_part p cross join unnest(p.error_lines) with ordinality l(line, nth)
    where p.affected_run_id = ${affectedRunId} order by nth, part limit ${shownErrorLines}`;
  const lines = [...new Set(rows.map(({ line }) => line))];
  return [`${errors} errors, among them:`, ...lines].join('\n');
}

/** What is asked of the rows of a run; an absent condition is met by all. */
export interface RowFilter {
  instrument?: string;
  type?: string;
  /** The beginning of the product, in any case. */
  text?: string;
  since?: Date;
  before?: Date;
}

/** One type of one affected dataset. */
export interface AffectedRow {
  datasetId: number;
  product: string;
  exposure: string;
  instrument: string;
  exposedAt: Date;
  type: string;
  old: string;
  new: string;
}

/** Where to go on in the rows of a run. */
export interface RowCursor {
  datasetId: number;
  type: string;
}

/** Rows by dataset, in the order in which datasets were first registered, and type. */
export async function listRows(
  sql: Sql,
  runId: number,
  { instrument, type, text, since, before }: RowFilter,
  after: RowCursor,
  limit: number,
): Promise<AffectedRow[]> {
  const start = text?.toLowerCase() ?? '';
  return await sql<AffectedRow[]>`
    select a.dataset_id, d.product, d.exposure, d.instrument, d.exposed_at, c.type, c.old, c.new
    from crds.affected_dataset a
    join crds.dataset d using (dataset_id)
    cross join lateral unnest(a.changes) as changed(id)
    join crds.affected_change c on c.affected_change_id = changed.id
    where a.affected_run_id = ${runId} and a.dataset_id >= ${after.datasetId}
      and (a.dataset_id, c.type) > (${after.datasetId}, ${after.type})
      ${instrument === undefined ? sql`` : sql`and d.instrument = ${instrument}`}
      ${type === undefined ? sql`` : sql`and c.type = ${type}`}
      ${start === '' ? sql`` : sql`and starts_with(lower(d.product), ${start})`}
      ${since === undefined ? sql`` : sql`and d.exposed_at >= ${since}`}
      ${before === undefined ? sql`` : sql`and d.exposed_at < ${before}`}
    order by a.dataset_id, c.type limit ${limit}`;
}

/** Affected datasets by month of exposure. */
export async function countMonthsOf(
  sql: Sql,
  runId: number,
): Promise<Array<{ month: Date; datasets: number }>> {
  return await sql<Array<{ month: Date; datasets: number }>>`
    select month::timestamp at time zone 'UTC' as month, sum(datasets)::bigint as datasets
    from crds.affected_count where affected_run_id = ${runId} and type = '' group by month order by month`;
}
