import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { Db, Sql } from '../db/index.ts';
import { liftLimits } from '../db/index.ts';
import { AppError } from '../errors.ts';
import { type BlobStore, pauseGarbage, resumeGarbage } from '../files/index.ts';
import type { BackupRule } from '../module.ts';
import { copyBlobsOut, sumBlobBytes } from './blobs-out.ts';
import { formatVersion, type Manifest, writeDurably, writeManifest } from './manifest.ts';
import { inLoadOrder } from './order.ts';
import { Progress, type ReportProgress } from './progress.ts';
import { tablesToCopy } from './rules.ts';
import { copyTableOut } from './table-copy.ts';
import { listSequences, listTables, type Table, writePlainText } from './tables.ts';

export interface BackupRequest {
  db: Db;
  store: BlobStore;
  /** Of every module whose tables may be there. */
  rules: readonly BackupRule[];
  /** Modules of this program, by name: their schemas are what is copied. */
  modules: readonly string[];
  programVersion: string;
  /** Where it goes; must not exist. Until it is complete it is `<folder>.partial`. */
  folder: string;
  /** False: bytes are never shared with the store, so that damage to one is no damage to the other. */
  hardLinks?: boolean;
  /** File with the key of secrets at rest, copied when given. */
  keyFile?: string;
  report?: ReportProgress;
}

/**
 * Makes a backup of one moment while everybody goes on working: rows of one snapshot, every file they refer to,
 * and a manifest. Killed anywhere it leaves `<folder>.partial` and nothing else.
 * Throws conflict `backup.folder-taken`, `backup.unfinished-there`, `backup.service-unknown`, `files.garbage-paused`.
 */
export async function makeBackup(request: BackupRequest): Promise<Manifest> {
  const folder = path.resolve(request.folder);
  const partial = `${folder}.partial`;
  refuseTaken(folder, partial);
  await mkdir(path.dirname(folder), { recursive: true });
  await mkdir(partial, { mode: 0o700 });
  await mkdir(path.join(partial, 'tables'), { mode: 0o700 });
  const manifest = await withSnapshot(request.db, (snapshot) => copySnapshot(snapshot, request, partial));
  await writeManifest(partial, manifest);
  await syncFolder(path.join(partial, 'tables'));
  await syncFolder(partial);
  await rename(partial, folder);
  await syncFolder(path.dirname(folder));
  return manifest;
}

function refuseTaken(folder: string, partial: string): void {
  if (existsSync(folder)) {
    throw new AppError('conflict', 'backup.folder-taken', `${folder} is there already.`, {
      next: 'Name a folder that does not exist: a backup never replaces another one.',
    });
  }
  if (existsSync(partial)) {
    throw new AppError('conflict', 'backup.unfinished-there', `${partial} is there already.`, {
      next: 'Another backup is being written, or one was interrupted: then remove this folder.',
    });
  }
}

/**
 * Runs `work` on one snapshot. Garbage collection is paused first and in the same session: whatever the snapshot
 * refers to stays, and when the session is lost both are.
 */
async function withSnapshot<T>(db: Db, work: (snapshot: Sql) => Promise<T>): Promise<T> {
  const session = await db.direct.reserve();
  const [self] = await session<{ pid: number }[]>`select pg_backend_pid() as pid`;
  try {
    await pauseGarbage(session);
    await session`begin isolation level repeatable read read only`;
    await liftLimits(session);
    await writePlainText(session);
    const result = await work(session);
    await session`commit`;
    await resumeGarbage(session);
    session.release();
    return result;
  } catch (error) {
    // The session may be in the middle of a copy that nobody reads any more; only its end frees it.
    await db.sql`select pg_terminate_backend(${self?.pid ?? 0})`.catch(() => {});
    // postgres.js forgets who waits to reserve a connection that is lost; a statement makes it connect again.
    await db.direct`select 1`.catch(() => {});
    throw error;
  }
}

async function copySnapshot(snapshot: Sql, request: BackupRequest, partial: string): Promise<Manifest> {
  const progress = new Progress(request.report ?? (() => {}));
  const migrations = await readApplied(snapshot, request.modules);
  const schemas = [...new Set(migrations.map(({ module }) => module))];
  const all = await listTables(snapshot, schemas);
  const chosen = inLoadOrder(tablesToCopy(all, request.rules));
  const blobBytes = await sumBlobBytes(snapshot);
  progress.expect(chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, blobBytes));
  const [at] = await snapshot<{ takenAt: string; version: string }[]>`
    select to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as taken_at,
      current_setting('server_version') as version`;
  const tables = await copyTables(snapshot, chosen, partial, progress);
  // Sequences know no snapshot. Read after the rows they are never behind them.
  const sequences = await listSequences(snapshot, schemas);
  progress.begin('files', blobBytes);
  const hardLinks = request.hardLinks ?? true;
  const blobs = await copyBlobsOut(snapshot, request.store, partial, { hardLinks, progress });
  const keys = request.keyFile === undefined ? {} : { keys: await copyKey(request.keyFile, partial) };
  progress.finish();
  return {
    formatVersion,
    programVersion: request.programVersion,
    postgresVersion: at?.version ?? '',
    takenAt: at?.takenAt ?? '',
    migrations: [...migrations],
    tables,
    skippedTables: all.filter((table) => !chosen.includes(table)).map(({ name }) => name),
    sequences: [...sequences],
    blobs,
    ...keys,
  };
}

async function copyTables(
  snapshot: Sql,
  tables: readonly Table[],
  partial: string,
  progress: Progress,
): Promise<Manifest['tables']> {
  const copied: Manifest['tables'] = [];
  for (const table of tables) {
    progress.begin(table.name, table.sizeBytes);
    copied.push(await copyTableOut(snapshot, table, partial, progress));
  }
  return copied;
}

/** What the database was made with; a schema of a service that this program does not have is refused. */
async function readApplied(sql: Sql, modules: readonly string[]): Promise<Manifest['migrations']> {
  const migrations = await sql<Manifest['migrations']>`
    select module, number, name, checksum from core.migration order by module, number`;
  const unknown = migrations.find(({ module }) => !modules.includes(module));
  if (unknown !== undefined) {
    throw new AppError(
      'conflict',
      'backup.service-unknown',
      `The database has a service "${unknown.module}" that this program does not have.`,
      { next: 'Make the backup with the release that this database belongs to.' },
    );
  }
  return migrations;
}

async function copyKey(keyFile: string, partial: string): Promise<NonNullable<Manifest['keys']>> {
  const key = await readFile(keyFile);
  await writeDurably(path.join(partial, 'secret.key'), key);
  return { file: 'secret.key', sha256: hash('sha256', key) };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
