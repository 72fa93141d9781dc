import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Tx } from '../db/index.ts';
import type { BlobStore, Realm } from '../files/index.ts';
import { blobPath, type HowTaken } from './blobs-out.ts';
import { damaged, type Manifest } from './manifest.ts';
import { hashFile, readPackedLines } from './packed-file.ts';
import type { Progress } from './progress.ts';

export interface ListedBlob {
  realm: Realm;
  sha256: string;
  sizeBytes: number;
  how: HowTaken;
}

/** The blobs of a backup, as its list names them. */
export async function* listBlobs(folder: string, blobs: Manifest['blobs']): AsyncGenerator<ListedBlob> {
  for await (const line of readPackedLines(path.join(folder, blobs.file))) {
    const match = /^(shared|sample)\t([0-9a-f]{64})\t(\d+)\t(hard-link|reflink|copy|missing)$/.exec(line);
    if (match === null) throw damaged(blobs.file, 'a line cannot be read');
    const [, realm, sha256, sizeBytes, how] = match;
    yield {
      realm: realm as Realm,
      sha256: sha256 as string,
      sizeBytes: Number(sizeBytes),
      how: how as HowTaken,
    };
  }
}

/** Reads every blob and compares it with its name. Throws invalid `backup.damaged`. */
export async function verifyBlobs(
  folder: string,
  blobs: Manifest['blobs'],
  progress: Progress,
): Promise<void> {
  let count = 0;
  for await (const blob of listBlobs(folder, blobs)) {
    if (blob.how === 'missing') continue;
    const file = blobPath(folder, blob.realm, blob.sha256);
    const shown = path.relative(folder, file);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() !== true) throw damaged(shown, 'it is not there');
    if (found.size !== blob.sizeBytes)
      throw damaged(shown, `it has ${found.size} bytes instead of ${blob.sizeBytes}`);
    const { sha256 } = await hashFile(file, (bytes) => progress.add(bytes));
    if (sha256 !== blob.sha256) throw damaged(shown, 'its contents were changed');
    count += 1;
  }
  if (count !== blobs.count) throw damaged(blobs.file, `it lists ${count} files instead of ${blobs.count}`);
}

/**
 * Puts the blobs into the store and their new keys into the rows. Whatever store it was, it may be another one
 * now. Bytes that were lost before the backup are marked as damaged: the next upload of the same mends them.
 */
export async function copyBlobsIn(
  tx: Tx,
  store: BlobStore,
  folder: string,
  { blobs, progress }: { blobs: Manifest['blobs']; progress: Progress },
): Promise<void> {
  let page: Array<ListedBlob & { key: string | null }> = [];
  const note = async (): Promise<void> => {
    await updateKeys(tx, page);
    page = [];
  };
  for await (const blob of listBlobs(folder, blobs)) {
    page.push({ ...blob, key: blob.how === 'missing' ? null : await putBack(store, folder, blob, progress) });
    if (page.length === 500) await note();
  }
  await note();
}

async function putBack(
  store: BlobStore,
  folder: string,
  blob: ListedBlob,
  progress: Progress,
): Promise<string> {
  const file = blobPath(folder, blob.realm, blob.sha256);
  const digest = createHash('sha256');
  const writer = await store.begin(blob.realm);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
      digest.update(chunk as Buffer);
      await writer.write(chunk as Buffer);
      progress.add((chunk as Buffer).length);
    }
    // Read a second time since it was verified: what goes in must be what was checked.
    if (digest.digest('hex') !== blob.sha256)
      throw damaged(path.relative(folder, file), 'it was changed just now');
    return await writer.finish(blob.sha256);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function updateKeys(tx: Tx, page: ReadonlyArray<ListedBlob & { key: string | null }>): Promise<void> {
  if (page.length === 0) return;
  const columns = [page.map(({ realm }) => realm), page.map(({ sha256 }) => sha256)] as const;
  const keys = page.map(({ key }) => key);
  await tx`
    update core.blob b set store_key = coalesce(l.key, b.store_key),
      damaged_at = case when l.key is null then coalesce(b.damaged_at, clock_timestamp()) else b.damaged_at end
    from unnest(${columns[0]}::text[], ${columns[1]}::text[], ${keys}::text[]) as l (realm, sha256, key)
    where b.realm = l.realm and b.sha256 = l.sha256`;
}
