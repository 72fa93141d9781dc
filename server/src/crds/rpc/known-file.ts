import type { Sql } from '../../core/db/index.ts';
import type { CatalogueFile, FileState } from '../catalogue/file.ts';
import { fileOf } from '../catalogue/files.store.ts';
import { quoted, rpcRefused } from './refused.ts';

/** States of files that may be shown: those of a submission are nobody's business until it is confirmed. */
export const shownStates: readonly FileState[] = [
  'delivered',
  'archiving',
  'archiving-failed',
  'archived',
  'operational',
];

export function isShown({ state }: Pick<CatalogueFile, 'state'>): boolean {
  return shownStates.includes(state);
}

/** Throws what clients expect when the file is unknown or not confirmed. */
export async function knownFile(sql: Sql, observatory: string, name: string): Promise<CatalogueFile> {
  const file = await fileOf(sql, observatory, name);
  if (file === null || !isShown(file)) {
    throw rpcRefused(`File ${quoted(name)} is not known to the catalogue of ${observatory}.`);
  }
  return file;
}
