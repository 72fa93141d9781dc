import type { Db, Sql, Tx } from '../db/index.ts';
import type { Log } from '../log.ts';
import { placeMinutes, readClock } from './blob-rows.ts';
import type { BlobStore } from './blob-store.ts';
import { mayCollect } from './garbage-pause.ts';

export interface GarbageOptions {
  /** Blobs looked at in one transaction. */
  batch?: number;
  /** How many of the 256 parts of the store are compared with the database; one after the other over the runs. */
  partsSwept?: number;
  signal?: AbortSignal;
}

export interface Garbage {
  holdsEnded: number;
  blobsRemoved: number;
  bytesFreed: number;
  /** Unfinished uploads of processes that are gone. */
  unfinishedRemoved: number;
  /** Bytes in the store without a row, as a process leaves them that dies between placing and commit: marked now. */
  strayFound: number;
  /** Objects removed from the store: of collected blobs, and strays that were marked two hours ago. */
  objectsRemoved: number;
}

/** Bytes that are seen without a row have this long to get one: twice the time in which an upload must be recorded. */
const strayMinutes = 2 * placeMinutes;

/**
 * Removes blobs that nothing refers to. May run in any number of processes at once and be killed anywhere.
 * A blob is judged under its row lock with a look at its references taken after the lock; whoever refers to
 * it or puts it again holds or waits for that lock. See docs/adr/0004-file-store.md.
 */
export async function collectGarbage(
  { db, store, log }: { db: Db; store: BlobStore; log: Log },
  { batch = 500, partsSwept = 4, signal }: GarbageOptions = {},
): Promise<Garbage> {
  const garbage: Garbage = {
    holdsEnded: 0,
    blobsRemoved: 0,
    bytesFreed: 0,
    unfinishedRemoved: 0,
    strayFound: 0,
    objectsRemoved: 0,
  };
  garbage.holdsEnded = await endHolds(db.sql);
  for (let after = 0; ; ) {
    signal?.throwIfAborted();
    const judged: Judged = await db.transaction((tx) => judgeCandidates(tx, after, batch));
    garbage.blobsRemoved += judged.blobsRemoved;
    garbage.bytesFreed += judged.bytesFreed;
    if (judged.last === null) break;
    after = judged.last;
  }
  garbage.unfinishedRemoved = await store.removeUnfinished();
  garbage.strayFound = await sweep(db.sql, store, partsSwept, signal);
  garbage.objectsRemoved = await emptyRemovals(db.sql, store);
  if (garbage.objectsRemoved + garbage.strayFound > 0) log.info({ ...garbage }, 'garbage collected');
  return garbage;
}

async function endHolds(sql: Sql): Promise<number> {
  const [ended] = await sql<{ count: number }[]>`
    with ended as (
      delete from core.blob_reference where expires_at < clock_timestamp() returning realm, sha256),
    noted as (insert into core.blob_candidate (realm, sha256) select distinct realm, sha256 from ended)
    select count(*) as count from ended`;
  return ended?.count ?? 0;
}

interface Judged {
  blobsRemoved: number;
  bytesFreed: number;
  /** The last candidate looked at; null when there are no more. */
  last: number | null;
}

async function judgeCandidates(tx: Tx, after: number, batch: number): Promise<Judged> {
  if (!(await mayCollect(tx))) return { blobsRemoved: 0, bytesFreed: 0, last: null };
  const candidates = await tx<{ blobCandidateId: number; realm: string; sha256: string }[]>`
    select blob_candidate_id, realm, sha256 from core.blob_candidate where blob_candidate_id > ${after}
    order by blob_candidate_id limit ${batch} for update skip locked`;
  if (candidates.length === 0) return { blobsRemoved: 0, bytesFreed: 0, last: null };
  const ids = candidates.map((candidate) => candidate.blobCandidateId);
  return { ...(await judge(tx, ids)), last: ids.at(-1) ?? null };
}

