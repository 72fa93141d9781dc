import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { silentLog } from '../log.ts';
import type { RetentionRule } from '../module.ts';
import { applyRetention } from './retention.ts';

const db = await testDatabase();
const deps = { db, log: silentLog };

/** A table with one row per age in days. */
async function aTable(name: string, ages: readonly number[]): Promise<RetentionRule> {
  await db.sql`create table ${db.sql(`core.${name}`)} (age int primary key, seen_at timestamptz(3) not null)`;
  await db.sql`
    insert into ${db.sql(`core.${name}`)}
    select age, clock_timestamp() - make_interval(days => age, mins => 1) from unnest(${[...ages]}::int[]) age`;
  return { table: `core.${name}`, column: 'seen_at', days: 10, what: 'rows of a test' };
}

const agesIn = async (rule: RetentionRule) =>
  (await db.sql<{ age: number }[]>`select age from ${db.sql(rule.table)} order by age`).map(({ age }) => age);

test('rows older than the rule allows go, the others stay', async () => {
  const rule = await aTable('plain', [0, 9, 10, 400]);
  const [kept] = await applyRetention(deps, [rule]);
  expect(kept).toEqual({
    table: 'core.plain',
    what: 'rows of a test',
    days: 10,
    rowsDeleted: 2,
    partitionsMade: [],
    partitionsDropped: [],
    partitionsMissing: [],
    error: null,
  });
  expect(await agesIn(rule)).toEqual([0, 9]);
});

test('the operator shortens and lengthens the time', async () => {
  const short = await aTable('short', [1, 5]);
  const long = await aTable('long', [11, 50]);
  const kept = await applyRetention(deps, [short, long], { 'core.short': 3, 'core.long': 30 });
  expect(kept.map(({ days, rowsDeleted }) => [days, rowsDeleted])).toEqual([
    [3, 1],
    [30, 1],
  ]);
});

test('a rule without days keeps everything, unless the operator gives some', async () => {
  const rule = { ...(await aTable('history', [5000])), days: null };
  expect((await applyRetention(deps, [rule]))[0]).toMatchObject({ days: null, rowsDeleted: 0 });
  expect((await applyRetention(deps, [rule], { 'core.history': 100 }))[0]).toMatchObject({ rowsDeleted: 1 });
});

test('many rows go in batches, all of them', async () => {
  const rule = await aTable('many', [1, ...Array.from({ length: 95 }, (_, index) => index + 20)]);
  const [kept] = await applyRetention(deps, [rule], {}, { batch: 10, pauseMs: 0 });
  expect(kept?.rowsDeleted).toBe(95);
  expect(await agesIn(rule)).toEqual([1]);
});

test('a row that somebody is working on is left for the next run', async () => {
  const rule = await aTable('busy', [20, 21]);
  await db.transaction(async (tx) => {
    await tx`select 1 from core.busy where age = 20 for update`;
    expect((await applyRetention(deps, [rule]))[0]?.rowsDeleted).toBe(1);
  });
  expect((await applyRetention(deps, [rule]))[0]?.rowsDeleted).toBe(1);
});

test('one table that fails does not keep the others from their turn', async () => {
  const rule = await aTable('after', [99]);
  const lost = { ...rule, table: 'core.no_such_table' };
  const kept = await applyRetention(deps, [lost, rule]);
  expect(kept.map(({ error, rowsDeleted }) => [error !== null, rowsDeleted])).toEqual([
    [true, 0],
    [false, 1],
  ]);
});

test('a partitioned table gets days ahead, loses old ones, and old strays of its default partition', async () => {
  await db.sql`create table core.feed (at timestamptz(3) not null, age int) partition by range (at)`;
  await db.sql`create table core.feed_default partition of core.feed default`;
  await db.sql`create table core.feed_p20200101 partition of core.feed
    for values from ('2020-01-01 00:00Z') to ('2020-01-02 00:00Z')`;
  await db.sql`insert into core.feed values ('2020-01-01 12:00Z', 1), ('2020-03-01 12:00Z', 2), (clock_timestamp(), 3)`;
  const rule: RetentionRule = {
    table: 'core.feed',
    column: 'at',
    days: 7,
    what: 'events',
    partitioned: 'day',
  };
  const [kept] = await applyRetention(deps, [rule]);
  expect(kept).toMatchObject({
    partitionsDropped: ['core.feed_p20200101'.slice(5)],
    rowsDeleted: 1,
    error: null,
  });
  expect(kept?.partitionsMade).toHaveLength(8);
  expect(kept?.partitionsMissing).toEqual([]);
  expect(await agesIn(rule)).toEqual([3]);
});

test('a partition that cannot be made is an alarm', async () => {
  await db.sql`create table core.stuck (at timestamptz(3) not null) partition by range (at)`;
  await db.sql`create table core.stuck_default partition of core.stuck default`;
  const rule: RetentionRule = {
    table: 'core.stuck',
    column: 'at',
    days: 7,
    what: 'events',
    partitioned: 'day',
  };
  await db.transaction(async (tx) => {
    await tx`lock table core.stuck_default in share mode`;
    const [kept] = await applyRetention(deps, [rule]);
    expect(kept?.partitionsMissing).toHaveLength(2);
    expect(kept?.error).toMatch(/lock timeout/);
  });
});

test('a run that is stopped in the middle ends, and the next one finishes', async () => {
  const rule = await aTable('stopped', [20, 21, 22]);
  const stop = AbortSignal.abort(new Error('the process ends'));
  await expect(applyRetention(deps, [rule], {}, { signal: stop })).rejects.toThrow('the process ends');
  expect((await applyRetention(deps, [rule]))[0]?.rowsDeleted).toBe(3);
});
