import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createTestDatabase, testConnection, testDatabase } from '../../../../test/support/database.ts';
import { fillCore, installation, sources, thisProgram } from '../../../../test/support/installation.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { createDb } from '../db/index.ts';
import { makeBackup } from './backup.ts';
import { type Manifest, writeManifest } from './manifest.ts';
import { restoreBackup } from './restore.ts';
import { verifyBackup } from './verify.ts';

const scratch = await temporaryFolder('damage');
const source = await installation(await testDatabase(), path.join(scratch, 'source'));
await fillCore(source);
const good = path.join(scratch, 'good');
const manifest = await makeBackup({ ...thisProgram, ...source, folder: good, hardLinks: false });
const { name, drop } = await createTestDatabase('template1');
const db = createDb({ ...testConnection(name), poolSize: 2, name: 'target' });
const target = await installation(db, path.join(scratch, 'target'));
afterAll(async () => {
  await db.close();
  await drop();
});

let copies = 0;
async function copyOf(): Promise<string> {
  copies += 1;
  const folder = path.join(scratch, `copy-${copies}`);
  await cp(good, folder, { recursive: true });
  return folder;
}

async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] as number) ^ 0x10;
  await rm(file);
  await writeFile(file, bytes);
}

async function firstBlob(folder: string): Promise<string> {
  const [found] = (await readdir(path.join(folder, 'blobs'), { recursive: true })).filter((file) =>
    /[0-9a-f]{64}$/.test(file),
  );
  return path.join('blobs', found as string);
}

async function expectRefused(folder: string, error: object): Promise<void> {
  await expect(restoreBackup({ db, store: target.store, sources, folder })).rejects.toMatchObject(error);
  const made = await db.sql`select 1 from pg_namespace where nspname in ('core', 'uws')`;
  expect(made).toHaveLength(0);
}

test('an intact backup is found intact', async () => {
  await expect(verifyBackup(good)).resolves.toEqual(manifest);
});

test.each([
  ['a table', async () => 'tables/core.event.copy.zst'],
  ['the list of files', async () => 'blobs.tsv.zst'],
  ['the manifest', async () => 'manifest.json'],
  ['a file', firstBlob],
])('one changed bit in %s is found, named, and nothing is written', async (_what, choose) => {
  const folder = await copyOf();
  const file = await choose(folder);
  await flipByte(path.join(folder, file));
  await expectRefused(folder, { code: 'backup.damaged', details: { file } });
});

test.each([
  ['a table', async () => 'tables/core.account.copy.zst'],
  ['the list of files', async () => 'blobs.tsv.zst'],
  ['a file', firstBlob],
])('%s that is missing is named', async (_what, choose) => {
  const folder = await copyOf();
  const file = await choose(folder);
  await rm(path.join(folder, file));
  await expectRefused(folder, { code: 'backup.damaged', details: { file } });
});

test('a file cut short is named with both sizes', async () => {
  const folder = await copyOf();
  const file = await firstBlob(folder);
  await writeFile(path.join(folder, `${file}.new`), 'x');
  await rm(path.join(folder, file));
  await cp(path.join(folder, `${file}.new`), path.join(folder, file));
  await truncate(path.join(folder, file), 1);
  await expectRefused(folder, {
    code: 'backup.damaged',
    message: expect.stringContaining('1 bytes instead of'),
  });
});

test('a folder that is no backup is refused', async () => {
  await expectRefused(scratch, { code: 'backup.not-one' });
});

async function withManifest(change: (manifest: Manifest) => object): Promise<string> {
  const folder = await copyOf();
  await rm(path.join(folder, 'manifest.json'));
  await rm(path.join(folder, 'manifest.json.sha256'));
  await writeManifest(folder, { ...manifest, ...change(manifest) } as Manifest);
  return folder;
}

test('a backup of a newer format, release or another schema is refused with what to do', async () => {
  const newer = await withManifest(() => ({ formatVersion: 99 }));
  await expectRefused(newer, { code: 'backup.format-newer' });
  const later = await withManifest(({ migrations }) => ({
    migrations: [...migrations, { module: 'core', number: 9000, name: 'later', checksum: 'a'.repeat(64) }],
  }));
  await expectRefused(later, { code: 'backup.program-older' });
  const foreign = await withManifest(({ migrations }) => ({
    migrations: [...migrations, { module: 'payroll', number: 1, name: 'x', checksum: 'a'.repeat(64) }],
  }));
  await expectRefused(foreign, { code: 'backup.service-unknown' });
  const edited = await withManifest(({ migrations }) => ({
    migrations: migrations.map((one, index) => (index === 0 ? { ...one, checksum: 'a'.repeat(64) } : one)),
  }));
  await expectRefused(edited, { code: 'backup.migration-differs' });
});

test('rows that the database refuses leave it as empty as it was', async () => {
  const folder = await withManifest(({ tables }) => ({
    tables: tables.filter(({ name }) => name !== 'core.account'),
  }));
  await expectRefused(folder, { code: 'backup.rows-refused', message: expect.stringContaining('core.') });
});

test('rows that came out otherwise than they went in are noticed', async () => {
  const folder = await withManifest(({ tables }) => ({
    tables: tables.map((table) =>
      table.name === 'core.event' ? { ...table, rowDigest: 'a'.repeat(64) } : table,
    ),
  }));
  await expectRefused(folder, { code: 'backup.rows-differ' });
});

test('bounds of a partition that are more than bounds are refused', async () => {
  const folder = await withManifest(({ tables }) => ({
    tables: tables.map((table) => ({
      ...table,
      partitions: table.partitions.map((one) => ({ ...one, bounds: 'DEFAULT; drop schema core' })),
    })),
  }));
  await expectRefused(folder, { code: 'backup.damaged' });
});

test('after all these refusals the good one is restored', async () => {
  await restoreBackup({ db, store: target.store, sources, folder: good });
  expect(await db.sql`select 1 from core.account`).toHaveLength(20);
});
