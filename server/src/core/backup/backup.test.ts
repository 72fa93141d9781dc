import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import {
  createTestDatabase,
  directConnection,
  testConnection,
  testDatabase,
} from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import {
  fillCore,
  hashTables,
  type Installation,
  installation,
  sources,
  thisProgram,
  verifyBlobs,
} from '../../../../test/support/installation.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { createDb } from '../db/index.ts';
import { makeBackup } from './backup.ts';
import { readManifest } from './manifest.ts';
import type { ProgressReport } from './progress.ts';
import { restoreBackup } from './restore.ts';
import { listTables } from './tables.ts';

const scratch = await temporaryFolder('backup');
const source = await installation(await testDatabase(), path.join(scratch, 'source'));
await fillCore(source);

let made = 0;
async function emptyInstallation(user?: { user: string; password: string }): Promise<Installation> {
  const { name, drop } = await createTestDatabase('template1');
  if (user !== undefined)
    await source.db.sql`alter database ${source.db.sql(name)} owner to ${source.db.sql(user.user)}`;
  const where = user === undefined ? testConnection(name) : as(user, directConnection(name));
  const db = createDb({ ...where, poolSize: 4, name: 'target' });
  afterAll(async () => {
    await db.close();
    await drop();
  });
  made += 1;
  return installation(db, path.join(scratch, `target-${made}`));
}

function as(user: { user: string; password: string }, where: ReturnType<typeof directConnection>) {
  if (where.url === undefined) return { ...where, ...user };
  const url = new URL(where.url);
  url.username = user.user;
  url.password = user.password;
  return { ...where, url: url.href };
}

function backup(from: Installation, name: string): Promise<Awaited<ReturnType<typeof makeBackup>>> {
  return makeBackup({ ...thisProgram, db: from.db, store: from.store, folder: path.join(scratch, name) });
}

function restore(into: Installation, name: string) {
  return restoreBackup({ db: into.db, store: into.store, sources, folder: path.join(scratch, name) });
}

test('a restored installation holds the same rows, numbers and files, and goes on from there', async () => {
  const manifest = await backup(source, 'quiet');
  const target = await emptyInstallation();
  await restore(target, 'quiet');
  const names = manifest.tables.map(({ name }) => name);
  const hashes = await hashTables(source.db.sql, names);
  expect(await hashTables(target.db.sql, names)).toEqual(hashes);
  expect(hashes['core.event']).toMatch(/^500 /);
  expect(await verifyBlobs(target)).toBe(13);
  const [fence] = await target.db.sql<{ next: number }[]>`select nextval('core.fence') as next`;
  expect(fence?.next).toBe(78);
  const [account] = await target.db.sql<{ accountId: number }[]>`
    insert into core.account (name, display_name, password_state, created_by) values ('new', '', 'none', '') returning account_id`;
  expect(account?.accountId).toBe(21);
});

test('old days keep partitions of their own, so that retention can drop them', async () => {
  const target = await emptyInstallation();
  await source.db.sql`
    create table core.event_p20200101 partition of core.event
    for values from ('2020-01-01 00:00:00+00') to ('2020-01-02 00:00:00+00')`;
  await source.db
    .sql`insert into core.event (topic, key, created_at) values ('old', '', '2020-01-01 12:00:00+00')`;
  await backup(source, 'partitions');
  await restore(target, 'partitions');
  expect(await target.db.sql`select key from core.event_p20200101 where topic = 'old'`).toHaveLength(1);
  await source.db.sql`drop table core.event_p20200101`;
});

test('what was skipped is empty, and its sequences are not behind', async () => {
  await source.db.sql`
    insert into core.lock (name, owner, note, fence, acquired_at, expires_at) values ('l', 'o', '', 1, now(), now())`;
  const manifest = await backup(source, 'skipped');
  expect(manifest.skippedTables).toContain('core.lock');
  const target = await emptyInstallation();
  await restore(target, 'skipped');
  expect(await target.db.sql`select 1 from core.lock`).toHaveLength(0);
});

