import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3mini } from 's3mini';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { BlobStore, ByteRange } from './blob-store.ts';
import { placeNew } from './copy.ts';
import { bytesMissing } from './disk-store.ts';
import { writerIsGone } from './process-mark.ts';
import { connectS3, isPassing, persistently, type S3Account, statusOf, storeAway } from './s3-client.ts';
import { S3Upload } from './s3-upload.ts';
import { listUploads } from './s3-uploads.ts';

export interface S3StoreOptions extends S3Account {
  log?: Log;
  /** Size of a part, bytes, at least 5 MiB; 10,000 of them are the largest blob (160 GB with 16 MiB). */
  partBytes?: number;
}

/** Unfinished uploads of other machines count as left behind after a week. */
const foreignAgeMs = 7 * 24 * 3600 * 1000;

/** Keeps blobs as objects `<realm>/<2 digits>/<unique name>` of one bucket that we have for ourselves. */
export function createS3Store({ log, partBytes = 16 * 1024 ** 2, ...account }: S3StoreOptions): BlobStore {
  const s3 = connectS3(account);
  return {
    kind: 's3',
    async start() {
      if (await persistently(() => s3.bucketExists())) return;
      throw new AppError('missing', 'files.bucket-missing', 'The bucket of the file store is not there.', {
        next: 'Make the bucket, or correct files.s3.endpoint and its keys.',
      });
    },
    begin: async (realm) => new S3Upload(s3, realm, partBytes),
    open: (key, range) => openObject(s3, key, range),
    size: (key) => sizeOf(s3, key),
    async link(key, path) {
      const source = await openObject(s3, key);
      await placeNew(path, (beside) =>
        pipeline(source, createWriteStream(beside, { flags: 'wx', mode: 0o600 })),
      );
      return 'copy';
    },
    async remove(key) {
      await persistently(() => s3.deleteObject(key));
    },
    list: (digits) => listObjects(s3, digits),
    async removeUnfinished() {
      const removed = await removeUnfinished(s3);
      if (removed > 0) log?.info({ removed }, 'unfinished uploads removed from the bucket');
      return removed;
    },
  };
}

async function sizeOf(s3: S3mini, key: string): Promise<number | null> {
  try {
    return await persistently(() => s3.getContentLength(key));
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** One request, and when it breaks off another one for the rest, of the same version of the object. */
async function openObject(s3: S3mini, key: string, range: ByteRange = { start: 0 }): Promise<Readable> {
  const first = await getRange(s3, key, range, null);
  return Readable.from(readOn(s3, key, range, first), { objectMode: false });
}

async function* readOn(
  s3: S3mini,
  key: string,
  { start, end }: ByteRange,
  first: Response,
): AsyncIterable<Uint8Array> {
  const etag = first.headers.get('etag');
  let at = start;
  let response = first;
  for (let failures = 0; ; ) {
    try {
      for await (const chunk of bodyOf(response)) {
        at += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      // Bytes that came in between reset the count: a long read may break more often than a short one.
      if (++failures > 3) throw storeAway(error);
      if (end !== undefined && at > end) return;
      response = await getRange(s3, key, { start: at, ...(end === undefined ? {} : { end }) }, etag);
    }
  }
}

async function* bodyOf(response: Response): AsyncIterable<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function getRange(
  s3: S3mini,
  key: string,
  { start, end }: ByteRange,
  etag: string | null,
): Promise<Response> {
  const whole = start === 0 && end === undefined;
  const condition = etag === null ? {} : { 'if-match': etag };
  try {
    return await persistently(() =>
      s3.getObjectRaw(key, whole, start, end === undefined ? undefined : end + 1, condition),
    );
  } catch (error) {
    throw statusOf(error) === 404 ? bytesMissing(key, error) : error;
  }
}

async function* listObjects(s3: S3mini, digits: string): AsyncIterable<string> {
  for (const prefix of digits === '' ? [''] : [`shared/${digits}/`, `sample/${digits}/`]) {
    for (let token: string | undefined; ; ) {
      const page = await persistently(() => s3.listObjectsPaged('/', prefix, 1000, token));
      for (const { Key } of page?.objects ?? []) yield Key;
      token = page?.nextContinuationToken;
      if (token === undefined) break;
    }
  }
}

async function removeUnfinished(s3: S3mini): Promise<number> {
  let removed = 0;
  for (const { key, uploadId, initiatedAt } of await listUploads(s3)) {
    const gone = writerIsGone(key.slice(key.lastIndexOf('/') + 1)) ?? Date.now() - initiatedAt > foreignAgeMs;
    if (!gone) continue;
    try {
      await persistently(() => s3.abortMultipartUpload(key, uploadId));
      removed++;
    } catch (error) {
      // Another process was faster.
      if (isPassing(error) || statusOf(error) !== 404) throw error;
    }
  }
  return removed;
}
