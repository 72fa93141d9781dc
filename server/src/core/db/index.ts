export { asBusy, connect, isConnectionLoss, type Pool, type Sql, type Tx } from './connect.ts';
export { createDb, type Db } from './db.ts';
export { type EmbeddedServer, startEmbedded } from './embedded/server.ts';
export { type Migration, migrate, readMigrations } from './migrate.ts';
