import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeBackup, restoreBackup } from '../../server/src/core/backup/index.ts';
import { createDb, type Db, migrate, startEmbedded } from '../../server/src/core/db/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { createTestDatabase, testConnection } from '../support/database.ts';
import {
  fillCore,
  hashTables,
  installation,
  sources,
  thisProgram,
  verifyBlobs,
} from '../support/installation.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const isExternal = process.env.ORRERY_TEST_DATABASE_URL !== undefined;

/** An embedded PostgreSQL of its own, empty. */
async function embedded(folder: string): Promise<Db> {
  const server = await startEmbedded(folder, silentLog);
  const { socketDir, password } = server;
  const db = createDb({ socketDir, password, prepare: true, poolSize: 4, name: 'embedded' });
  afterAll(async () => {
    await db.close();
    await server.stop();
  });
  return db;
}

async function majorOf(db: Db): Promise<number> {
  const [row] = await db.sql<
    { major: number }[]
  >`select current_setting('server_version_num')::int / 10000 as major`;
  return row?.major ?? 0;
}

test.skipIf(!isExternal)(
  'an installation moves from the embedded PostgreSQL to an older external one and back, to the letter',
  async () => {
    const scratch = await temporaryFolder('move');
    const first = await installation(
      await embedded(path.join(scratch, 'first')),
      path.join(scratch, 'first-files'),
    );
    await migrate(first.db.direct, sources);
    await fillCore(first);
    const there = path.join(scratch, 'there');
    const { tables } = await makeBackup({ ...thisProgram, ...first, folder: there });
    const names = tables.map(({ name }) => name);
    const hashes = await hashTables(first.db.sql, names);

    const { name, drop } = await createTestDatabase('template1');
    const outside = createDb({ ...testConnection(name), poolSize: 4, name: 'external' });
    afterAll(async () => {
      await outside.close();
      await drop();
    });
    const external = await installation(outside, path.join(scratch, 'external-files'));
    expect(await majorOf(first.db)).toBeGreaterThan(await majorOf(outside));
    await restoreBackup({ ...external, sources, folder: there });
    expect(await hashTables(outside.sql, names)).toEqual(hashes);

    const back = path.join(scratch, 'back');
    await makeBackup({ ...thisProgram, ...external, folder: back });
    expect(await verifyBlobs(external)).toBe(13);
    const second = await installation(
      await embedded(path.join(scratch, 'second')),
      path.join(scratch, 'second-files'),
    );
    await restoreBackup({ ...second, sources, folder: back });
    expect(await hashTables(second.db.sql, names)).toEqual(hashes);
    expect(await verifyBlobs(second)).toBe(13);
  },
  120_000,
);
