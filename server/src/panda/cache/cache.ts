import { type Readable, Transform } from 'node:stream';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import {
  type CacheWrite,
  deleteCacheFile,
  findCacheFile,
  insertCacheFile,
  lockCacheFile,
  touchCacheFile,
  updateCacheFile,
} from './cache.store.ts';

/** Who puts a file. Files belong to no VO: only production of every VO may overwrite what is not its own. */
export interface CacheOwner {
  accountId: number | null;
  isProduction: boolean;
}

export interface CacheUpload {
  name: string;
  source: Readable;
  owner: CacheOwner;
  maxBytes: number;
  /** Whether a file of that name may be replaced, by its owner or by production. */
  overwrite: boolean;
  signal: AbortSignal;
}

/**
 * Whether the name is free, before a byte is read. One that is taken is touched, as if it had been put: whoever put it
 * first still needs it (panda-server 1.0.3).
 */
export async function isFree(
  core: Core,
  upload: Pick<CacheUpload, 'name' | 'owner' | 'overwrite'>,
): Promise<boolean> {
  const known = await findCacheFile(core.db.sql, upload.name);
  if (known === null) return true;
  if (upload.overwrite && mayReplace(known, upload.owner)) return true;
  await touchCacheFile(core.db.sql, upload.name);
  return false;
}

function mayReplace(known: { ownerAccountId: number | null }, owner: CacheOwner): boolean {
  return owner.isProduction || (known.ownerAccountId !== null && known.ownerAccountId === owner.accountId);
}

/**
 * Keeps a file under its name. Of uploads of one name that come together one wins and the others are `taken`.
 * Throws what `files.put` throws.
 */
export async function putCacheFile(core: Core, upload: CacheUpload): Promise<'kept' | 'taken'> {
  const tail = new Tail();
  // Whoever reads it hears of the error; one that comes when nobody reads any more would end the process.
  tail.on('error', () => {});
  upload.source.on('error', (error) => tail.destroy(error));
  const { sha256, sizeBytes } = await core.files.put(upload.source.pipe(tail), {
    namespace: 'cache',
    maxBytes: upload.maxBytes,
    signal: upload.signal,
  });
  const { name, owner } = upload;
  const write = { name, sha256, sizeBytes, checksum: tail.checksum(), ownerAccountId: owner.accountId };
  return await core.db.transaction((tx) => keep(core, tx, write, upload));
}

async function keep(
  core: Core,
  tx: Tx,
  write: CacheWrite,
  { owner, overwrite }: Pick<CacheUpload, 'owner' | 'overwrite'>,
): Promise<'kept' | 'taken'> {
  if (!(await insertCacheFile(tx, write))) {
    const known = await lockCacheFile(tx, write.name);
    if (known === null || !overwrite || !mayReplace(known, owner)) return 'taken';
    if (known.sha256 !== write.sha256) {
      await core.files.release(tx, known.sha256, 'cache', keeper(write.name));
    }
    await updateCacheFile(tx, write);
  }
  await core.files.reference(tx, write.sha256, 'cache', keeper(write.name));
  return 'kept';
}

/** Puts contents in the place of others, unless somebody was faster: then false, and nothing has changed. */
export async function replaceCacheFile(
  core: Core,
  name: string,
  before: { sha256: string } | null,
  content: Uint8Array,
  ownerAccountId: number | null,
): Promise<boolean> {
  const { sha256, sizeBytes } = await core.files.put(content, { namespace: 'cache' });
  const write = { name, sha256, sizeBytes, checksum: null, ownerAccountId };
  return await core.db.transaction(async (tx) => {
    if (before === null) {
      if (!(await insertCacheFile(tx, write))) return false;
    } else {
      const known = await lockCacheFile(tx, name);
      if (known?.sha256 !== before.sha256) return false;
      if (sha256 !== before.sha256) await core.files.release(tx, before.sha256, 'cache', keeper(name));
      await updateCacheFile(tx, write);
    }
    await core.files.reference(tx, sha256, 'cache', keeper(name));
    return true;
  });
}

/** Takes a file away; false when there is none, or it is neither the caller's nor may production say so. */
export async function removeCacheFile(core: Core, name: string, owner: CacheOwner): Promise<boolean> {
  return await core.db.transaction(async (tx) => {
    const known = await lockCacheFile(tx, name);
    if (known === null || !mayReplace(known, owner)) return false;
    await deleteCacheFile(tx, name);
    await core.files.release(tx, known.sha256, 'cache', keeper(name));
    return true;
  });
}

/** For what the file store keeps the bytes of a cached file. */
export function keeper(name: string): { kind: string; id: string; name: string } {
  return { kind: 'panda.cache_file', id: name, name };
}

/** Passes everything on and remembers the last eight bytes, where gzip has the CRC-32 of what it packed. */
class Tail extends Transform {
  #last = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.#last = Buffer.concat([this.#last, chunk.subarray(-8)]).subarray(-8);
    done(null, chunk);
  }

  /** The first of the two little-endian numbers; null for fewer than eight bytes (panda-server 1.0.3). */
  checksum(): number | null {
    return this.#last.length < 8 ? null : this.#last.readUInt32LE(0);
  }
}
