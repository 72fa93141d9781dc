import { randomBytes } from 'node:crypto';
import type { Db } from '../../server/src/core/db/index.ts';
import type { BlobStore, Files, Namespace } from '../../server/src/core/files/index.ts';
import { garbageConformance } from './files.garbage.ts';
import { holdConformance } from './files.hold.ts';
import { putConformance } from './files.put.ts';
import { readConformance } from './files.read.ts';

export interface FilesUnderTest {
  db: Db;
  files: Files;
  store: BlobStore;
  /** A new empty folder on the disk of this machine. */
  folder(): Promise<string>;
  /** What test/support/abandon-upload.ts is started with to reach the same store. */
  reach: readonly [kind: string, options: string];
}

/** What every file store has to do: the same suite runs on the disk and on an S3-compatible server. */
export function filesConformance(under: FilesUnderTest): void {
  putConformance(under);
  readConformance(under);
  garbageConformance(under);
  holdConformance(under);
}

/** Bytes that no other test has. */
export function freshBytes(length = 1000): Buffer {
  return randomBytes(length);
}

/** An object of a service that nobody else is. */
export function anOwner(name = 'result.fits') {
  return { kind: 'test.job', id: randomBytes(6).toString('hex'), name };
}

/** How many objects the store has in all. */
export async function countObjects({ store }: FilesUnderTest): Promise<number> {
  let count = 0;
  for await (const _key of store.list('')) count++;
  return count;
}

/** Where the bytes of a blob are. */
export async function keyOf({ db }: FilesUnderTest, sha256: string, namespace: Namespace): Promise<string> {
  const [row] = await db.sql<{ storeKey: string }[]>`
    select store_key from core.blob
    where sha256 = ${sha256} and realm = ${namespace === 'sample' ? 'sample' : 'shared'}`;
  return row?.storeKey ?? '';
}

/** A day passes for all uploads that no service has taken. */
export async function endHolds({ db }: FilesUnderTest): Promise<void> {
  await db.sql`
    update core.blob_reference set expires_at = clock_timestamp() - interval '1 second' where expires_at is not null`;
}

/** Waits until some statement waits for a lock. */
export async function untilSomebodyWaits({ db }: FilesUnderTest): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    const waiting = await db.sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    if (waiting.length > 0) return;
  }
  throw new Error('nobody waited for a lock');
}
