import { expect, test } from 'vitest';
import { loadServices, migrationSources, serviceNames } from '../../server/src/compose.ts';
import { listTables, ruleFaults } from '../../server/src/core/backup/index.ts';
import { ownModule } from '../../server/src/core/own-module.ts';
import { testDatabase } from '../support/database.ts';

const db = await testDatabase();
const services = await loadServices(serviceNames);
const rules = [ownModule, ...services].flatMap(({ backup }) => backup);
const schemas = migrationSources(services).map(({ module }) => module);

test('every table of every module has a backup rule, and every rule a table', async () => {
  const tables = await listTables(db.sql, schemas);
  expect(tables.length).toBeGreaterThan(20);
  expect(ruleFaults(tables, rules)).toEqual([]);
});

test('a new table without a rule is found', async () => {
  await db.sql`create table core.forgotten (id int)`;
  expect(ruleFaults(await listTables(db.sql, schemas), rules)).toEqual(['core.forgotten has no backup rule']);
  await db.sql`drop table core.forgotten`;
});

test('a module keeps to its own schema', () => {
  for (const { name, backup } of [ownModule, ...services]) {
    for (const { table } of backup) expect(table.split('.')[0]).toBe(name);
  }
});
