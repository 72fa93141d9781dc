import { lstat } from 'node:fs/promises';
import path from 'node:path';

/** Where in a folder what is to be looked for; paths relative to it. */
export interface Layout {
  kind: 'cache' | 'plain';
  /** Folders that are walked, each with all below it. */
  roots: string[];
  /** Folder of `server_config` and `bad_files.txt`. */
  config: string | null;
}

/**
 * Tells a cache of the crds client (13.2.7: `mappings/<observatory>`, `references/<observatory>`,
 * `config/<observatory>`; without the observatory where CRDS_PATH_SINGLE was used) from a plain folder of files. In a
 * cache of several observatories the others are left alone.
 */
export async function layoutOf(folder: string, observatory: string): Promise<Layout> {
  const roots: string[] = [];
  for (const part of ['mappings', 'references']) {
    const own = path.join(part, observatory);
    if (await isFolder(path.join(folder, own))) roots.push(own);
    else if (await isFolder(path.join(folder, part))) roots.push(part);
  }
  if (roots.length === 0) return { kind: 'plain', roots: ['.'], config: '.' };
  const own = path.join('config', observatory);
  return { kind: 'cache', roots, config: (await isFolder(path.join(folder, own))) ? own : 'config' };
}

async function isFolder(place: string): Promise<boolean> {
  const found = await lstat(place).catch(() => undefined);
  if (found?.isSymbolicLink() === true) return false;
  return found?.isDirectory() === true;
}