test('an account that is no superuser can restore, with every foreign key in force', async () => {
  const user = { user: `plain_${path.basename(scratch).slice(-6).toLowerCase()}`, password: 'plain' };
  await source.db.sql.unsafe(`create role "${user.user}" login nosuperuser password '${user.password}'`);
  await backup(source, 'plain');
  const target = await emptyInstallation(user);
  await restore(target, 'plain');
  const broken = target.db
    .sql`insert into core.account_grant (account_id, role, granted_by) values (999, 'admin', '')`;
  await expect(broken).rejects.toMatchObject({ code: '23503' });
  await target.db.close();
  afterAll(async () => {
    await source.db.sql.unsafe(`drop role if exists "${user.user}"`).catch(() => {});
  });
});

test('a backup of a busy installation is of one moment, with every file it refers to', async () => {
  const busy = await installation(await testDatabase(), path.join(scratch, 'busy-store'));
  await fillCore(busy);
  let stopped = false;
  let collected = 0;
  // A writer's n-th transaction adds event n, audit entry n and file n: at any moment all three stand at the same n.
  const write = async (writer: string): Promise<void> => {
    for (let n = 1; !stopped; n++) {
      const { sha256 } = await busy.files.put(Buffer.from(`${writer} ${n} `.repeat(100)), {
        namespace: 'result',
      });
      await busy.db.transaction(async (tx) => {
        await tx`insert into core.event (topic, key) values (${writer}, ${n}::text)`;
        await busy.files.reference(tx, sha256, 'result', { kind: writer, id: String(n), name: 'file' });
        await tx`
          insert into core.audit (actor, action, object_kind, object_id, details) values (${writer}, '', '', ${n}::text, '{}')`;
      });
    }
  };
  const dropAndCollect = async (): Promise<void> => {
    for (let n = 1; !stopped; n++) {
      const { sha256 } = await busy.files.put(Buffer.from(`fleeting ${n}`), { namespace: 'cache' });
      const owner = { kind: 'fleeting', id: String(n), name: 'file' };
      await busy.db.transaction((tx) => busy.files.reference(tx, sha256, 'cache', owner));
      await busy.db
        .sql`delete from core.blob_reference where sha256 = ${sha256} and owner_kind not in ('fleeting')`;
      await busy.db.transaction((tx) => busy.files.release(tx, sha256, 'cache', owner));
      await busy.db.sql`update core.blob_removal set due_at = clock_timestamp()`;
      collected += (await busy.files.collectGarbage({ partsSwept: 0 })).blobsRemoved;
    }
  };
  const work = Promise.all([write('one'), write('two'), write('three'), dropAndCollect()]);
  await eventually(() => expect(collected).toBeGreaterThan(3));
  const reports: ProgressReport[] = [];
  const manifest = await makeBackup({
    ...thisProgram,
    db: busy.db,
    store: busy.store,
    folder: path.join(scratch, 'busy'),
    report: (report) => reports.push(report),
  });
  const before = collected;
  await eventually(() => expect(collected).toBeGreaterThan(before));
  stopped = true;
  await work;
  expect(manifest.blobs.missing).toBe(0);
  expect(reports.at(-1)?.percent).toBe(100);
  const target = await emptyInstallation();
  await restore(target, 'busy');
  for (const writer of ['one', 'two', 'three']) {
    const [at] = await target.db.sql<{ events: number; last: number; audits: number; files: number }[]>`
      select (select count(*) from core.event where topic = ${writer}) as events,
        (select max(key::int) from core.event where topic = ${writer}) as last,
        (select count(*) from core.audit where actor = ${writer}) as audits,
        (select count(*) from core.blob_reference where owner_kind = ${writer}) as files`;
    expect(at?.events).toBeGreaterThan(0);
    expect(at).toEqual({ events: at?.events, last: at?.events, audits: at?.events, files: at?.events });
  }
  // Rows that are never changed: those of the copy are to the letter those of the source that were there by then.
  for (const [table, key] of [
    ['core.event', 'event_id'],
    ['core.audit', 'audit_id'],
  ] as const) {
    const copied = await target.db.sql.unsafe(`select t::text as row from ${table} t order by ${key}`);
    const [last] = await target.db.sql.unsafe<{ ids: number[] }[]>(
      `select array_agg(${key}) as ids from ${table}`,
    );
    const there = await busy.db.sql`
      select t::text as row from ${busy.db.sql(table)} t where ${busy.db.sql(key)} = any(${last?.ids ?? []}::bigint[])
      order by ${busy.db.sql(key)}`;
    expect([...copied]).toEqual([...there]);
  }
  expect(await verifyBlobs(target)).toBeGreaterThan(13);
});

