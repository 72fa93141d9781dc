import { afterAll } from 'vitest';
import { connect } from '../../server/src/core/db/connect.ts';
import { createDb, type Db, type DbOptions } from '../../server/src/core/db/db.ts';
import { unguessableId } from '../../server/src/core/ids.ts';
import { withDatabase } from './global-setup.ts';

interface TestServer {
  template: string;
  url?: string;
  socketDir?: string;
  password?: string;
}

/** How to connect to the database `name` of the run's PostgreSQL. */
export function testConnection(name: string): Pick<DbOptions, 'url' | 'socketDir' | 'password' | 'database'> {
  const server = JSON.parse(process.env.ORRERY_TEST_DB ?? '{}') as TestServer;
  if (server.url !== undefined) return { url: withDatabase(server.url, name) };
  return { socketDir: server.socketDir as string, password: server.password as string, database: name };
}

/** Makes a database of its own: a clone of the migrated template, dropped after the file's tests. */
export async function createTestDatabase(): Promise<{ name: string; drop(): Promise<void> }> {
  const { template } = JSON.parse(process.env.ORRERY_TEST_DB ?? '{}') as TestServer;
  const name = `t_${unguessableId(12)}`;
  const admin = connect({ ...testConnection('postgres'), max: 1, prepare: false, name: 'test clone' });
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
  const db = createDb({ ...testConnection(name), poolSize: 8, prepare: true, name: 'test', ...options });
  afterAll(async () => {
    await db.close();
    await drop();
  });
  return db;
}
