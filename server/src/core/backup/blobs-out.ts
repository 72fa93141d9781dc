import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Sql } from '../db/index.ts';
import { AppError } from '../errors.ts';
import type { BlobStore, LinkKind, Realm } from '../files/index.ts';
import type { Manifest } from './manifest.ts';
import { writePacked } from './packed-file.ts';
import type { Progress } from './progress.ts';

interface StoredBlob {
  realm: Realm;
  sha256: string;
  sizeBytes: number;
  storeKey: string;
}

export type HowTaken = LinkKind | 'missing';

/** How many files are linked or copied at a time: flushes to the disk go together. */
const atOnce = 16;

/** Where a blob lies in a backup. */
export function blobPath(folder: string, realm: Realm, sha256: string): string {
  return path.join(folder, 'blobs', realm, sha256.slice(0, 2), sha256);
}

/**
 * Takes every blob of the snapshot that lies in the store. Garbage collection must be paused since before the
 * snapshot. With `hardLinks` a blob shares its bytes with the store where the file system allows.
 */
export async function copyBlobsOut(
  snapshot: Sql,
  store: BlobStore,
  folder: string,
  { hardLinks, progress }: { hardLinks: boolean; progress: Progress },
): Promise<Manifest['blobs']> {
  const totals = { count: 0, bytes: 0, hardLinks: 0, reflinks: 0, copies: 0, missing: 0 };
  const folders = new Set<string>();
  const take = async (blob: StoredBlob): Promise<string> => {
    const target = blobPath(folder, blob.realm, blob.sha256);
    if (!folders.has(path.dirname(target)))
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    folders.add(path.dirname(target));
    const how = await takeOne(store, blob, target, hardLinks);
    totals[counterOf[how]] += 1;
    if (how !== 'missing') totals.count += 1;
    if (how !== 'missing') totals.bytes += blob.sizeBytes;
    progress.add(blob.sizeBytes);
    return `${blob.realm}\t${blob.sha256}\t${blob.sizeBytes}\t${how}\n`;
  };
  async function* lines(): AsyncGenerator<Buffer> {
    const pages = snapshot<StoredBlob[]>`
      select realm, sha256, size_bytes, store_key from core.blob where store_key is not null`.cursor(1000);
    for await (const page of pages) {
      for (let at = 0; at < page.length; at += atOnce) {
        yield Buffer.from((await Promise.all(page.slice(at, at + atOnce).map(take))).join(''));
      }
    }
  }
  const file = 'blobs.tsv.zst';
  return { file, ...(await writePacked(lines(), path.join(folder, file))), ...totals };
}

const counterOf = {
  'hard-link': 'hardLinks',
  reflink: 'reflinks',
  copy: 'copies',
  missing: 'missing',
} as const;

/** Bytes that the store has lost, or cut short, are said to be missing: one of them must not prevent a backup. */
async function takeOne(
  store: BlobStore,
  blob: StoredBlob,
  target: string,
  hardLinks: boolean,
): Promise<HowTaken> {
  if ((await store.size(blob.storeKey)) !== blob.sizeBytes) return 'missing';
  try {
    return await store.link(blob.storeKey, target, hardLinks);
  } catch (error) {
    if (error instanceof AppError && error.code === 'files.bytes-missing') return 'missing';
    throw error;
  }
}

/** Bytes of all blobs in the store, for the progress. */
export async function sumBlobBytes(sql: Sql): Promise<number> {
  const [sum] = await sql<{ bytes: number }[]>`
    select coalesce(sum(size_bytes), 0)::bigint as bytes from core.blob where store_key is not null`;
  return sum?.bytes ?? 0;
}
