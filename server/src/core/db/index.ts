export { asBusy, connect, isConnectionLoss, type Pool, type Sql, type Tx } from './connect.ts';
export { createDb, type Db } from './db.ts';
export { type EmbeddedServer, startEmbedded } from './embedded/server.ts';
export {
  applyMigration,
  type Migration,
  type MigrationSource,
  migrate,
  migrationTable,
  readAllMigrations,
  readMigrations,
} from './migrate.ts';
export { connectTo } from './open.ts';
export { outlastLoss } from './outlast.ts';
export { daysAhead, dropOldPartitions, ensurePartitions, listMissingPartitions } from './partitions.ts';
export { ensureRangePartitions, type RangeRule } from './range-partitions.ts';
export { liftLimits, roleSettings, storeRoleSettings } from './role-settings.ts';