/** Removes those of the blobs of some locked candidates that nothing refers to; `keys` are noted for removal. */
async function judge(tx: Tx, ids: readonly number[]) {
  // First the locks; a blob that somebody refers to or puts at this moment is left for the next run.
  const locked = await tx<{ realm: string; sha256: string }[]>`
    select b.realm, b.sha256 from core.blob b
    where (b.realm, b.sha256) in (
      select realm, sha256 from core.blob_candidate where blob_candidate_id = any(${[...ids]}::bigint[]))
    for update skip locked`;
  // Then, as a statement of its own, the look at the references: it sees every commit from before the lock.
  const hashes = locked.map((blob) => blob.sha256);
  const realms = locked.map((blob) => blob.realm);
  const removed = await tx<{ sizeBytes: number; storeKey: string | null }[]>`
    delete from core.blob b using unnest(${realms}::text[], ${hashes}::text[]) as l (realm, sha256)
    where b.realm = l.realm and b.sha256 = l.sha256
      and not exists (select from core.blob_reference r where r.realm = b.realm and r.sha256 = b.sha256)
    returning b.size_bytes, b.store_key`;
  const keys = removed.flatMap((blob) => (blob.storeKey === null ? [] : [blob.storeKey]));
  await tx`insert into core.blob_removal (store_key) select unnest(${keys}::text[]) on conflict do nothing`;
  // Done with: locked ones, and those whose blob is gone. One that was skipped keeps its candidate.
  await tx`
    delete from core.blob_candidate c where blob_candidate_id = any(${[...ids]}::bigint[])
      and ((c.realm, c.sha256) in (select * from unnest(${realms}::text[], ${hashes}::text[]))
        or not exists (select from core.blob b where b.realm = c.realm and b.sha256 = c.sha256))`;
  return {
    blobsRemoved: removed.length,
    bytesFreed: removed.reduce((sum, blob) => sum + blob.sizeBytes, 0),
    keys,
  };
}

/**
 * The same for blobs that have just lost a reference, by their candidates: at once, without what else is due.
 * What is locked or paused now is left for the next collection, and so is the rest when the process dies here.
 */
export async function collectCandidates(
  { db, store }: { db: Db; store: BlobStore },
  ids: readonly number[],
): Promise<void> {
  const keys = await db.transaction(async (tx) => {
    if (!(await mayCollect(tx))) return [];
    const mine = await tx<{ blobCandidateId: number }[]>`
      select blob_candidate_id from core.blob_candidate where blob_candidate_id = any(${[...ids]}::bigint[])
      order by blob_candidate_id for update skip locked`;
    const judged = await judge(
      tx,
      mine.map((candidate) => candidate.blobCandidateId),
    );
    return judged.keys;
  });
  await removeKeys(db.sql, store, keys);
}

/** Removes the bytes whose rows are gone; keys are never used twice, so this can be repeated safely. */
async function emptyRemovals(sql: Sql, store: BlobStore): Promise<number> {
  // A stray whose row came after all. Later none can come: see the limit in insertPlaced.
  await sql`delete from core.blob_removal r using core.blob b where b.store_key = r.store_key`;
  for (let removed = 0; ; ) {
    const due = await sql<{ storeKey: string }[]>`
      select store_key from core.blob_removal where due_at <= clock_timestamp() order by due_at limit 200`;
    if (due.length === 0) return removed;
    const keys = due.map((row) => row.storeKey);
    await removeKeys(sql, store, keys);
    removed += keys.length;
  }
}

async function removeKeys(sql: Sql, store: BlobStore, keys: readonly string[]): Promise<void> {
  for (const key of keys) await store.remove(key);
  if (keys.length > 0) await sql`delete from core.blob_removal where store_key = any(${[...keys]}::text[])`;
}

/** Compares some parts of the store with the database; the hour decides where it begins. */
async function sweep(sql: Sql, store: BlobStore, parts: number, signal?: AbortSignal): Promise<number> {
  let found = 0;
  const first = Math.floor((await readClock(sql)).getTime() / 3_600_000) * parts;
  const digitsOf = (part: number) => ((first + part) % 256).toString(16).padStart(2, '0');
  for (const digits of parts >= 256 ? [''] : Array.from({ length: parts }, (_, part) => digitsOf(part))) {
    let page: string[] = [];
    for await (const key of store.list(digits)) {
      signal?.throwIfAborted();
      page.push(key);
      if (page.length < 1000) continue;
      found += await markStray(sql, page);
      page = [];
    }
    found += await markStray(sql, page);
  }
  return found;
}

async function markStray(sql: Sql, keys: string[]): Promise<number> {
  if (keys.length === 0) return 0;
  const { count } = await sql`
    insert into core.blob_removal (store_key, due_at)
    select key, clock_timestamp() + make_interval(mins => ${strayMinutes}) from unnest(${keys}::text[]) as key
    where not exists (select from core.blob where store_key = key)
    on conflict do nothing`;
  return count;
}
