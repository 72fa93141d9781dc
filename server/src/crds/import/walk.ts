import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, opendir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../../core/errors.ts';
import { isFileName } from '../catalogue/file-name.ts';
import type { Problem } from './problem.ts';

/** A regular file as it was found; changed when size or time differ. */
export interface FoundFile {
  /** Relative to the folder, with `/` between the parts. */
  path: string;
  name: string;
  sizeBytes: number;
  /** Microseconds since 1970. */
  modifiedUs: number;
}

export type Found = { file: FoundFile } | { problem: Problem };

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** A cache has three; deeper ones are not looked into. */
const maxDepth = 12;
/** Entries whose sizes are asked for at once. */
const together = 64;

/**
 * Finds the files below `folder`/`start`, some at a time, without ever leaving the folder: links are not followed. One
 * that leads to something inside the folder is passed over in silence, since that is found by its own name (an HST
 * cache has jref → acs); one that leads elsewhere, FIFOs, devices and what cannot be read are problems. Hidden files
 * are passed over. Constant memory.
 */
export async function* walkFolder(
  folder: string,
  start: string,
  signal?: AbortSignal,
): AsyncGenerator<Found[]> {
  const root = await realpath(folder);
  const handle = await open(path.join(root, start), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const relative = start === '.' ? '' : start;
    yield* walkHeld({ root, handle, place: path.join(root, start), relative, depth: 0 }, signal);
  } finally {
    await handle.close();
  }
}

interface Held {
  root: string;
  handle: FileHandle;
  place: string;
  relative: string;
  depth: number;
}

async function* walkHeld(held: Held, signal?: AbortSignal): AsyncGenerator<Found[]> {
  const folders: string[] = [];
  let waiting: Dirent[] = [];
  const look = async () => {
    const entries = waiting;
    waiting = [];
    return (await Promise.all(entries.map((entry) => lookAt(held, entry, folders)))).filter(
      (found) => found !== undefined,
    );
  };
  for await (const entry of await opendir(beneath(held, '.'), { bufferSize: 256 })) {
    signal?.throwIfAborted();
    if (entry.name.startsWith('.')) continue;
    waiting.push(entry);
    if (waiting.length === together) yield await look();
  }
  if (waiting.length > 0) yield await look();
  for (const name of folders.sort()) yield* walkInner(held, name, signal);
}

async function* walkInner(held: Held, name: string, signal?: AbortSignal): AsyncGenerator<Found[]> {
  const relative = joined(held, name);
  if (held.depth === maxDepth) {
    yield [refused(relative, `the folder lies more than ${maxDepth} folders deep and was not looked into`)];
    return;
  }
  let handle: FileHandle;
  try {
    handle = await open(beneath(held, name), folderFlags);
  } catch (error) {
    yield [refused(relative, `the folder cannot be read: ${reason(error)}`)];
    return;
  }
  try {
    const inner = {
      root: held.root,
      handle,
      place: path.join(held.place, name),
      relative,
      depth: held.depth + 1,
    };
    yield* walkHeld(inner, signal);
  } finally {
    await handle.close();
  }
}

async function lookAt(held: Held, entry: Dirent, folders: string[]): Promise<Found | undefined> {
  const relative = joined(held, entry.name);
  try {
    const found = await lstat(beneath(held, entry.name), { bigint: true });
    if (found.isSymbolicLink()) return await lookAtLink(held, entry.name);
    if (!isFileName(entry.name)) return refused(relative, 'no file of a catalogue may have this name');
    if (found.isDirectory()) {
      folders.push(entry.name);
      return undefined;
    }
    if (!found.isFile()) return refused(relative, 'is no regular file');
    const modifiedUs = Number(found.mtimeNs / 1000n);
    return { file: { path: relative, name: entry.name, sizeBytes: Number(found.size), modifiedUs } };
  } catch (error) {
    return refused(relative, `cannot be read: ${reason(error)}`);
  }
}

async function lookAtLink(held: Held, name: string): Promise<Found | undefined> {
  const relative = joined(held, name);
  const target = await realpath(path.join(held.place, name)).catch(() => undefined);
  if (target === undefined) return refused(relative, 'is a symbolic link that leads nowhere');
  if (target === held.root || target.startsWith(held.root + path.sep)) return undefined;
  return refused(relative, 'is a symbolic link out of the folder, and was not followed');
}

/** A name inside an open folder, wherever that is by now; see `openBeneath` of the file store. */
function beneath(held: Held, name: string): string {
  return process.platform === 'linux'
    ? `/proc/self/fd/${held.handle.fd}/${name}`
    : path.join(held.place, name);
}

function joined(held: Held, name: string): string {
  return held.relative === '' ? name : `${held.relative}/${name}`;
}

function refused(relative: string, message: string): Found {
  return { problem: { severity: 'refused', path: relative, message } };
}

/** What the system says, without the place in /proc through which it was asked. */
export function reason(error: unknown): string {
  if (error instanceof AppError) return error.message;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return code ?? messageOf(error);
}
