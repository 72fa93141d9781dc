import type { Core } from '../../core/core.ts';
import { findCacheFile } from './cache.store.ts';
import { cacheName } from './cache-name.ts';
import { MB } from './upload-limits.ts';

/** More is fetched with the next offset, or as a file. */
const mostBytes = 10 * MB;

/**
 * A log from a byte on, behind one blank, which stands there whatever follows (panda-server 1.0.3). Nothing follows
 * where there is no such log, or no such byte.
 */
export async function readLog(core: Core, logName: string, offset: number): Promise<string> {
  const name = cacheName(logName);
  const file = name === null ? null : await findCacheFile(core.db.sql, name);
  if (file === null || offset < 0 || offset >= file.sizeBytes) return ' ';
  const range = { start: offset, end: Math.min(file.sizeBytes, offset + mostBytes) - 1 };
  const { stream } = await core.files.open(file.sha256, 'cache', range);
  return ` ${Buffer.concat(await stream.toArray()).toString('utf8')}`;
}
