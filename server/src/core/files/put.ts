import type { Readable } from 'node:stream';
import type { Sql, Tx } from '../db/index.ts';
import { AppError } from '../errors.ts';
import {
  type BlobRow,
  holdPresent,
  insertPlaced,
  insertSmall,
  placeMinutes,
  updateDigests,
} from './blob.store.ts';
import type { BlobStore, BlobWriter } from './blob-store.ts';
import { DigestSet, type Digests, type ExtraDigest, isSha256 } from './digests.ts';
import { type Namespace, type Owner, realmOf, reference } from './references.ts';

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
  sql: Sql,
  store: BlobStore,
  source: Readable | Uint8Array,
  options: PutOptions,
): Promise<Blob> {
  const { namespace, expected, signal } = options;
  if (expected?.sha256 !== undefined && !isSha256(expected.sha256)) throw digestMalformed(expected.sha256);
  signal?.throwIfAborted();
  refuseTooLarge(source instanceof Uint8Array ? source.length : (expected?.sizeBytes ?? 0), options);
  const known = expected?.sha256 ?? (source instanceof Uint8Array ? sha256Of(source) : undefined);
  const { now, blob: present } = await holdPresent(sql, known, namespace);
  const writer = present === null ? await store.begin(realmOf(namespace), signal) : null;
  let storeKey: string;
  let read: { sizeBytes: number; digests: Digests };
  try {
    read = await readSource(source, options, writer);
    refuseUnexpected(read, expected);
    if (present !== null) return keepPresent(sql, namespace, present, read.digests, options.alsoHash ?? []);
    storeKey = await (writer as BlobWriter).finish(read.digests.sha256);
  } catch (error) {
    await writer?.abort();
    throw error;
  }
  return recordPlaced(sql, store, { namespace, storeKey, placedAfter: now, ...read }, options.alsoHash ?? []);
}

/** Keeps a small content in the database: there with the commit of `tx`, gone with its rollback. */
export async function putSmallBlob(tx: Tx, content: Uint8Array, options: SmallPutOptions): Promise<Blob> {
  if (content.length >= smallBytes) throw tooLarge(smallBytes - 1);
  const set = new DigestSet(options.alsoHash);
  set.update(content);
  const digests = set.digest();
  const small = { namespace: options.namespace, digests, content: Buffer.from(content) };
  // Between the two statements of an attempt the collection may remove an old row; then the next one inserts.
  for (let attempt = 0; !(await insertSmall(tx, small)); attempt++) {
    if (attempt === 3) throw new Error(`the row of blob ${digests.sha256} went away four times`);
  }
  await reference(tx, digests.sha256, options.namespace, options.owner);
  return { ...digests, sizeBytes: content.length };
}

async function readSource(
  source: Readable | Uint8Array,
  options: PutOptions,
  writer: BlobWriter | null,
): Promise<{ sizeBytes: number; digests: Digests }> {
  const set = new DigestSet(options.alsoHash);
  let sizeBytes = 0;
  for await (const chunk of chunksOf(source, options.signal)) {
    sizeBytes += chunk.length;
    refuseTooLarge(sizeBytes, options);
    set.update(chunk);
    await writer?.write(chunk);
  }
  return { sizeBytes, digests: set.digest() };
}

async function* chunksOf(source: Readable | Uint8Array, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  if (source instanceof Uint8Array) {
    yield source;
    return;
  }
  // A source that stalls must not outlive the caller's patience: destroying it ends the loop below.
  const stop = () => source.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of source) {
      signal?.throwIfAborted();
      yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function sha256Of(bytes: Uint8Array): string {
  const set = new DigestSet();
  set.update(bytes);
  return set.digest().sha256;
}

async function keepPresent(
  sql: Sql,
  namespace: Namespace,
  present: BlobRow,
  digests: Digests,
  wanted: readonly ExtraDigest[],
): Promise<Blob> {
  const complete = wanted.every((name) => present[name] !== null);
  return toBlob(complete ? present : ((await updateDigests(sql, namespace, digests)) ?? present), wanted);
}

async function recordPlaced(
  sql: Sql,
  store: BlobStore,
  placed: Parameters<typeof insertPlaced>[1],
  wanted: readonly ExtraDigest[],
): Promise<Blob> {
  const row = await insertPlaced(sql, placed);
  if (row?.storeKey !== placed.storeKey) await store.remove(placed.storeKey);
  if (row === null) throw stalled();
  return toBlob(row, wanted);
}

function toBlob(row: BlobRow, wanted: readonly ExtraDigest[]): Blob {
  const blob: Blob = { sha256: row.sha256, sizeBytes: row.sizeBytes };
  for (const name of wanted) {
    const digest = row[name];
    if (digest !== null) blob[name] = digest;
  }
  return blob;
}

function refuseTooLarge(sizeBytes: number, { maxBytes }: PutOptions): void {
  if (maxBytes !== undefined && sizeBytes > maxBytes) throw tooLarge(maxBytes);
}

function refuseUnexpected(
  read: { sizeBytes: number; digests: Digests },
  expected: PutOptions['expected'],
): void {
  if (expected?.sizeBytes !== undefined && expected.sizeBytes !== read.sizeBytes) {
    throw new AppError(
      'invalid',
      'files.size-mismatch',
      `${read.sizeBytes} bytes came instead of ${expected.sizeBytes}.`,
      {
        next: 'Send the file again; the transfer was cut short or the size is wrong.',
        details: { expected: expected.sizeBytes, received: read.sizeBytes },
      },
    );
  }
  if (expected?.sha256 !== undefined && expected.sha256 !== read.digests.sha256) {
    throw new AppError(
      'invalid',
      'files.digest-mismatch',
      'The contents do not have the SHA-256 that was announced.',
      {
        next: 'Send the file again; the contents were changed on the way or the checksum is wrong.',
        details: { expected: expected.sha256, received: read.digests.sha256 },
      },
    );
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too-large', 'files.size-exceeded', `The file is larger than ${maxBytes} bytes.`, {
    next: 'Send a smaller file, or ask the operator for a higher limit.',
    details: { maxBytes },
  });
}

function digestMalformed(sha256: string): AppError {
  return new AppError(
    'invalid',
    'files.digest-malformed',
    'A SHA-256 has 64 lower-case hexadecimal digits.',
    {
      next: 'Compute the checksum again.',
      details: { sha256: sha256.slice(0, 100) },
    },
  );
}

function stalled(): AppError {
  return new AppError(
    'busy',
    'files.upload-stalled',
    `The upload was not recorded within ${placeMinutes} minutes.`,
    {
      next: 'Send the file again.',
    },
  );
}
