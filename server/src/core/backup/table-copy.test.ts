import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { Progress } from './progress.ts';
import { copyTableIn, copyTableOut, digestTable } from './table-copy.ts';
import { listTables } from './tables.ts';

const db = await testDatabase();
const folder = await temporaryFolder('table-copy');
await mkdir(path.join(folder, 'tables'));
const progress = new Progress(() => {});

await db.sql`create schema zoo`;
await db.sql`
  create table zoo.animal (
    animal_id bigint generated always as identity primary key, name text, legs int generated always as (4) stored,
    weight double precision, born timestamptz(3), tags text[], notes jsonb, photo bytea, mother bigint references zoo.animal)`;
await db.sql`
  insert into zoo.animal (name, weight, born, tags, notes, photo, mother)
  select E'na\\tme\\n\\\\' || n, n / 3.0::double precision, 'epoch'::timestamptz + make_interval(secs => n), array['a', null, '"'],
    jsonb_build_object('n', n), decode(md5(n::text), 'hex'), case when n > 1 then 1 end
  from generate_series(1, 20000) n`;
await db.sql`create table zoo.keeper (keeper_id int primary key, animal_id bigint not null references zoo.animal)`;
await db.sql`insert into zoo.keeper values (1, 1)`;
const [animal, keeper] = await listTables(db.sql, ['zoo']);
if (animal === undefined || keeper === undefined) throw new Error('the tables were not found');

test('the catalogue knows stored columns and foreign keys, not computed columns and not itself', () => {
  expect(animal.columns).toEqual(['animal_id', 'name', 'weight', 'born', 'tags', 'notes', 'photo', 'mother']);
  expect(animal.needs).toEqual([]);
  expect(keeper.needs).toEqual(['zoo.animal']);
});

test('rows of every kind go out and come back with their numbers', async () => {
  const before =
    await db.sql`select md5(string_agg(a::text, '' order by animal_id)) as hash from zoo.animal a`;
  const copied = await db.sql.begin((tx) => copyTableOut(tx, animal, folder, progress));
  expect(copied.rows).toBe(20_000);
  await db.sql.begin(async (tx) => {
    await tx`truncate zoo.animal, zoo.keeper`;
    await copyTableIn(tx, copied, folder, progress);
    expect(await digestTable(tx, copied, progress)).toEqual({ rows: 20_000, rowDigest: copied.rowDigest });
  });
  const after =
    await db.sql`select md5(string_agg(a::text, '' order by animal_id)) as hash from zoo.animal a`;
  expect([...after]).toEqual([...before]);
});

test('a foreign key that is broken at the very end is told, and the transaction is lost', async () => {
  await db.sql`insert into zoo.keeper values (1, 1) on conflict do nothing`;
  const copied = await db.sql.begin((tx) => copyTableOut(tx, keeper, folder, progress));
  await db.sql`delete from zoo.keeper`;
  const loading = db.sql.begin(async (tx) => {
    await tx`truncate zoo.animal, zoo.keeper`;
    await copyTableIn(tx, copied, folder, progress);
  });
  await expect(loading).rejects.toMatchObject({ code: 'backup.rows-refused' });
  expect(await db.sql`select 1 from zoo.animal limit 1`).toHaveLength(1);
});

test('a file that cannot be written ends the copy with its reason, and the session goes on', async () => {
  const session = await db.direct.reserve();
  await session`begin`;
  const lost = copyTableOut(session, animal, path.join(folder, 'nowhere'), progress);
  await expect(lost).rejects.toMatchObject({ code: 'ENOENT' });
  await eventually(async () => expect(await session`select 1 as one`).toEqual([{ one: 1 }]));
  await session`commit`;
  session.release();
});