test('a killed backup leaves a folder .partial and nothing else, and no lock', async () => {
  await source.db.sql`
    insert into core.event (topic, key, data) select 'bulk', n::text, jsonb_build_object('text', repeat(md5(n::text), 20))
    from generate_series(1, 60000) n`;
  const [self] = await source.db.sql<{ name: string }[]>`select current_database() as name`;
  const folder = path.join(scratch, 'killed');
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('../../../../test/support/backup-child.ts', import.meta.url)),
      JSON.stringify(directConnection(self?.name ?? '')),
      path.join(scratch, 'source'),
      folder,
    ],
    { stdio: 'inherit' },
  );
  const tables = path.join(`${folder}.partial`, 'tables');
  await eventually(async () => expect((await readdir(tables)).length).toBeGreaterThan(4));
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(folder)).toBe(false);
  await expect(readManifest(`${folder}.partial`)).rejects.toMatchObject({ code: 'backup.not-one' });
  await expect(backup(source, 'killed')).rejects.toMatchObject({ code: 'backup.unfinished-there' });
  await source.db.sql`delete from core.event where topic = 'bulk'`;
  expect((await backup(source, 'after-kill')).tables.length).toBeGreaterThan(10);
});

test('a backup that fails frees its session, and the next one is made', async () => {
  const broken = { ...source.store, link: () => Promise.reject(new Error('the disk is full')) };
  const folder = path.join(scratch, 'failed');
  await expect(makeBackup({ ...thisProgram, db: source.db, store: broken, folder })).rejects.toThrow(
    'disk is full',
  );
  expect(existsSync(folder)).toBe(false);
  await backup(source, 'after-failure');
});

test('a backup never replaces what is there', async () => {
  await mkdir(path.join(scratch, 'taken'));
  await expect(backup(source, 'taken')).rejects.toMatchObject({ code: 'backup.folder-taken' });
});

test('the folder is closed to everybody else', async () => {
  await backup(source, 'closed');
  expect((await stat(path.join(scratch, 'closed'))).mode & 0o777).toBe(0o700);
  expect((await stat(path.join(scratch, 'closed', 'manifest.json'))).mode & 0o777).toBe(0o600);
});

test('bytes that the store has lost do not prevent a backup, and are marked where it is restored', async () => {
  const holey = await installation(await testDatabase(), path.join(scratch, 'holey'));
  const { sha256 } = await holey.files.put(Buffer.from('will be lost'), { namespace: 'result' });
  const [row] = await holey.db.sql<{ storeKey: string }[]>`select store_key from core.blob`;
  await holey.store.remove(row?.storeKey ?? '');
  expect((await backup(holey, 'holey-backup')).blobs).toMatchObject({ missing: 1, count: 0 });
  const target = await emptyInstallation();
  await restore(target, 'holey-backup');
  expect((await target.files.stat(sha256, 'result')).damagedAt).not.toBeNull();
});

test('only an empty database is filled', async () => {
  await backup(source, 'again');
  const before = (await listTables(source.db.sql, ['core', 'uws'])).length;
  await expect(restore(source, 'again')).rejects.toMatchObject({ code: 'backup.database-not-empty' });
  expect(await listTables(source.db.sql, ['core', 'uws'])).toHaveLength(before);
});
