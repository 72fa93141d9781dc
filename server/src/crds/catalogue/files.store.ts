import type { Sql } from '../../core/db/index.ts';
import type { CatalogueFile, FileKind, FileState } from './file.ts';
import { fileGlobCondition } from './name-condition.ts';

export { type AddedFiles, addFiles } from './add-files.ts';
export { type Closure, closureOf, contextsUsing, mappingsUnder } from './closure.store.ts';

/** Every column that `CatalogueFile` has. */
export const fileColumns = (sql: Sql) => sql`
  f.observatory, f.name, f.kind, f.instrument, f.filekind, f.serial, f.state, f.state_since, f.rejected,
  f.blacklisted, f.bad_reason, f.fault, f.size_bytes, f.sha1, f.sha256, f.place, f.linked_path, f.uploaded_as, f.derived_from,
  f.replaced_by, f.reference_file_type, f.change_level, f.creator, f.deliverer, f.deliverer_email, f.description,
  f.comment, f.aperture, f.pedigree, f.history, f.useafter_at, f.delivered_at, f.activated_at, f.added_at`;

/** One file, also one that is not confirmed yet; null when it is unknown. */
export async function fileOf(sql: Sql, observatory: string, name: string): Promise<CatalogueFile | null> {
  const [file] = await filesOf(sql, observatory, [name]);
  return file ?? null;
}

/** Files by their names, in no order; unknown names are left out. */
export async function filesOf(
  sql: Sql,
  observatory: string,
  names: readonly string[],
): Promise<CatalogueFile[]> {
  return await sql<CatalogueFile[]>`
    select ${fileColumns(sql)} from crds.file f
    where f.observatory = ${observatory} and f.name = any(${names as string[]}::text[])`;
}

/** What is asked of a list of files; an absent condition is met by all. */
export interface FileFilter {
  kind?: FileKind;
  /** `pmap`, `imap`, `rmap`, `fits`, …: the end of the name after its last dot. */
  extension?: string;
  states?: readonly FileState[];
  /** As a shell matches names: `*`, `?`, `[…]`, `[!…]`. Without any of them the whole name. */
  glob?: string;
}

/** Names alone, sorted by code points. */
export async function listNames(sql: Sql, observatory: string, filter: FileFilter): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select f.name from crds.file f where ${conditions(sql, observatory, filter)} order by f.name`;
  return rows.map(({ name }) => name);
}

export async function countFiles(sql: Sql, observatory: string, filter: FileFilter): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from crds.file f where ${conditions(sql, observatory, filter)}`;
  return row?.count ?? 0;
}

/** Files of submissions that nobody has confirmed are in no list. */
function conditions(sql: Sql, observatory: string, { kind, extension, states, glob }: FileFilter) {
  const all = [
    sql`f.observatory = ${observatory} and f.state <> 'uploaded'`,
    kind && sql`f.kind = ${kind}`,
    extension && sql`right(f.name, ${extension.length + 1}) = ${`.${extension}`}`,
    states && sql`f.state = any(${states as string[]}::text[])`,
    glob === undefined ? undefined : fileGlobCondition(sql, glob),
  ];
  return all.filter((one) => one !== undefined && one !== '').reduce((sum, one) => sql`${sum} and ${one}`);
}
