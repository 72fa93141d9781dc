import { afterAll } from 'vitest';
import { loadConfig } from '../../server/src/core/config/index.ts';
import { createDb } from '../../server/src/core/db/index.ts';
import { silentLog } from '../../server/src/core/log.ts';
import type { ServiceModule } from '../../server/src/core/module.ts';
import { type RunningServer, startServer } from '../../server/src/server.ts';
import { createTestDatabase, testConnection } from './database.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface TestServer extends RunningServer {
  /** The preset token of `admin`. */
  adminToken: string;
  dataDir: string;
  /** Name of its database. */
  database: string;
}

/**
 * Test files run side by side, and the kernel counts the processes of a uid: runs of one file must not use up what a
 * run of another may have.
 */
const firstUid = 61_000 + (process.pid % 60) * 20;

/**
 * A whole server on a clone of the template database and a free port of loopback, stopped after the file's
 * tests. `settings` are dotted names as on the command line. With `beside` it is a second one on the database and
 * the data folder of the first.
 */
export async function testServer(
  services: readonly ServiceModule[],
  settings: Record<string, string> = {},
  beside?: Pick<TestServer, 'database' | 'dataDir'>,
): Promise<TestServer> {
  const { name, drop } =
    beside === undefined ? await createTestDatabase() : { name: beside.database, drop: async () => {} };
  const dataDir = beside?.dataDir ?? (await temporaryFolder('data'));
  const adminToken = `test-admin-token-${name}`;
  const sections = Object.fromEntries(
    services.flatMap((service) => (service.settings === undefined ? [] : [[service.name, service.settings]])),
  );
  const { config } = loadConfig({
    services: sections,
    file: '/dev/null',
    flags: {
      data: dataDir,
      'http.port': '0',
      'admin.token': adminToken,
      'admin.password': 'a long enough password',
      'compute.local.firstUid': String(firstUid),
      // Tests make what they need themselves.
      ...(services.some(({ name }) => name === 'crds') ? { 'crds.demo': 'false' } : {}),
      ...settings,
    },
  });
  const db = createDb({
    ...testConnection(name),
    poolSize: config.database.poolSize,
    name: 'test server',
  });
  const server = await startServer(config, silentLog, {
    services,
    database: { db, stop: async () => {} },
    signals: false,
  });
  afterAll(async () => {
    await server.stop();
    await drop();
  });
  return Object.assign(server, { adminToken, dataDir, database: name });
}
