import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { ensureRangePartitions } from './index.ts';

const db = await testDatabase();
await db.sql`create table part_demo (id bigint not null, note text, primary key (id)) partition by range (id)`;
await db.sql`create table part_demo_default partition of part_demo default`;
await db.sql`insert into part_demo select n, 'row ' || n from generate_series(1, 25) n`;

test('partitions are made up to some above the highest id, and rows move into them', async () => {
  const rule = { width: 10, ahead: 1 };
  const made = await ensureRangePartitions(db, 'public.part_demo', 25, rule);
  expect(made).toEqual(['part_demo_r0', 'part_demo_r1', 'part_demo_r2', 'part_demo_r3']);
  const rows =
    await db.sql`select tableoid::regclass::text as place, count(*)::int as n from part_demo group by 1 order by 1`;
  expect(rows).toMatchObject([
    { place: 'part_demo_r0', n: 9 },
    { place: 'part_demo_r1', n: 10 },
    { place: 'part_demo_r2', n: 6 },
  ]);
  expect(await ensureRangePartitions(db, 'public.part_demo', 25, rule)).toEqual([]);
});

test('two processes at once make each partition once', async () => {
  const rule = { width: 10, ahead: 1 };
  const both = await Promise.all([1, 2].map(() => ensureRangePartitions(db, 'public.part_demo', 55, rule)));
  expect(both.flat().toSorted()).toEqual(['part_demo_r4', 'part_demo_r5', 'part_demo_r6']);
});

test('a look-up by id probes one partition', async () => {
  const plan = await db.sql`explain select * from part_demo where id = 14`;
  expect(JSON.stringify(plan)).toContain('part_demo_r1');
  expect(JSON.stringify(plan)).not.toContain('part_demo_r2');
});
