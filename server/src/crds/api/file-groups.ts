import type { Core } from '../../core/core.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { perCore } from '../per-core.ts';
import { facetsOf, sharedPart } from './file-filter.ts';
import { type FileGroup, type FileListFilter, groupFiles } from './file-list.store.ts';

interface Kept {
  version: number;
  groups: Promise<FileGroup[]>;
}

const kept = perCore(() => new Map<string, Kept>());

/**
 * Files counted by what they are. Without conditions on names and times they are counted once for each state of the
 * catalogue, which takes a look at every file.
 */
export function keptGroups(
  core: Core,
  { observatory, version }: Pick<Observatory, 'observatory' | 'version'>,
  filter: FileListFilter,
): Promise<FileGroup[]> {
  if (Object.keys(filter).some((name) => name !== 'unconfirmed')) {
    return groupFiles(core.db.sql, observatory, filter);
  }
  const key = `${observatory} ${filter.unconfirmed}`;
  const known = kept(core).get(key);
  if (known?.version === version) return known.groups;
  const groups = groupFiles(core.db.sql, observatory, filter);
  kept(core).set(key, { version, groups });
  groups.catch(() => kept(core).delete(key));
  return groups;
}

/** How many files meet the filter. */
export async function countAbout(
  core: Core,
  observatory: Pick<Observatory, 'observatory' | 'version'>,
  filter: FileListFilter,
): Promise<number> {
  return facetsOf(await keptGroups(core, observatory, sharedPart(filter)), filter).total;
}
