import { realpath } from 'node:fs/promises';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { layoutOf } from '../import/layout.ts';
import { type FoundFile, walkFolder } from '../import/walk.ts';
import { isReferenceName } from '../rules/names.ts';

/** A file that lies where ours lie and that the catalogue does not know. */
export interface Orphan {
  place: 'linked' | 'published';
  /** Absolute. */
  path: string;
  sizeBytes: number;
  modifiedAt: Date;
  foundAt: Date;
}

interface Folder {
  folder: string;
  place: Orphan['place'];
}

/**
 * Looks through linked folders and the published one for files that the catalogue does not know, once in so many hours.
 * Constant memory, however many files there are. Returns how many there are now, or null when it is not yet time.
 */
export async function lookForOrphans(
  core: Pick<Core, 'db'>,
  observatory: string,
  publishFolder: string,
  hours: number,
  signal?: AbortSignal,
): Promise<number | null> {
  const startedAt = await takeTurn(core.db.sql, observatory, hours);
  if (startedAt === null) return null;
  for (const { folder, place } of await foldersOf(core.db.sql, observatory, publishFolder)) {
    const root = await realpath(folder).catch(() => undefined);
    if (root === undefined) continue;
    const { roots } = await layoutOf(root, observatory);
    for (const start of roots) {
      for await (const batch of walkFolder(root, start, signal)) {
        const files = batch.flatMap((found) => ('file' in found ? [found.file] : []));
        await noteOrphans(core.db.sql, observatory, place, root, files);
      }
    }
  }
  // What was not seen again is gone, or known by now.
  await core.db.sql`delete from crds.orphan where observatory = ${observatory} and seen_at < ${startedAt}`;
  return await countOrphans(core.db.sql, observatory);
}

/** The time of the database, when it is time; another process that asks a moment later is told no. */
async function takeTurn(sql: Sql, observatory: string, hours: number): Promise<Date | null> {
  const [turn] = await sql<{ orphansLookedAt: Date }[]>`
    update crds.scrub_round set orphans_looked_at = clock_timestamp()
    where observatory = ${observatory}
      and (orphans_looked_at is null
        or orphans_looked_at + make_interval(secs => ${hours * 3600}) <= clock_timestamp())
    returning orphans_looked_at`;
  return turn?.orphansLookedAt ?? null;
}

async function foldersOf(sql: Sql, observatory: string, publishFolder: string): Promise<Folder[]> {
  const rows = await sql<{ folder: string }[]>`
    select folder from crds.import_folder where observatory = ${observatory} and reference_mode = 'link'
    order by folder`;
  const linked = rows.map(({ folder }): Folder => ({ folder, place: 'linked' }));
  return publishFolder === '' ? linked : [...linked, { folder: publishFolder, place: 'published' }];
}

async function noteOrphans(
  sql: Sql,
  observatory: string,
  place: Orphan['place'],
  root: string,
  files: readonly FoundFile[],
): Promise<void> {
  const named = files.filter(({ name }) => isReferenceName(name) || /\.[pir]map$/.test(name));
  if (named.length === 0) return;
  await sql`
    insert into crds.orphan as o (observatory, place, path, size_bytes, modified_at)
    select ${observatory}, ${place}, ${`${root}/`} || b.path, b.size_bytes,
      timestamptz 'epoch' + make_interval(secs => b.modified_us / 1e6)
    from unnest(${named.map(({ path }) => path)}::text[], ${named.map(({ name }) => name)}::text[],
      ${named.map(({ sizeBytes }) => sizeBytes)}::bigint[], ${named.map(({ modifiedUs }) => modifiedUs)}::bigint[])
      b(path, name, size_bytes, modified_us)
    where not exists (select from crds.file f where f.observatory = ${observatory} and f.name = b.name)
    order by b.path
    on conflict (observatory, place, path) do update
    set size_bytes = excluded.size_bytes, modified_at = excluded.modified_at, seen_at = clock_timestamp()`;
}

/** Files that an import has brought since the folders were looked through are orphans no more. */
const stillUnknown = (sql: Sql) => sql`
  not exists (
    select from crds.file f
    where f.observatory = o.observatory and f.name = substring(o.path from '[^/]*$') collate "C")`;

export async function countOrphans(sql: Sql, observatory: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from crds.orphan o where observatory = ${observatory} and ${stillUnknown(sql)}`;
  return row?.count ?? 0;
}

/** By path, those after `after` first. */
export async function listOrphans(
  sql: Sql,
  observatory: string,
  { after = '', limit }: { after?: string; limit: number },
): Promise<Orphan[]> {
  return await sql<Orphan[]>`
    select place, path, size_bytes, modified_at, found_at from crds.orphan o
    where observatory = ${observatory} and path > ${after} and ${stillUnknown(sql)} order by path limit ${limit}`;
}
