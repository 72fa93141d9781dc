import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Sql } from '../db/index.ts';
import { AppError } from '../errors.ts';
import { type BlobRow, findBlob, findContent, updateVerified } from './blob-rows.ts';
import type { BlobStore, ByteRange, LinkKind } from './blob-store.ts';
import { placeNew } from './copy.ts';
import { DigestSet } from './digests.ts';
import { blobMissing, type Namespace } from './references.ts';

/** A blob opened for reading. The stream must be read to its end or destroyed. */
export interface OpenBlob {
  stream: Readable;
  /** Size of the whole blob, bytes. */
  sizeBytes: number;
  /** Bytes the stream gives, both ends included; `end` is below `start` when it gives none. */
  range: { start: number; end: number };
}

export async function getBlob(sql: Sql, sha256: string, namespace: Namespace): Promise<BlobRow> {
  const blob = await findBlob(sql, sha256, namespace);
  if (blob === null) throw blobMissing(sha256, namespace);
  return blob;
}

export async function openBlob(
  sql: Sql,
  store: BlobStore,
  sha256: string,
  namespace: Namespace,
  wanted?: ByteRange,
): Promise<OpenBlob> {
  const blob = await getBlob(sql, sha256, namespace);
  const range = within(blob.sizeBytes, wanted);
  return { stream: await streamOf(sql, store, blob, range), sizeBytes: blob.sizeBytes, range };
}

/** Reads the whole blob again and notes whether its bytes are still those that came. */
export async function verifyBlob(
  sql: Sql,
  store: BlobStore,
  sha256: string,
  namespace: Namespace,
): Promise<'intact' | 'damaged'> {
  const blob = await getBlob(sql, sha256, namespace);
  const intact = (await digestOf(sql, store, blob)) === blob.sha256;
  await updateVerified(sql, blob, intact);
  return intact ? 'intact' : 'damaged';
}

/** See `Files.link`. */
export async function linkBlob(
  sql: Sql,
  store: BlobStore,
  sha256: string,
  path: string,
  namespace: Namespace,
): Promise<LinkKind> {
  if (namespace === 'sample') {
    throw new AppError(
      'forbidden',
      'files.sample-not-linkable',
      'Samples are never given a place outside the store.',
      {
        next: 'Open the sample as a stream instead.',
      },
    );
  }
  const blob = await getBlob(sql, sha256, namespace);
  if (blob.storeKey !== null) return store.link(blob.storeKey, path, namespace === 'reference');
  const content = await smallContent(sql, blob);
  await placeNew(path, (beside) => writeFile(beside, content, { flag: 'wx', mode: 0o600 }));
  return 'copy';
}

async function digestOf(sql: Sql, store: BlobStore, blob: BlobRow): Promise<string | null> {
  const set = new DigestSet();
  try {
    for await (const chunk of await streamOf(sql, store, blob, within(blob.sizeBytes))) {
      set.update(chunk as Uint8Array);
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'files.bytes-missing') return null;
    throw error;
  }
  return set.digest().sha256;
}

async function streamOf(
  sql: Sql,
  store: BlobStore,
  blob: BlobRow,
  { start, end }: { start: number; end: number },
): Promise<Readable> {
  if (blob.storeKey === null) {
    return Readable.from([(await smallContent(sql, blob)).subarray(start, end + 1)], { objectMode: false });
  }
  if (end < start) return Readable.from([], { objectMode: false });
  return store.open(blob.storeKey, { start, end });
}

async function smallContent(sql: Sql, blob: BlobRow): Promise<Buffer> {
  const content = await findContent(sql, blob.realm, blob.sha256);
  if (content === null)
    throw new AppError('missing', 'files.bytes-missing', 'The file was removed just now.');
  return content;
}

/** Cuts a range to the size; refuses one that begins behind the last byte. */
function within(sizeBytes: number, wanted: ByteRange = { start: 0 }): { start: number; end: number } {
  const { start, end = sizeBytes - 1 } = wanted;
  const legal = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0;
  if (!legal || (start > 0 && start >= sizeBytes) || (wanted.end !== undefined && end < start)) {
    throw new AppError(
      'invalid',
      'files.range-unsatisfiable',
      `The file has ${sizeBytes} bytes; the range is outside.`,
      {
        next: 'Ask for a range inside the file.',
        details: { sizeBytes },
      },
    );
  }
  return { start, end: Math.min(end, sizeBytes - 1) };
}
