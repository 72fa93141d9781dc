import type { Config } from '../config/index.ts';
import type { Log } from '../log.ts';
import { createDb, type Db } from './db.ts';
import { startEmbedded } from './embedded/server.ts';

/**
 * The database the settings name: an external one, or the embedded one of the data folder. A direct URL besides
 * the URL says that a pooler stands between: then statements are not prepared, unless the settings say so.
 */
export async function connectTo(
  config: Config,
  log: Log,
  name: string,
  poolSize: number,
): Promise<{ db: Db; stop(): Promise<void> }> {
  const { url, directUrl, prepare } = config.database;
  if (url !== undefined) {
    const pooled = directUrl !== undefined && config.sources.get('database.prepare') === 'default';
    const direct = directUrl === undefined ? {} : { directUrl };
    const db = createDb({ url, ...direct, poolSize, prepare: prepare && !pooled, name });
    return { db, stop: async () => {} };
  }
  const embedded = await startEmbedded(config.data, log);
  const db = createDb({
    socketDir: embedded.socketDir,
    password: embedded.password,
    poolSize,
    prepare,
    name,
  });
  return { db, stop: () => embedded.stop() };
}
