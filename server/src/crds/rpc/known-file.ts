import type { Sql } from '../../core/db/index.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { fileOf } from '../catalogue/files.store.ts';
import { isShown } from '../catalogue/shown.ts';
import { quoted, rpcRefused } from './refused.ts';

/** Throws what clients expect when the file is unknown or not confirmed. */
export async function knownFile(sql: Sql, observatory: string, name: string): Promise<CatalogueFile> {
  const file = await fileOf(sql, observatory, name);
  if (file === null || !isShown(file)) {
    throw rpcRefused(`File ${quoted(name)} is not known to the catalogue of ${observatory}.`);
  }
  return file;
}
