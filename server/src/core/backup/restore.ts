import path from 'node:path';
import {
  applyMigration,
  type Db,
  liftLimits,
  type Migration,
  type MigrationSource,
  migrate,
  migrationTable,
  readAllMigrations,
  type Sql,
  type Tx,
} from '../db/index.ts';
import { AppError } from '../errors.ts';
import type { BlobStore } from '../files/index.ts';
import { copyBlobsIn } from './blobs-in.ts';
import type { Manifest } from './manifest.ts';
import { Progress, type ReportProgress } from './progress.ts';
import { copyTableIn, digestTable } from './table-copy.ts';
import { listTables, listTriggered, quoted, writePlainText } from './tables.ts';
import { verifyBackup } from './verify.ts';

export interface RestoreRequest {
  db: Db;
  store: BlobStore;
  /** Migrations of this program, the core's first. */
  sources: readonly MigrationSource[];
  folder: string;
  report?: ReportProgress;
}

/**
 * Fills an empty database and the file store from a backup. The backup is read to its end and checked first.
 * Schema, rows and files come in one transaction at the level of the backup, rows are read back and compared;
 * then newer migrations follow. Killed or failed, the database is as empty as before.
 * Throws what `verifyBackup` throws; conflict `backup.database-not-empty`, `backup.program-older`,
 * `backup.migration-differs`, `backup.service-unknown`; internal `backup.rows-differ`.
 */
export async function restoreBackup(request: RestoreRequest): Promise<Manifest> {
  const { db, store, sources, report } = request;
  const folder = path.resolve(request.folder);
  await refuseUsed(db.direct, sources);
  const manifest = await verifyBackup(folder, report);
  const level = chooseLevel(manifest, await readAllMigrations(sources));
  await store.start();
  await db.direct.begin(async (tx) => {
    await tx`create schema if not exists core`;
    await tx.unsafe(migrationTable);
    for (const migration of level) await applyMigration(tx, migration);
    await refuseUnlike(tx, manifest, sources);
    await liftLimits(tx);
    await writePlainText(tx);
    await loadEverything(tx, { manifest, folder, store, report: report ?? (() => {}) });
  });
  const schemas = schemasOf(manifest);
  await migrate(
    db.direct,
    sources.filter(({ module }) => schemas.includes(module)),
  );
  return manifest;
}

/** Only what nobody has used: not one table in the schemas of our modules. */
async function refuseUsed(sql: Sql, sources: readonly MigrationSource[]): Promise<void> {
  const schemas = sources.map(({ module }) => module);
  const [used] = await sql<{ name: string }[]>`
    select table_schema || '.' || table_name as name from information_schema.tables
    where table_schema = any(${schemas}::text[]) limit 1`;
  if (used === undefined) return;
  throw new AppError(
    'conflict',
    'backup.database-not-empty',
    `The database is not empty: there is a table ${used.name}.`,
    {
      next: 'Restore into a new data folder (--data), or make a new database and name it in ORRERY_DATABASE_URL.',
    },
  );
}

/** The migrations the backup was made at, as this program has them. */
function chooseLevel(manifest: Manifest, known: readonly Migration[]): Migration[] {
  for (const made of manifest.migrations) {
    const same = known.find(({ module, number }) => module === made.module && number === made.number);
    if (same?.checksum === made.checksum) continue;
    const name = `${made.module}/${made.number} (${made.name})`;
    if (same !== undefined) {
      throw new AppError(
        'conflict',
        'backup.migration-differs',
        `Migration ${name} of this program differs from the one the backup was made with.`,
        { next: `Restore with release ${manifest.programVersion} or a later one.` },
      );
    }
    const isService = known.some(({ module }) => module === made.module);
    throw isService
      ? new AppError('conflict', 'backup.program-older', `This program does not know migration ${name}.`, {
          next: `Restore with release ${manifest.programVersion} or a later one.`,
        })
      : new AppError('conflict', 'backup.service-unknown', `This program has no service "${made.module}".`, {
          next: 'Restore with a program that has it.',
        });
  }
  const made = new Set(manifest.migrations.map(({ module, number }) => `${module}/${number}`));
  return known.filter(({ module, number }) => made.has(`${module}/${number}`));
}

/** A manifest cannot name a table or column that the migrations did not make. */
async function refuseUnlike(tx: Tx, manifest: Manifest, sources: readonly MigrationSource[]): Promise<void> {
  const tables = await listTables(
    tx,
    sources.map(({ module }) => module),
  );
  for (const { name, columns } of manifest.tables) {
    const found = tables.find((table) => table.name === name);
    if (found?.columns.join() === columns.join()) continue;
    throw new AppError('conflict', 'backup.table-differs', `The table ${name} is not as the backup has it.`, {
      next: 'The schema was changed by other means than migrations; ask whoever did it.',
    });
  }
}

interface Loading {
  manifest: Manifest;
  folder: string;
  store: BlobStore;
  report: ReportProgress;
}

async function loadEverything(tx: Tx, { manifest, folder, store, report }: Loading): Promise<void> {
  const progress = new Progress(report);
  const { tables, blobs } = manifest;
  progress.expect(tables.reduce((sum, { bytes }) => sum + 2 * bytes, blobs.bytes));
  await makePartitions(tx, manifest);
  // Migrations may have put first rows in.
  const all = await listTables(tx, schemasOf(manifest));
  await tx.unsafe(`truncate ${all.map(({ name }) => quoted(name)).join(', ')}`);
  await withoutTriggers(tx, manifest, async () => {
    for (const table of tables) {
      progress.begin(table.name, table.bytes);
      await copyTableIn(tx, table, folder, progress);
    }
  });
  for (const table of tables) {
    progress.begin(`compare ${table.name}`, table.bytes);
    const found = await digestTable(tx, table, progress);
    if (found.rows !== table.rows || found.rowDigest !== table.rowDigest) throw rowsDiffer(table, found.rows);
  }
  for (const { name, value } of manifest.sequences) {
    await tx`select setval(${quoted(name)}::text::regclass, ${value}::bigint, true)`;
  }
  progress.begin('files', blobs.bytes);
  await copyBlobsIn(tx, store, folder, { blobs, progress });
  progress.finish();
}

/** Old days and numbers get the partitions they had, so that they can be dropped one day. */
async function makePartitions(tx: Tx, manifest: Manifest): Promise<void> {
  for (const table of manifest.tables) {
    for (const { name, bounds } of table.partitions) {
      await tx.unsafe(
        `create table if not exists ${quoted(name)} partition of ${quoted(table.name)} ${bounds}`,
      );
    }
  }
}

/** Triggers of our own would repeat what they did when the row was first written. Foreign keys stay in force. */
async function withoutTriggers(tx: Tx, manifest: Manifest, load: () => Promise<void>): Promise<void> {
  const tables = await listTriggered(tx, schemasOf(manifest));
  for (const name of tables) await tx.unsafe(`alter table ${quoted(name)} disable trigger user`);
  await load();
  for (const name of tables) await tx.unsafe(`alter table ${quoted(name)} enable trigger user`);
}

function schemasOf(manifest: Manifest): string[] {
  return [...new Set(manifest.migrations.map(({ module }) => module))];
}

function rowsDiffer(table: Manifest['tables'][number], rows: number): AppError {
  return new AppError(
    'internal',
    'backup.rows-differ',
    `The table ${table.name} holds other rows than the backup (${rows} instead of ${table.rows}).`,
    { next: 'Nothing was changed. Please report this with the versions of both PostgreSQL servers.' },
  );
}
