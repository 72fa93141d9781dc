import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { dropOldPartitions, ensurePartitions, listMissingPartitions } from './partitions.ts';

const db = await testDatabase();

/** A table partitioned by day with a default partition, as the migrations make them. */
async function aDailyTable(name: string): Promise<string> {
  await db.sql`
    create table ${db.sql(`core.${name}`)} (at timestamptz(3) not null default clock_timestamp(), value int not null)
    partition by range (at)`;
  await db.sql`create table ${db.sql(`core.${name}_default`)} partition of ${db.sql(`core.${name}`)} default`;
  return `core.${name}`;
}

const partitionOf = (table: string) => db.sql<{ place: string; value: number }[]>`
  select tableoid::regclass::text as place, value from ${db.sql(table)} order by value`;

test('the days from today to a week ahead have a partition, made once', async () => {
  const table = await aDailyTable('ahead');
  const made = await ensurePartitions(db, table);
  const [today] = await db.sql<{ name: string }[]>`
    select 'ahead_p' || to_char(clock_timestamp() at time zone 'utc', 'YYYYMMDD') as name`;
  expect(made).toHaveLength(8);
  expect(made[0]).toBe(today?.name);
  expect(await ensurePartitions(db, table)).toEqual([]);
});

test('five processes at once make each partition once', async () => {
  const table = await aDailyTable('together');
  const made = await Promise.all(Array.from({ length: 5 }, () => ensurePartitions(db, table)));
  expect(made.flat()).toHaveLength(8);
  expect(new Set(made.flat()).size).toBe(8);
});

test('the partitions of the events are those that the migration made', async () => {
  expect(await ensurePartitions(db, 'core.event')).toEqual([]);
  expect(await listMissingPartitions(db.sql, 'core.event')).toEqual([]);
});

test('rows that came before their partition are moved into it', async () => {
  const table = await aDailyTable('late');
  await db.sql`
    insert into core.late (at, value) values (clock_timestamp(), 1), (clock_timestamp() + interval '1 day', 2),
      (clock_timestamp() + interval '30 days', 3)`;
  await ensurePartitions(db, table);
  const rows = await partitionOf(table);
  expect(rows.map(({ value }) => value)).toEqual([1, 2, 3]);
  expect(rows.map(({ place }) => /^core\.late_p\d{8}$/.test(place))).toEqual([true, true, false]);
});

test('a missing day is told', async () => {
  const table = await aDailyTable('gap');
  expect(await listMissingPartitions(db.sql, table)).toHaveLength(2);
  const made = await ensurePartitions(db, table);
  await db.sql`drop table ${db.sql(`core.${made[1]}`)}`;
  const [tomorrow] = await db.sql<{ day: string }[]>`
    select to_char((clock_timestamp() at time zone 'utc')::date + 1, 'YYYY-MM-DD') as day`;
  expect(await listMissingPartitions(db.sql, table)).toEqual([tomorrow?.day]);
});

test('a partition is dropped when its youngest row is too old, not before', async () => {
  const table = await aDailyTable('old');
  await ensurePartitions(db, table);
  for (const age of [3, 2, 1]) {
    const [day] = await db.sql<{ name: string; from: string; to: string }[]>`
      select 'old_p' || to_char(d, 'YYYYMMDD') as name, to_char(d, 'YYYY-MM-DD') || ' 00:00Z' as from,
        to_char(d + 1, 'YYYY-MM-DD') || ' 00:00Z' as to
      from (select (clock_timestamp() at time zone 'utc')::date - ${age}::int as d) one`;
    await db.sql.unsafe(
      `create table core.${day?.name} partition of core.old for values from ('${day?.from}') to ('${day?.to}')`,
    );
    await db.sql`insert into core.old (at, value) values (${`${day?.from}`}, ${age})`;
  }
  const dropped = await dropOldPartitions(db, table, 2);
  expect(dropped).toHaveLength(1);
  expect((await partitionOf(table)).map(({ value }) => value)).toEqual([1, 2]);
  expect(await dropOldPartitions(db, table, 2)).toEqual([]);
});

test('a new partition takes the primary key and the indexes of its table', async () => {
  await db.sql`create table core.keyed (id int, at timestamptz(3), primary key (at, id)) partition by range (at)`;
  await db.sql`create index keyed_id_idx on core.keyed (id)`;
  const [made] = await ensurePartitions(db, 'core.keyed', 0);
  const indexes =
    await db.sql`select 1 from pg_indexes where schemaname = 'core' and tablename = ${made as string}`;
  expect(indexes).toHaveLength(2);
});

test('a table that is not partitioned is refused, and nothing stays behind', async () => {
  await db.sql`create table core.plain (at timestamptz)`;
  await expect(ensurePartitions(db, 'core.plain')).rejects.toThrow('core.plain is not partitioned');
  const left = await db.sql`select 1 from pg_tables where schemaname = 'core' and tablename like 'plain_p%'`;
  expect(left).toHaveLength(0);
});
