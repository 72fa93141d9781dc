import type { CatalogueFile } from '../catalogue/file.ts';

/** Caches of clients have one folder of references for each instrument (crds 13.2.7, `ref_cache_subdir_mode`). */
export const cacheMode = 'instrument';

/** Folder of a reference in a cache, with its slash; without one when its instrument is not known. */
export function referenceFolder({ instrument }: Pick<CatalogueFile, 'instrument'>): string {
  return instrument === null ? '' : `${instrument}/`;
}
