import { existsSync } from 'node:fs';
import { connect } from '../../server/src/core/db/connect.ts';
import { startEmbedded } from '../../server/src/core/db/embedded/server.ts';
import { migrate } from '../../server/src/core/db/migrate.ts';
import { silentLog } from '../../server/src/core/log.ts';
import { scratchFolder } from './scratch-folder.ts';

/**
 * One PostgreSQL for the whole run and one migrated template database in it, which `testDatabase()` clones.
 * With ORRERY_TEST_DATABASE_URL (an account that may create databases) the external server is used instead, and
 * with ORRERY_TEST_POOLED_URL besides, the tests reach it through that pooler.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const external = process.env.ORRERY_TEST_DATABASE_URL;
  const pooled = process.env.ORRERY_TEST_POOLED_URL;
  const template = `orrery_template_${process.pid}`;
  const { folder, remove } = await scratchFolder('test');
  const server = external === undefined ? await startEmbedded(folder, silentLog) : undefined;
  const admin = connect(
    server === undefined
      ? { url: external as string, max: 1, prepare: false, name: 'test setup' }
      : {
          socketDir: server.socketDir,
          password: server.password,
          max: 1,
          prepare: false,
          name: 'test setup',
        },
  );
  if (server !== undefined) await admin`alter system set synchronous_commit = off`;
  if (server !== undefined) await admin`select pg_reload_conf()`;
  await admin`create database ${admin(template)}`;
  const where =
    server === undefined
      ? { url: withDatabase(external as string, template) }
      : { socketDir: server.socketDir, password: server.password, database: template };
  const sql = connect({ ...where, max: 1, prepare: false, name: 'test migrate' });
  await migrate(sql, moduleFolders());
  await sql.end();
  process.env.ORRERY_TEST_DB = JSON.stringify({
    template,
    ...(server === undefined
      ? { url: external, ...(pooled === undefined ? {} : { pooledUrl: pooled }) }
      : { socketDir: server.socketDir, password: server.password }),
  });
  return async () => {
    await admin`drop database if exists ${admin(template)} with (force)`.catch(() => {});
    await admin.end();
    await server?.stop();
    await remove();
  };
}

export function moduleFolders(): Array<{ module: string; folder: URL }> {
  return ['core', 'panda', 'uws', 'scan', 'crds']
    .map((module) => ({ module, folder: new URL(`../../server/src/${module}/migrations/`, import.meta.url) }))
    .filter(({ folder }) => existsSync(folder));
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
