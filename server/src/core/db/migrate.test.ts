import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { moduleFolders } from '../../../../test/support/global-setup.ts';
import { migrate } from './migrate.ts';

const db = await testDatabase();

test('a migrated database has nothing left to apply, also for ten processes at once', async () => {
  const runs = await Promise.all(Array.from({ length: 10 }, () => migrate(db.sql, moduleFolders())));
  expect(runs.flat()).toEqual([]);
});

test('an edited migration is refused with its name', async () => {
  await db.sql`update core.migration set checksum = 'other' where module = 'core' and number = 1`;
  await expect(migrate(db.sql, moduleFolders())).rejects.toMatchObject({ code: 'db.migration-edited' });
});

test('a database of a newer release is refused', async () => {
  await db.sql`delete from core.migration where module = 'core' and number = 1`;
  await db.sql`insert into core.migration (module, number, name, checksum) values ('core', 9000, 'later', '')`;
  await expect(migrate(db.sql, [])).resolves.toEqual([]);
});
