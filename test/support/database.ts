import { afterAll } from 'vitest';
import { connect } from '../../server/src/core/db/connect.ts';
import { createDb, type Db, type DbOptions } from '../../server/src/core/db/db.ts';
import { unguessableId } from '../../server/src/core/ids.ts';
import { withDatabase } from './global-setup.ts';

interface TestServer {
  template: string;
  url?: string;
  /** The same server through a pooler in transaction mode. */
  pooledUrl?: string;
  socketDir?: string;
  password?: string;
}

type TestConnection = Pick<
  DbOptions,
  'url' | 'directUrl' | 'socketDir' | 'password' | 'database' | 'prepare'
>;

function testServer(): TestServer {
  return JSON.parse(process.env.ORRERY_TEST_DB ?? '{}') as TestServer;
}

/** How to connect to the database `name` of the run's PostgreSQL: as a server does, through a pooler if there is one. */
export function testConnection(name: string): TestConnection {
  const { url, pooledUrl } = testServer();
  if (url === undefined || pooledUrl === undefined) return directConnection(name);
  return { url: withDatabase(pooledUrl, name), directUrl: withDatabase(url, name), prepare: false };
}

/** The same without a pooler. */
export function directConnection(name: string): TestConnection {
  const { url, socketDir, password } = testServer();
  if (url !== undefined) return { url: withDatabase(url, name), prepare: true };
  return { socketDir: socketDir as string, password: password as string, database: name, prepare: true };
}

/** Makes a database of its own: a clone of the migrated template, or an empty one of `template1`. */
export async function createTestDatabase(
  template = testServer().template,
): Promise<{ name: string; drop(): Promise<void> }> {
  const name = `t_${unguessableId(12)}`;
  const admin = connect({ ...directConnection('postgres'), max: 1, prepare: false, name: 'test clone' });
  await admin`create database ${admin(name)} template ${admin(template)}`;
  return {
    name,
    async drop() {
      await admin`drop database if exists ${admin(name)} with (force)`;
      await admin.end();
    },
  };
}

/** A `Db` on a clone of the migrated template, closed and dropped after the tests of the file. */
export async function testDatabase(options: Partial<DbOptions> = {}): Promise<Db> {
  const { name, drop } = await createTestDatabase();
  const db = createDb({ ...testConnection(name), poolSize: 8, name: 'test', ...options });
  afterAll(async () => {
    await db.close();
    await drop();
  });
  return db;
}
