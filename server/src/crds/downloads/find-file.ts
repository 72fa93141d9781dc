import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { isFileName } from '../catalogue/file-name.ts';
import { fileOf } from '../catalogue/files.store.ts';
import { isShown } from '../catalogue/shown.ts';
import { fileUnknown } from '../errors.ts';

/** A file that may be downloaded. Throws `crds.file-unknown`, also for one that is not confirmed. */
export async function findFile(core: Core, observatory: string, name: string): Promise<CatalogueFile> {
  const file = isFileName(name) ? await fileOf(core.db.sql, observatory, name) : null;
  if (file === null || !isShown(file)) throw fileUnknown(observatory, name);
  return file;
}

/** Refuses what nobody should use: for the download that checks first. */
export function assertGood(file: CatalogueFile): void {
  if (!file.rejected && !file.blacklisted) return;
  const why = file.rejected ? 'is marked bad' : 'uses a mapping that is marked bad';
  throw new AppError('conflict', 'crds.file-bad', `${file.name} ${why}. ${file.badReason}`.trim(), {
    next: 'The same file below unchecked_get is given all the same.',
  });
}
