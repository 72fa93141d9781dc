import type { Sql } from '../../core/db/index.ts';

/** A dataset as the table has it. */
export interface DatasetRow {
  datasetId: number;
  instrument: string;
  product: string;
  exposure: string;
  exposedAt: Date;
  registeredAt: Date;
  /** See header-text.ts. */
  header: string;
}

/** A row to be stored. */
export interface RowToStore {
  instrument: string;
  product: string;
  exposure: string;
  exposedAt: Date;
  header: string;
}

/**
 * Stores rows, each id once among them. Known ids (in whatever case) get the new values; rows that say nothing new
 * are left alone. Returns how many were new, and how many became others.
 */
export async function upsertDatasets(
  sql: Sql,
  observatory: string,
  rows: readonly RowToStore[],
): Promise<{ added: number; changed: number }> {
  const [counts] = await sql<{ added: number; changed: number }[]>`
    with stored as (
      insert into crds.dataset as d (observatory, instrument, product, exposure, exposed_at, header)
      select ${observatory}, * from unnest(
        ${rows.map((row) => row.instrument)}::text[], ${rows.map((row) => row.product)}::text[],
        ${rows.map((row) => row.exposure)}::text[],
        ${rows.map((row) => row.exposedAt.toISOString())}::text[]::timestamptz[],
        ${rows.map((row) => row.header)}::text[])
      on conflict (observatory, lower(product), lower(exposure)) do update
        set instrument = excluded.instrument, product = excluded.product, exposure = excluded.exposure,
          exposed_at = excluded.exposed_at, header = excluded.header, registered_at = clock_timestamp()
        where (d.instrument, d.product, d.exposure, d.exposed_at, d.header)
          is distinct from (excluded.instrument, excluded.product, excluded.exposure, excluded.exposed_at, excluded.header)
      returning xmax = 0 as is_new)
    select count(*) filter (where is_new)::int as added, count(*) filter (where not is_new)::int as changed from stored`;
  return counts ?? { added: 0, changed: 0 };
}

const columns = (sql: Sql) =>
  sql`d.dataset_id, d.instrument, d.product, d.exposure, d.exposed_at, d.registered_at, d.header`;

/** Datasets that these texts name: whole ids, products or exposures, in any case. */
export async function findDatasets(
  sql: Sql,
  observatory: string,
  asked: readonly string[],
  since: Date | null,
  limit: number,
): Promise<Array<DatasetRow & { asked: string }>> {
  const texts = asked.map((id) => id.toLowerCase());
  const heads = texts.map((id) => (id.includes(':') ? id.slice(0, id.indexOf(':')) : id));
  const tails = texts.map((id) => (id.includes(':') ? id.slice(id.indexOf(':') + 1) : null));
  // Three branches, so that each uses its index.
  return await sql<Array<DatasetRow & { asked: string }>>`
    with wanted as (
      select * from unnest(${asked as string[]}::text[], ${heads}::text[], ${tails}::text[]) w(asked, head, tail)),
    found as (
      select w.asked, d.dataset_id from wanted w join crds.dataset d
        on d.observatory = ${observatory} and lower(d.product) = w.head and lower(d.exposure) = w.tail
        where w.tail is not null
      union
      select w.asked, d.dataset_id from wanted w join crds.dataset d
        on d.observatory = ${observatory} and lower(d.product) = w.head where w.tail is null
      union
      select w.asked, d.dataset_id from wanted w join crds.dataset d
        on d.observatory = ${observatory} and lower(d.exposure) = w.head where w.tail is null)
    select f.asked, ${columns(sql)} from found f join crds.dataset d using (dataset_id)
    where ${since}::timestamptz is null or d.exposed_at >= ${since}
    order by d.product, d.exposure limit ${limit}`;
}

/** Ids of an instrument's datasets since a time, in order of exposure; the ones after the cursor first. */
export async function listIds(
  sql: Sql,
  observatory: string,
  instrument: string,
  since: Date | null,
  { at, id }: { at: Date; id: number },
  limit: number,
): Promise<Array<Pick<DatasetRow, 'datasetId' | 'product' | 'exposure' | 'exposedAt'>>> {
  return await sql`
    select dataset_id, product, exposure, exposed_at from crds.dataset
    where observatory = ${observatory} and instrument = ${instrument}
      and exposed_at >= coalesce(${since}::timestamptz, '-infinity') and (exposed_at, dataset_id) > (${at}, ${id})
    order by exposed_at, dataset_id limit ${limit}`;
}

/** What is asked of a list of datasets; an absent condition is met by all. */
export interface DatasetFilter {
  instrument?: string;
  /** The beginning of the product, in any case. */
  text?: string;
  since?: Date;
  before?: Date;
}

/** A page of datasets by id; uses dataset_id_halves_idx for the order, also to skip. */
export async function listDatasets(
  sql: Sql,
  observatory: string,
  { instrument, text = '', since, before }: DatasetFilter,
  after: { product: string; exposure: string },
  limit: number,
): Promise<DatasetRow[]> {
  const start = text.toLowerCase();
  return await sql<DatasetRow[]>`
    select ${columns(sql)} from crds.dataset d
    where d.observatory = ${observatory}
      and (lower(d.product), lower(d.exposure)) > (${after.product.toLowerCase()}, ${after.exposure.toLowerCase()})
      ${start === '' ? sql`` : sql`and lower(d.product) >= ${start} and lower(d.product) < ${`${start}\u{10ffff}`}`}
      ${instrument === undefined ? sql`` : sql`and d.instrument = ${instrument}`}
      ${since === undefined ? sql`` : sql`and d.exposed_at >= ${since}`}
      ${before === undefined ? sql`` : sql`and d.exposed_at < ${before}`}
    order by lower(d.product), lower(d.exposure) limit ${limit}`;
}

export interface InstrumentCount {
  instrument: string;
  datasets: number;
  oldest: Date | null;
  newest: Date | null;
}

/** Datasets by instrument; an index-only scan of dataset_exposed_at_idx. */
export async function countDatasets(sql: Sql, observatory: string): Promise<InstrumentCount[]> {
  return await sql<InstrumentCount[]>`
    select instrument, count(*) as datasets, min(exposed_at) as oldest, max(exposed_at) as newest
    from crds.dataset where observatory = ${observatory} group by instrument order by instrument`;
}
