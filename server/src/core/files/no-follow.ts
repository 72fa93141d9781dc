import { constants } from 'node:fs';
import { type FileHandle, open, opendir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../errors.ts';

/**
 * Opens files that strangers made (results of jobs, ingest folders) without ever leaving the folder: each
 * component is opened with O_NOFOLLOW relative to the one before, which stays open (/proc/self/fd/<n>/name on
 * Linux), so a folder that is replaced by a symbolic link meanwhile gains nothing. O_NONBLOCK keeps a FIFO from
 * blocking us; only regular files are given back.
 */

export interface FoundFile {
  /** Relative to the folder, with `/` between the parts. */
  path: string;
  sizeBytes: number;
  modifiedAt: Date;
}

export interface ListBeneathOptions {
  /** `*` and `?` stay inside one name, `**` goes over folders; without any all files. */
  globs?: readonly string[];
  /** More are an error: AppError too-large `files.too-many`. */
  maxFiles: number;
}

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const trustedFlags = constants.O_RDONLY | constants.O_DIRECTORY;
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Folders inside folders; deeper ones are not looked into. */
const maxDepth = 32;

/**
 * Opens a regular file below `folder` (which is trusted and may itself be reached through links) for reading.
 * The caller closes it. Throws AppError invalid `files.path-outside` (absolute, `..`, empty), forbidden
 * `files.path-not-regular` (link, FIFO, device, socket, folder) or missing `files.path-missing`.
 */
export async function openBeneath(folder: string, relativePath: string): Promise<FileHandle> {
  const names = namesOf(relativePath);
  const last = names.pop() as string;
  const descend = (held: HeldFolder, [next, ...rest]: readonly string[]): Promise<FileHandle> =>
    next === undefined
      ? openRegular(held, last, relativePath)
      : holding(beneath(held, next), folderFlags, relativePath, (inner) => descend(inner, rest));
  if (names.length > maxDepth) throw pathOutside(relativePath);
  return holding(folder, trustedFlags, relativePath, (held) => descend(held, names));
}

/**
 * Lists regular files below `folder` in the order of their paths; links, FIFOs and devices are left out. However much
 * a job left there, at most ten times `maxFiles` entries (and at least 10,000) are looked at.
 */
export async function listBeneath(
  folder: string,
  { globs, maxFiles }: ListBeneathOptions,
): Promise<FoundFile[]> {
  const isWanted = matcherOf(globs);
  const found: FoundFile[] = [];
  let entriesLeft = Math.max(10 * maxFiles, 10_000);
  const walk = async (held: HeldFolder, names: readonly string[]): Promise<void> => {
    for await (const entry of await opendir(beneath(held, '.'))) {
      if (entriesLeft-- === 0) throw tooMany(maxFiles);
      const relative = [...names, entry.name].join('/');
      if (entry.isDirectory() && names.length < maxDepth) {
        await holding(beneath(held, entry.name), folderFlags, relative, (next) =>
          walk(next, [...names, entry.name]),
        ).catch(ignoreVanished);
      }
      if (!entry.isFile() || !isWanted(relative)) continue;
      if (found.length === maxFiles) throw tooMany(maxFiles);
      // Opened for its size: what was listed may have been replaced since.
      const handle = await openRegular(held, entry.name, relative).catch(ignoreVanished);
      if (handle === undefined) continue;
      const { size, mtime } = await handle.stat().finally(() => handle.close());
      found.push({ path: relative, sizeBytes: size, modifiedAt: mtime });
    }
  };
  await holding(folder, trustedFlags, '.', (held) => walk(held, []));
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function openRegular(held: HeldFolder, name: string, wanted: string): Promise<FileHandle> {
  const handle = await open(beneath(held, name), fileFlags).catch(explain(wanted));
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notRegular(wanted);
}

/** A folder that is held open, and the name it had. */
interface HeldFolder {
  handle: FileHandle;
  name: string;
}

/** Opens a folder for as long as `work` takes. */
async function holding<T>(
  name: string,
  flags: number,
  wanted: string,
  work: (held: HeldFolder) => Promise<T>,
): Promise<T> {
  const handle = await open(name, flags).catch(explain(wanted));
  try {
    return await work({ handle, name });
  } finally {
    await handle.close();
  }
}

/**
 * A name inside an open folder, wherever that folder is by now. Systems without /proc/self/fd go by name:
 * links are still refused there, but a folder swapped for one at that very moment is not noticed.
 */
function beneath(held: HeldFolder, name: string): string {
  return process.platform === 'linux'
    ? `/proc/self/fd/${held.handle.fd}/${name}`
    : path.join(held.name, name);
}

function namesOf(relativePath: string): string[] {
  const names = relativePath.split('/').filter((name) => name !== '' && name !== '.');
  if (
    path.isAbsolute(relativePath) ||
    names.length === 0 ||
    names.includes('..') ||
    /[\0]/.test(relativePath)
  ) {
    throw pathOutside(relativePath);
  }
  return names;
}

function matcherOf(globs: readonly string[] | undefined): (relative: string) => boolean {
  if (globs === undefined) return () => true;
  return (relative) => globs.some((glob) => path.posix.matchesGlob(relative, glob));
}

/** ELOOP and ENOTDIR: a link where none may be. ENXIO: a socket, or a device without a driver. */
function explain(wanted: string): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENAMETOOLONG') {
      throw new AppError('missing', 'files.path-missing', 'There is no such file.', {
        next: 'Check the name.',
        details: { path: wanted },
        cause: error,
      });
    }
    if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'ENXIO' || code === 'ENODEV')
      throw notRegular(wanted, error);
    throw error;
  };
}

function ignoreVanished(error: unknown): undefined {
  if (error instanceof AppError && (error.kind === 'missing' || error.kind === 'forbidden')) return undefined;
  throw error;
}

function pathOutside(wanted: string): AppError {
  return new AppError('invalid', 'files.path-outside', 'The path must name a file inside the folder.', {
    next: 'Give a relative path without "..".',
    details: { path: wanted.slice(0, 200) },
  });
}

function notRegular(wanted: string, cause?: unknown): AppError {
  return new AppError(
    'forbidden',
    'files.path-not-regular',
    'The path is not a plain file, or passes a symbolic link.',
    {
      next: 'Leave the file itself there instead of a link.',
      details: { path: wanted },
      cause,
    },
  );
}

function tooMany(maxFiles: number): AppError {
  return new AppError('too-large', 'files.too-many', `There are more than ${maxFiles} files.`, {
    next: 'Pack them into an archive, or name the ones that matter.',
    details: { maxFiles },
  });
}
