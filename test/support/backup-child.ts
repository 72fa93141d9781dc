import { makeBackup } from '../../server/src/core/backup/index.ts';
import { createDb, type Db } from '../../server/src/core/db/index.ts';
import { installation, thisProgram } from './installation.ts';

/** A backup in a process of its own, to be killed: `node backup-child.ts <connection as JSON> <store> <folder>`. */
const [connection, storeFolder, folder] = process.argv.slice(2) as [string, string, string];
const where = JSON.parse(connection) as {
  url?: string;
  socketDir?: string;
  password?: string;
  database?: string;
};
const db: Db = createDb({ ...where, prepare: true, poolSize: 2, name: 'backup child' });
const { store } = await installation(db, storeFolder);
await makeBackup({ db, store, ...thisProgram, folder });
await db.close();
