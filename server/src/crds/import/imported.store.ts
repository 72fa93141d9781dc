import type { Sql, Tx } from '../../core/db/index.ts';
import type { FoundFile } from './walk.ts';

/** How references are taken: `link` leaves them where they are, `copy` keeps the bytes here, `none` passes them over. */
export type ReferenceMode = 'link' | 'copy' | 'none';

/** Begins an import of a folder, or goes on with one. The folder is absolute, without links. */
export async function beginImport(
  sql: Sql,
  observatory: string,
  folder: string,
  references: ReferenceMode,
): Promise<void> {
  await sql`
    insert into crds.import_folder (observatory, folder, reference_mode)
    values (${observatory}, ${folder}, ${references})
    on conflict (observatory, folder) do update
    set started_at = clock_timestamp(), finished_at = null,
      reference_mode = case when excluded.reference_mode = 'none' then crds.import_folder.reference_mode
        else excluded.reference_mode end`;
}

export async function endImport(
  sql: Sql,
  observatory: string,
  folder: string,
  report: unknown,
): Promise<void> {
  await sql`
    update crds.import_folder set finished_at = clock_timestamp(), report = ${JSON.stringify(report)}::text::jsonb
    where observatory = ${observatory} and folder = ${folder}`;
}

/**
 * Of these files the paths that need no reading: size and time are those of an earlier import, the catalogue still has
 * what was read then, as near as it is wanted now, and no check since has found it damaged.
 */
export async function unchangedPaths(
  sql: Sql,
  observatory: string,
  folder: string,
  files: readonly FoundFile[],
  places: readonly string[],
): Promise<Set<string>> {
  // One look by key for each path, whatever the planner believes of tables that an import has only begun to fill.
  const rows = await sql<{ path: string }[]>`
    select found.path
    from unnest(${files.map((file) => file.path)}::text[], ${files.map((file) => file.sizeBytes)}::bigint[],
      ${files.map((file) => file.modifiedUs)}::bigint[]) found(path, size_bytes, modified_us)
    cross join lateral (
      select i.name, i.sha1 from crds.imported_file i
      where i.observatory = ${observatory} and i.folder = ${folder} and i.path = found.path
        and i.size_bytes = found.size_bytes and i.modified_us = found.modified_us limit 1) i
    cross join lateral (
      select from crds.file f where f.observatory = ${observatory} and f.name = i.name and f.sha1 = i.sha1
        and f.place = any(${places as string[]}::text[]) limit 1) f
    where not exists (
      select from crds.file_proof p where p.observatory = ${observatory} and p.name = i.name and p.result <> 'sound')`;
  return new Set(rows.map(({ path }) => path));
}

/** Remembers what was read, in the transaction that took it. */
export async function rememberFiles(
  tx: Tx,
  observatory: string,
  folder: string,
  files: readonly (FoundFile & { sha1: string })[],
): Promise<void> {
  if (files.length === 0) return;
  await tx`
    insert into crds.imported_file (observatory, folder, path, name, size_bytes, modified_us, sha1)
    select ${observatory}, ${folder}, * from unnest(
      ${files.map((file) => file.path)}::text[], ${files.map((file) => file.name)}::text[],
      ${files.map((file) => file.sizeBytes)}::bigint[], ${files.map((file) => file.modifiedUs)}::bigint[],
      ${files.map((file) => file.sha1)}::text[])
    on conflict (observatory, folder, path) do update
    set name = excluded.name, size_bytes = excluded.size_bytes, modified_us = excluded.modified_us, sha1 = excluded.sha1`;
}
