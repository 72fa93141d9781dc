import type { Sql } from '../../core/db/index.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { fileColumns } from '../catalogue/files.store.ts';
import { shownStates } from '../catalogue/shown.ts';

/** What clients are told of a file before they ask for it. */
export interface KnownFile {
  name: string;
  kind: 'mapping' | 'reference';
  /** Null: nobody knows, so that it cannot be downloaded either. */
  sizeBytes: number | null;
  sha1: string | null;
  isBad: boolean;
}

/** Every file that is not part of an unconfirmed submission, by name. */
export function listKnownFiles(sql: Sql, observatory: string): Promise<KnownFile[]> {
  return sql<KnownFile[]>`
    select name, kind, size_bytes, sha1, rejected or blacklisted as is_bad
    from crds.file where observatory = ${observatory} and state = any(${shownStates as string[]}::text[])
    order by name`;
}

/** Whole records of the same files. */
export async function listAllFiles(sql: Sql, observatory: string): Promise<CatalogueFile[]> {
  return await sql<CatalogueFile[]>`
    select ${fileColumns(sql)} from crds.file f
    where f.observatory = ${observatory} and f.state = any(${shownStates as string[]}::text[]) order by f.name`;
}
