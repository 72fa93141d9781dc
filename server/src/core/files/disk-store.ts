import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, opendir, readdir, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../errors.ts';
import { unguessableId } from '../ids.ts';
import type { BlobStore, BlobWriter, ByteRange, LinkKind, Realm } from './blob-store.ts';
import { copyNew, pathTaken, syncFolder } from './copy.ts';
import {
  asDiskLow,
  type DiskSpace,
  defaultFreeSpace,
  demandFreeSpace,
  type FreeSpaceRule,
  measureDisk,
} from './disk-space.ts';
import { unfinishedName, writerIsGone } from './process-mark.ts';

export interface DiskStoreOptions {
  /** Folder of the store; made when it is not there. */
  folder: string;
  freeSpace?: FreeSpaceRule;
  measure?: DiskSpace;
}

const realms: readonly Realm[] = ['shared', 'sample'];
/** The disk is asked for its free space at the first byte and again after each of these. */
const spaceCheckBytes = 256 * 1024 ** 2;
/** Unfinished files of other machines (a shared file system) count as left behind after a day without a write. */
const foreignAgeMs = 24 * 3600 * 1000;

/** Keeps blobs as files `<realm>/<2 digits>/<sha256>.<random>`; samples 0400, all others 0444. */
export function createDiskStore(options: DiskStoreOptions): BlobStore {
  const root = path.resolve(options.folder);
  const unfinished = path.join(root, 'unfinished');
  const demand = () =>
    demandFreeSpace(root, options.freeSpace ?? defaultFreeSpace, options.measure ?? measureDisk);
  const place = (key: string) => placeOf(root, key);
  return {
    kind: 'disk',
    start: () => makeFolders(root, unfinished),
    begin: (realm) => beginFile({ root, unfinished, realm, demand }),
    open: (key, range) => openFile(place(key), key, range),
    size: (key) => sizeOf(place(key)),
    link: (key, target, allowHardLink) => linkFile(place(key), key, target, allowHardLink),
    async remove(key) {
      await unlink(place(key)).catch(ignoreMissing);
    },
    list: (digits) => listFolder(root, digits),
    removeUnfinished: () => removeUnfinished(unfinished),
  };
}

/** Keys come from the database; one that would leave the store is refused all the same. */
function placeOf(root: string, key: string): string {
  if (!/^(shared|sample)\/[0-9a-f]{2}\/[0-9a-f]{64}\.[0-9a-z]+$/.test(key)) {
    throw new Error(`"${key}" is not a key of this store`);
  }
  return path.join(root, key);
}

async function makeFolders(root: string, unfinished: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  for (const realm of realms) {
    for (let byte = 0; byte < 256; byte++) {
      await mkdir(path.join(root, realm, byte.toString(16).padStart(2, '0')), {
        recursive: true,
        mode: 0o700,
      });
    }
    await syncFolder(path.join(root, realm));
  }
  await syncFolder(root);
}

interface Beginning {
  root: string;
  unfinished: string;
  realm: Realm;
  demand(): Promise<void>;
}

async function beginFile({ root, unfinished, realm, demand }: Beginning): Promise<BlobWriter> {
  await demand();
  const temporary = path.join(unfinished, unfinishedName());
  const handle = await open(temporary, 'wx', 0o600);
  let untilCheck = spaceCheckBytes;
  const abort = async () => {
    await handle.close().catch(() => {});
    await unlink(temporary).catch(() => {});
  };
  return {
    async write(chunk) {
      untilCheck -= chunk.length;
      if (untilCheck < 0) {
        await demand();
        untilCheck = spaceCheckBytes;
      }
      await writeAll(handle, chunk);
    },
    async finish(sha256) {
      const key = `${realm}/${sha256.slice(0, 2)}/${sha256}.${unguessableId(12)}`;
      const target = placeOf(root, key);
      try {
        await handle.chmod(realm === 'sample' ? 0o400 : 0o444);
        await handle.sync();
        await handle.close();
        await rename(temporary, target);
        await syncFolder(path.dirname(target));
        return key;
      } catch (error) {
        await abort();
        throw asDiskLow(error);
      }
    },
    abort,
  };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  try {
    for (let written = 0; written < chunk.length; ) {
      written += (await handle.write(chunk, written, chunk.length - written)).bytesWritten;
    }
  } catch (error) {
    throw asDiskLow(error);
  }
}

async function openFile(file: string, key: string, range: ByteRange = { start: 0 }): Promise<Readable> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(asMissing(key));
  return handle.createReadStream({
    start: range.start,
    ...(range.end === undefined ? {} : { end: range.end }),
    highWaterMark: 256 * 1024,
  });
}

async function sizeOf(file: string): Promise<number | null> {
  const found = await stat(file).catch(ignoreMissing);
  return found?.size ?? null;
}

async function linkFile(
  file: string,
  key: string,
  target: string,
  allowHardLink: boolean,
): Promise<LinkKind> {
  if (allowHardLink) {
    try {
      await link(file, target);
      await syncFolder(path.dirname(target));
      return 'hard-link';
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (code === 'EEXIST') throw pathTaken(target);
      // Another device, too many links, a file system or a rule of the kernel without them: copy instead.
      if (!['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) return asMissing(key)(error);
    }
  }
  if ((await sizeOf(file)) === null) throw bytesMissing(key);
  return copyNew(file, target);
}

async function* listFolder(root: string, digits: string): AsyncIterable<string> {
  for (const realm of realms) {
    for (const part of digits === '' ? await readdir(path.join(root, realm)) : [digits]) {
      for await (const entry of await opendir(path.join(root, realm, part)))
        yield `${realm}/${part}/${entry.name}`;
    }
  }
}

async function removeUnfinished(folder: string): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const gone = writerIsGone(name);
    const left = gone ?? Date.now() - ((await stat(file).catch(ignoreMissing))?.mtimeMs ?? 0) > foreignAgeMs;
    if (!left) continue;
    await unlink(file).catch(ignoreMissing);
    removed++;
  }
  return removed;
}

export function bytesMissing(key: string, cause?: unknown): AppError {
  return new AppError('missing', 'files.bytes-missing', 'The contents of this file are not in the store.', {
    next: 'Upload the file again, or restore it from a backup.',
    details: { key },
    cause,
  });
}

function asMissing(key: string): (error: unknown) => never {
  return (error) => {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? bytesMissing(key, error) : error;
  };
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
