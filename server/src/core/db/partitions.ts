import type { Sql, Tx } from './connect.ts';
import type { Db } from './db.ts';

/** How many days after today have their partition in advance. */
export const daysAhead = 7;

/** A day of a partitioned table; its partition is `<table>_pYYYYMMDD`, from midnight to midnight UTC. */
interface Partition {
  name: string;
  /** The day as `2026-01-31`. */
  day: string;
}

/**
 * Makes the partitions from today to `ahead` days later. Rows that a day without a partition left in the default
 * one are moved. Two processes at once do no harm. Waits at most two seconds for a lock, then throws.
 */
export async function ensurePartitions(db: Db, table: string, ahead = daysAhead): Promise<string[]> {
  const made: string[] = [];
  for (const partition of await listWanted(db.sql, table, ahead)) {
    if (await db.transaction((tx) => ensureOne(tx, table, partition))) made.push(partition.name);
  }
  return made;
}

/** Drops the partitions all of whose rows are older than `days` days. Each in a transaction of its own. */
export async function dropOldPartitions(db: Db, table: string, days: number): Promise<string[]> {
  const [schema, name] = split(table);
  const old = await db.sql<{ partition: string }[]>`
    select partition from (${partitionsOf(db.sql, schema, name)}) p
    where day + 1 <= (clock_timestamp() at time zone 'utc' - make_interval(days => ${days})) order by day`;
  for (const { partition } of old) {
    await db.transaction(async (tx) => {
      await limitLockWait(tx, table);
      await tx`drop table if exists ${tx(`${schema}.${partition}`)}`;
    });
  }
  return old.map(({ partition }) => partition);
}

/** The days, today and tomorrow, that have no partition. Not empty = somebody has to look. */
export async function listMissingPartitions(sql: Sql, table: string): Promise<string[]> {
  return (await listWanted(sql, table, 1)).map(({ day }) => day);
}

function split(table: string): [schema: string, name: string] {
  const [schema, name] = table.split('.');
  if (schema === undefined || name === undefined) throw new Error(`"${table}" must be schema.table`);
  return [schema, name];
}

function partitionsOf(sql: Sql, schema: string, name: string) {
  return sql`
    select c.relname as partition, to_date(right(c.relname, 8), 'YYYYMMDD') as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    join pg_class parent on parent.oid = i.inhparent join pg_namespace n on n.oid = parent.relnamespace
    where n.nspname = ${schema} and parent.relname = ${name} and c.relname ~ '_p[0-9]{8}$'`;
}

function listWanted(sql: Sql, table: string, ahead: number): Promise<Partition[]> {
  const [schema, name] = split(table);
  return sql<Partition[]>`
    select to_char(day, 'YYYY-MM-DD') as day, ${name}::text || '_p' || to_char(day, 'YYYYMMDD') as name
    from (select (clock_timestamp() at time zone 'utc')::date + n as day from generate_series(0, ${ahead}::int) n) wanted
    where day not in (select day from (${partitionsOf(sql, schema, name)}) p)
    order by day`;
}

/** One process at a time per table, and nobody queues behind us for long. */
async function limitLockWait(tx: Tx, table: string): Promise<void> {
  await tx`set local lock_timeout = '2s'`;
  await tx`select pg_advisory_xact_lock(hashtextextended(${`partitions of ${table}`}, 0))`;
}

async function ensureOne(tx: Tx, table: string, { name, day }: Partition): Promise<boolean> {
  const [schema] = split(table);
  const partition = tx(`${schema}.${name}`);
  await limitLockWait(tx, table);
  const [there] = await tx<
    { oid: number | null }[]
  >`select to_regclass(${`${schema}.${name}`})::oid::bigint as oid`;
  if (there?.oid != null) return false;
  // Attached, not created in place: attaching leaves readers and writers of the other days alone.
  await tx`create table ${partition} (like ${tx(table)} including defaults including constraints)`;
  const fallback = await findDefault(tx, table);
  const [column] = await tx<{ name: string }[]>`
    select a.attname as name from pg_partitioned_table p
    join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where p.partrelid = ${table}::regclass`;
  if (column === undefined) throw new Error(`${table} is not partitioned`);
  const [from, to] = [`${day} 00:00:00+00`, await nextMidnight(tx, day)];
  if (fallback !== null) {
    await tx`
      with moved as (
        delete from ${tx(fallback)} where ${tx(column.name)} >= ${from}::timestamptz and ${tx(column.name)} < ${to}::timestamptz
        returning *)
      insert into ${partition} select * from moved`;
  }
  await tx.unsafe(`alter table ${quoted(table)} attach partition ${quoted(`${schema}.${name}`)}
    for values from ('${from}') to ('${to}')`);
  return true;
}

async function findDefault(tx: Tx, table: string): Promise<string | null> {
  const [schema] = split(table);
  const [found] = await tx<{ name: string }[]>`
    select c.relname as name from pg_partitioned_table p join pg_class c on c.oid = p.partdefid
    where p.partrelid = ${table}::regclass`;
  return found === undefined ? null : `${schema}.${found.name}`;
}

async function nextMidnight(tx: Tx, day: string): Promise<string> {
  const [next] = await tx<{ day: string }[]>`select to_char(${day}::date + 1, 'YYYY-MM-DD') as day`;
  return `${next?.day} 00:00:00+00`;
}

function quoted(table: string): string {
  return split(table)
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}
