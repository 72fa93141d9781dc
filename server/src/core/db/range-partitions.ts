import type { Sql } from './connect.ts';
import type { Db } from './db.ts';

/** How ranges of ids are cut: each partition has `width` ids, and there are always `ahead` empty ones above. */
export interface RangeRule {
  width: number;
  ahead: number;
}

/**
 * Makes the partitions of a table that is partitioned by range of a bigint, from the first id to `ahead` ranges above
 * `highest`. Partition n is `<table>_r<n>` and holds the ids from n × width. Rows that waited in the default partition
 * are moved. Two processes at once do no harm. Waits at most two seconds for a lock, then throws.
 */
export async function ensureRangePartitions(
  db: Db,
  table: string,
  highest: number,
  { width, ahead }: RangeRule,
): Promise<string[]> {
  const [schema = '', name = ''] = table.split('.');
  const known = new Set(await listPartitions(db.sql, schema, name));
  const made: string[] = [];
  for (let n = 0; n <= Math.floor(highest / width) + ahead; n++) {
    const partition = `${name}_r${n}`;
    if (known.has(partition)) continue;
    if (await makeOne(db, `${schema}.${name}`, `${schema}.${partition}`, [n * width, (n + 1) * width]))
      made.push(partition);
  }
  return made;
}

async function listPartitions(sql: Sql, schema: string, name: string): Promise<string[]> {
  const rows = await sql<{ partition: string }[]>`
    select c.relname as partition from pg_inherits i join pg_class c on c.oid = i.inhrelid
    join pg_class parent on parent.oid = i.inhparent join pg_namespace n on n.oid = parent.relnamespace
    where n.nspname = ${schema} and parent.relname = ${name}`;
  return rows.map(({ partition }) => partition);
}

function makeOne(db: Db, table: string, partition: string, [from, to]: [number, number]): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx`set local lock_timeout = '2s'`;
    await tx`select pg_advisory_xact_lock(hashtextextended(${`partitions of ${table}`}, 0))`;
    const [there] = await tx<{ oid: number | null }[]>`select to_regclass(${partition})::oid::bigint as oid`;
    if (there?.oid != null) return false;
    await tx`create table ${tx(partition)} (like ${tx(table)} including defaults including constraints)`;
    await moveWaiting(tx, table, partition, [from, to]);
    await tx.unsafe(
      `alter table ${table} attach partition ${partition} for values from (${from}) to (${to})`,
    );
    return true;
  });
}

async function moveWaiting(
  tx: Sql,
  table: string,
  partition: string,
  [from, to]: [number, number],
): Promise<void> {
  const [found] = await tx<{ fallback: string | null; column: string }[]>`
    select p.partdefid::regclass::text as fallback, a.attname as column
    from pg_partitioned_table p join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where p.partrelid = ${table}::regclass`;
  if (found === undefined) throw new Error(`${table} is not partitioned`);
  const { fallback, column } = found;
  if (fallback === null || fallback === '-') return;
  await tx`
    with moved as (
      delete from ${tx(fallback)} where ${tx(column)} >= ${from} and ${tx(column)} < ${to} returning *)
    insert into ${tx(partition)} select * from moved`;
}
