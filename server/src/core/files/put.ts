import type { Readable } from 'node:stream';
import type { Sql, Tx } from '../db/index.ts';
import {
  type BlobRow,
  commonHold,
  guardPresent,
  holdPresent,
  insertPlaced,
  insertSmall,
  type NewBlob,
  readClock,
  updateDigests,
} from './blob-rows.ts';
import type { BlobStore, BlobWriter } from './blob-store.ts';
import { DigestSet, type Digests, type ExtraDigest, isSha256 } from './digests.ts';
import { type Namespace, type Owner, realmOf, reference } from './references.ts';
import { digestMalformed, refuseTooLarge, refuseUnexpected, stalled, tooLarge } from './refusals.ts';

export interface PutOptions {
  namespace: Namespace;
  /** What the sender says; anything else is refused and nothing is kept. */
  expected?: { sha256?: string; sizeBytes?: number };
  /** Checksums wanted besides SHA-256. */
  alsoHash?: readonly ExtraDigest[];
  /** Larger sources are refused before another byte is written. */
  maxBytes?: number;
  signal?: AbortSignal;
}

/** Where the bytes go: which rows, which store, and whose hold keeps them until a service takes them. */
export interface PutPlace {
  sql: Sql;
  store: BlobStore;
  holdId?: string;
}

/** A stored byte sequence. Says nothing of whether it was there before: that would tell strangers what we hold. */
export interface Blob extends Digests {
  sizeBytes: number;
}

export interface SmallPutOptions {
  namespace: Namespace;
  owner: Owner;
  alsoHash?: readonly ExtraDigest[];
}

/** Contents below this many bytes may live in a row of the database. */
export const smallBytes = 32 * 1024;

/**
 * Takes the source to its end and keeps its bytes; see `Files.put`. The bytes are durable in the store before
 * the row is made, and each upload has a key of its own: what loses a race is removed, never what won it.
 */
export async function putBlob(
  where: PutPlace,
  source: Readable | Uint8Array,
  options: PutOptions,
): Promise<Blob> {
  const { sql, holdId = commonHold } = where;
  const { expected, signal } = options;
  if (expected?.sha256 !== undefined && !isSha256(expected.sha256)) throw digestMalformed(expected.sha256);
  signal?.throwIfAborted();
  const announced = source instanceof Uint8Array ? source.length : (expected?.sizeBytes ?? 0);
  refuseTooLarge(announced, options.maxBytes);
  if (source instanceof Uint8Array) return putBytes(where, source, options);
  const { namespace } = options;
  if (expected?.sha256 !== undefined && (await guardPresent(sql, expected.sha256, namespace, holdId))) {
    const read = await readSource(source, options, null);
    refuseUnexpected(read, expected);
    const { blob: present } = await holdPresent(sql, expected.sha256, namespace, holdId);
    // Found damaged, or given up, while the bytes passed by: they have to come again.
    if (present === null) throw stalled();
    return keepPresent(sql, options, present, read.digests);
  }
  return place(where, options, async (writer) => {
    const read = await readSource(source, options, writer);
    return { ...read, placedAfter: await readClock(sql) };
  });
}

/** Bytes in memory are hashed first: those that are there already cost no write. */
async function putBytes(where: PutPlace, bytes: Uint8Array, options: PutOptions): Promise<Blob> {
  const { sql, holdId = commonHold } = where;
  const read = { sizeBytes: bytes.length, digests: digestsOf(bytes, options.alsoHash) };
  refuseUnexpected(read, options.expected);
  const { now, blob: present } = await holdPresent(sql, read.digests.sha256, options.namespace, holdId);
  if (present !== null) return keepPresent(sql, options, present, read.digests);
  return place(where, options, async (writer) => {
    await writer.write(bytes);
    return { ...read, placedAfter: now };
  });
}

/** Keeps a small content in the database: there with the commit of `tx`, gone with its rollback. */
export async function putSmallBlob(tx: Tx, content: Uint8Array, options: SmallPutOptions): Promise<Blob> {
  if (content.length >= smallBytes) throw tooLarge(smallBytes - 1);
  const digests = digestsOf(content, options.alsoHash);
  const small = { namespace: options.namespace, digests, content: Buffer.from(content) };
  // Between the two statements of an attempt the collection may remove an old row; then the next one inserts.
  for (let attempt = 0; !(await insertSmall(tx, small)); attempt++) {
    if (attempt === 3) throw new Error(`the row of blob ${digests.sha256} went away four times`);
  }
  await reference(tx, digests.sha256, options.namespace, options.owner);
  return { ...digests, sizeBytes: content.length };
}

interface Read {
  sizeBytes: number;
  digests: Digests;
}

/** Writes what `fill` gives into the store, then makes its row; a failure before the row leaves nothing behind. */
async function place(
  { sql, store, holdId = commonHold }: PutPlace,
  options: PutOptions,
  fill: (writer: BlobWriter) => Promise<Read & { placedAfter: Date }>,
): Promise<Blob> {
  const writer = await store.begin(realmOf(options.namespace), options.signal);
  let placed: NewBlob;
  try {
    const read = await fill(writer);
    refuseUnexpected(read, options.expected);
    const storeKey = await writer.finish(read.digests.sha256);
    placed = { namespace: options.namespace, storeKey, holdId, ...read };
  } catch (error) {
    await writer.abort();
    throw error;
  }
  // When this fails nobody knows whether it was committed: the bytes stay, and the sweep decides later.
  const row = await insertPlaced(sql, placed);
  if (row?.storeKey !== placed.storeKey) await store.remove(placed.storeKey);
  if (row === null) throw stalled();
  return toBlob(row, options.alsoHash);
}

async function readSource(source: Readable, options: PutOptions, writer: BlobWriter | null): Promise<Read> {
  const set = new DigestSet(options.alsoHash);
  let sizeBytes = 0;
  for await (const chunk of chunksOf(source, options.signal)) {
    sizeBytes += chunk.length;
    refuseTooLarge(sizeBytes, options.maxBytes);
    set.update(chunk);
    await writer?.write(chunk);
  }
  return { sizeBytes, digests: set.digest() };
}

async function* chunksOf(source: Readable, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  // A source that stalls must not outlive the caller's patience: destroying it ends the loop below.
  const stop = () => source.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    // Given up while the store was asked: the event has passed, and a source that nobody feeds would be waited for.
    signal?.throwIfAborted();
    // A refused source is left open: destroying a request would cut off the answer that says why.
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      signal?.throwIfAborted();
      yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function digestsOf(bytes: Uint8Array, extra: readonly ExtraDigest[] = []): Digests {
  const set = new DigestSet(extra);
  set.update(bytes);
  return set.digest();
}

async function keepPresent(sql: Sql, options: PutOptions, present: BlobRow, digests: Digests): Promise<Blob> {
  const complete = (options.alsoHash ?? []).every((name) => present[name] !== null);
  const row = complete ? present : await updateDigests(sql, options.namespace, digests);
  return toBlob(row ?? present, options.alsoHash);
}

function toBlob(row: BlobRow, wanted: readonly ExtraDigest[] = []): Blob {
  const blob: Blob = { sha256: row.sha256, sizeBytes: row.sizeBytes };
  for (const name of wanted) {
    const digest = row[name];
    if (digest !== null) blob[name] = digest;
  }
  return blob;
}
