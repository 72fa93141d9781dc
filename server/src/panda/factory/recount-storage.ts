import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Db } from '../../core/db/index.ts';
import type { EndpointDocument } from '../queues/endpoints.ts';
import { folderOf, readRelative, storageUnknown } from './storage-place.ts';
import { replaceStorageFiles } from './storage-use.store.ts';

/**
 * Counts the files of an endpoint by looking at its folder, for operators who have deleted or brought files there by
 * hand. What is not where a pilot would have put it is not counted. Throws `panda.storage-unknown` when its folder is
 * not on this host.
 */
export async function recountStorage(
  { db }: { db: Db },
  endpoint: string,
): Promise<{ files: number; bytes: number }> {
  const [row] = await db.sql<{ document: EndpointDocument; begunAt: Date }[]>`
    select document, clock_timestamp()::timestamptz(3) as begun_at from panda.endpoint where endpoint = ${endpoint}`;
  const folder = row === undefined ? null : folderOf(row.document);
  if (row === undefined || folder === null) throw storageUnknown(endpoint);
  const found: { scope: string; lfn: string; bytes: number }[] = [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const named = readRelative(path.relative(folder, file));
    const facts = named === null ? null : await stat(file).catch(() => null);
    if (named !== null && facts !== null) found.push({ ...named, bytes: facts.size });
  }
  await db.transaction((tx) => replaceStorageFiles(tx, endpoint, found, row.begunAt));
  return { files: found.length, bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
}
