import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import type { Pool, Tx } from './connect.ts';
import { liftLimits, storeRoleSettings } from './role-settings.ts';

export interface Migration {
  /** The module whose PostgreSQL schema it changes. */
  module: string;
  number: number;
  name: string;
  /** SHA-256 of the file: a released migration is never edited. */
  checksum: string;
  sql: string;
}

export interface MigrationSource {
  module: string;
  folder: URL;
}

/** One lock for all processes that start together; the number is arbitrary and only has to stay the same. */
const migrationLock = 4_720_115;

/** Reads a folder of `0001-name.sql` files, in order, and refuses gaps and files without a compatibility line. */
export async function readMigrations(source: MigrationSource): Promise<Migration[]> {
  const names = (await readdir(source.folder)).filter((name) => name.endsWith('.sql')).sort();
  const migrations: Migration[] = [];
  for (const [index, file] of names.entries()) {
    const match = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file);
    const sql = await readFile(new URL(file, source.folder), 'utf8');
    if (match === null || Number(match[1]) !== index + 1) {
      throw new Error(`${source.module}: migration ${file} is not number ${index + 1}`);
    }
    if (!/^-- (compatible|breaking)/.test(sql)) {
      throw new Error(`${source.module}: migration ${file} must begin with "-- compatible" or "-- breaking"`);
    }
    migrations.push({
      module: source.module,
      number: index + 1,
      name: match[2] as string,
      checksum: createHash('sha256').update(sql).digest('hex'),
      sql,
    });
  }
  return migrations;
}

/** The migrations of several modules, in the order in which they are applied. */
export async function readAllMigrations(sources: readonly MigrationSource[]): Promise<Migration[]> {
  return (await Promise.all(sources.map(readMigrations))).flat();
}

/**
 * Brings the database up to date: each migration in its own transaction, all processes one after the other.
 * Returns the migrations that were applied now.
 */
export async function migrate(sql: Pool, sources: readonly MigrationSource[]): Promise<Migration[]> {
  const wanted = await readAllMigrations(sources);
  const applied: Migration[] = [];
  await sql`create schema if not exists core`.catch(ignoreConcurrentCreate);
  await sql.unsafe(migrationTable).catch(ignoreConcurrentCreate);
  for (const migration of wanted) {
    const isNew = await sql.begin((tx) => applyMigration(tx, migration));
    if (isNew) applied.push(migration);
  }
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${migrationLock})`;
    await storeRoleSettings(tx);
  });
  await refuseNewerDatabase(sql, sources, wanted);
  return applied;
}

/** Where each applied migration is noted; made before the first one. */
export const migrationTable = `create table if not exists core.migration (
  module text not null, number int not null, name text not null, checksum text not null,
  applied_at timestamptz(3) not null default clock_timestamp(), primary key (module, number))`;

/** Applies one migration within `tx` and notes it; false when the database has it already. */
export async function applyMigration(tx: Tx, migration: Migration): Promise<boolean> {
  await tx`select pg_advisory_xact_lock(${migrationLock})`;
  await liftLimits(tx);
  return applyOne(tx, migration);
}

async function applyOne(tx: Tx, migration: Migration): Promise<boolean> {
  const [known] = await tx<{ checksum: string }[]>`
    select checksum from core.migration where module = ${migration.module} and number = ${migration.number}`;
  if (known !== undefined) {
    if (known.checksum === migration.checksum) return false;
    throw new AppError(
      'conflict',
      'db.migration-edited',
      `Migration ${migration.module}/${migration.number} (${migration.name}) differs from the one this database was made with.`,
      { next: 'Run the release that made this database, or restore its migration file.' },
    );
  }
  await tx.unsafe(migration.sql);
  await tx`insert into core.migration ${tx({
    module: migration.module,
    number: migration.number,
    name: migration.name,
    checksum: migration.checksum,
  })}`;
  return true;
}

async function refuseNewerDatabase(
  sql: Pool,
  sources: readonly MigrationSource[],
  wanted: readonly Migration[],
): Promise<void> {
  const newest = await sql<{ module: string; number: number }[]>`
    select module, max(number) as number from core.migration group by module`;
  for (const { module, number } of newest) {
    if (!sources.some((source) => source.module === module)) continue;
    const mine = wanted.filter((migration) => migration.module === module).length;
    if (number > mine) {
      throw new AppError(
        'conflict',
        'db.schema-newer',
        `The database's schema "${module}" is at migration ${number}; this program knows ${mine}.`,
        { next: 'Start the newer release, or restore a backup made by this one.' },
      );
    }
  }
}

/** `create … if not exists` by two processes at once can fail with a unique violation: the other one made it. */
function ignoreConcurrentCreate(error: { code?: string }): void {
  if (error.code !== '23505' && error.code !== '42P06' && error.code !== '42P07') throw error;
}
