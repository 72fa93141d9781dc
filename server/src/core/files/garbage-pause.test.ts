import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { silentLog } from '../log.ts';
import { createDiskStore } from './disk-store.ts';
import { createFiles } from './files.ts';
import { pauseGarbage, resumeGarbage } from './garbage-pause.ts';

const db = await testDatabase();
const folder = await temporaryFolder('pause');
const store = createDiskStore({ folder, freeSpace: { minFreeBytes: 0, minFreePercent: 0 } });
await store.start();
const files = createFiles({ db, log: silentLog, store });

test('nothing is collected while it is paused, and everything afterwards', async () => {
  const owner = { kind: 'test', id: '1', name: 'a' };
  const { sha256 } = await files.put(Buffer.from('soon garbage'), { namespace: 'result' });
  await db.transaction((tx) => files.reference(tx, sha256, 'result', owner));
  await db.transaction((tx) => files.release(tx, sha256, 'result', owner));
  await db.sql`update core.blob_reference set expires_at = clock_timestamp() - interval '1 hour'`;
  const session = await db.direct.reserve();
  await pauseGarbage(session);
  expect((await files.collectGarbage()).blobsRemoved).toBe(0);
  expect(await db.sql`select 1 from core.blob where sha256 = ${sha256}`).toHaveLength(1);
  await resumeGarbage(session);
  session.release();
  expect((await files.collectGarbage()).blobsRemoved).toBe(1);
});

test('a session that is lost leaves nothing paused', async () => {
  const session = await db.direct.reserve();
  const [self] = await session<{ pid: number }[]>`select pg_backend_pid() as pid`;
  await pauseGarbage(session);
  await db.sql`select pg_terminate_backend(${self?.pid ?? 0}, 5000)`;
  const [turn] = await db.transaction(
    (tx) => tx<{ free: boolean }[]>`
    select pg_try_advisory_xact_lock(4720119) as free`,
  );
  expect(turn?.free).toBe(true);
});
