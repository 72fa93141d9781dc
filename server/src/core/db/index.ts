export { asBusy, connect, isConnectionLoss, type Pool, type Sql, type Tx } from './connect.ts';
export { createDb, type Db } from './db.ts';
export { type EmbeddedServer, startEmbedded } from './embedded/server.ts';
export { type Migration, type MigrationSource, migrate, readMigrations } from './migrate.ts';
export { connectTo } from './open.ts';
export { daysAhead, dropOldPartitions, ensurePartitions, listMissingPartitions } from './partitions.ts';
