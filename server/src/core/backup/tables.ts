import type { Sql } from '../db/index.ts';

/** A table as a backup sees it. Partitions are part of their parent. */
export interface Table {
  /** `schema.table` */
  name: string;
  /** Columns that are stored, not computed from others, in their order. */
  columns: string[];
  /** Other tables that its foreign keys name. */
  needs: string[];
  partitions: Partition[];
  /** What it takes on the disk, indexes left out. */
  sizeBytes: number;
}

export interface Partition {
  /** `schema.table` */
  name: string;
  /** As PostgreSQL writes it: `FOR VALUES FROM (…) TO (…)` or `DEFAULT`. */
  bounds: string;
}

export interface SequenceValue {
  name: string;
  /** The last number that was given out. */
  value: number;
}

/** The tables of these schemas, by name; `core.migration` is left out: migrations write it themselves. */
export function listTables(sql: Sql, schemas: readonly string[]): Promise<Table[]> {
  return sql<Table[]>`
    select n.nspname || '.' || c.relname as name,
      (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      coalesce((
        select array_agg(distinct fn.nspname || '.' || f.relname) from pg_constraint k
        join pg_class f on f.oid = k.confrelid join pg_namespace fn on fn.oid = f.relnamespace
        where k.conrelid = c.oid and k.contype = 'f' and k.conparentid = 0 and k.confrelid <> c.oid), '{}') as needs,
      coalesce((
        select jsonb_agg(jsonb_build_object('name', pn.nspname || '.' || p.relname,
          'bounds', pg_get_expr(p.relpartbound, p.oid)) order by p.relname)
        from pg_inherits i join pg_class p on p.oid = i.inhrelid join pg_namespace pn on pn.oid = p.relnamespace
        where i.inhparent = c.oid), '[]') as partitions,
      pg_table_size(c.oid) + coalesce((
        select sum(pg_table_size(i.inhrelid)) from pg_inherits i where i.inhparent = c.oid), 0)::bigint as size_bytes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(${[...schemas]}::text[]) and c.relkind in ('r', 'p') and not c.relispartition
      and n.nspname || '.' || c.relname <> 'core.migration'
    order by n.nspname, c.relname`;
}

/** Sequences that have given out a number, those behind identity columns included. */
export function listSequences(sql: Sql, schemas: readonly string[]): Promise<SequenceValue[]> {
  return sql<SequenceValue[]>`
    select schemaname || '.' || sequencename as name, last_value as value from pg_sequences
    where schemaname = any(${[...schemas]}::text[]) and last_value is not null order by 1`;
}

/** Tables with triggers of their own, which must not run again while rows are loaded. */
export async function listTriggered(sql: Sql, schemas: readonly string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select distinct n.nspname || '.' || c.relname as name
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(${[...schemas]}::text[]) and not t.tgisinternal and not c.relispartition order by 1`;
  return rows.map(({ name }) => name);
}

/** `schema.table` or a column as SQL. */
export function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

/** How a table is read and written as text, the same on every PostgreSQL: one line a row. */
export function copyStatement(table: Pick<Table, 'name' | 'columns'>, direction: 'out' | 'in'): string {
  const columns = table.columns.map(quoted).join(', ');
  // A partitioned table cannot be copied out by its name; a query can.
  return direction === 'out'
    ? `copy (select ${columns} from ${quoted(table.name)}) to stdout`
    : `copy ${quoted(table.name)} (${columns}) from stdin`;
}

/** Makes values look the same on every server, whatever its configuration says; for the rest of the transaction. */
export async function writePlainText(tx: Sql): Promise<void> {
  await tx`
    select set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO, YMD', true),
      set_config('intervalstyle', 'postgres', true), set_config('bytea_output', 'hex', true),
      set_config('extra_float_digits', '1', true)`;
}
