import type { Sql, Tx } from '../db/index.ts';
import type { Realm } from './blob-store.ts';
import type { Digests } from './digests.ts';
import { type Namespace, realmOf } from './references.ts';

/** How long an upload is kept until a service refers to it. */
export const holdHours = 24;
/** An upload whose row comes later than this after its bytes is refused: the sweep may have taken them. */
export const placeMinutes = 60;

export interface BlobRow {
  realm: Realm;
  sha256: string;
  sizeBytes: number;
  sha1: string | null;
  md5: string | null;
  adler32: string | null;
  storeKey: string | null;
  createdAt: Date;
  verifiedAt: Date | null;
  damagedAt: Date | null;
}

/** Somebody has sent these bytes into the namespace: it has them, until a service takes or forgets them. */
export const hold = 'hold';
/** Somebody says that these bytes will come: they are kept, but the namespace does not have them yet. */
export const guard = 'guard';
/** The hold of everybody; each upload of the same bytes makes it longer and nobody gives it up. */
export const commonHold = '';

/** The database's time, which decides whether an upload was recorded in time. */
export async function readClock(sql: Sql): Promise<Date> {
  const [clock] = await sql<{ now: Date }[]>`select clock_timestamp() as now`;
  return (clock as { now: Date }).now;
}

/**
 * Holds an intact blob for the namespace when there is one, for bytes that were seen; with the database's time.
 * A hold with half its time left is good enough as it is: then nothing is written, and nobody waits.
 * `holdId`: whose hold, `commonHold` or that of a `Hold`.
 */
export async function holdPresent(
  sql: Sql,
  sha256: string,
  namespace: Namespace,
  holdId: string,
): Promise<{ now: Date; blob: BlobRow | null }> {
  const [found] = await sql<(BlobRow & { now: Date; held: boolean })[]>`
    select clock_timestamp() as now, b.realm, b.sha256, b.size_bytes, b.sha1, b.md5, b.adler32, b.store_key,
      b.created_at, b.verified_at, b.damaged_at,
      coalesce(r.expires_at > clock_timestamp() + make_interval(hours => ${holdHours / 2}), false) as held
    from (select ${realmOf(namespace)}::text as realm, ${sha256}::text as sha256) wanted
    left join core.blob b on b.realm = wanted.realm and b.sha256 = wanted.sha256 and b.damaged_at is null
    left join core.blob_reference r on r.namespace = ${namespace} and r.sha256 = b.sha256
      and r.owner_kind = ${hold} and r.owner_id = ${holdId} and r.name = ''`;
  const { now, held, ...blob } = found as BlobRow & { now: Date; held: boolean };
  if (blob.sha256 === null) return { now, blob: null };
  return { now, blob: held ? blob : await keepPresent(sql, sha256, namespace, hold, holdId) };
}

/** Keeps an intact blob from being collected while bytes that should be equal are on their way. */
export async function guardPresent(
  sql: Sql,
  sha256: string,
  namespace: Namespace,
  holdId: string,
): Promise<boolean> {
  return (await keepPresent(sql, sha256, namespace, guard, holdId)) !== null;
}

async function keepPresent(
  sql: Sql,
  sha256: string,
  namespace: Namespace,
  why: typeof hold | typeof guard,
  holdId: string,
): Promise<BlobRow | null> {
  const [blob] = await sql<BlobRow[]>`
    with present as (
      select realm, sha256, size_bytes, sha1, md5, adler32, store_key, created_at, verified_at, damaged_at
      from core.blob
      where realm = ${realmOf(namespace)} and sha256 = ${sha256} and damaged_at is null for key share),
    held as (
      insert into core.blob_reference (namespace, sha256, owner_kind, owner_id, name, expires_at)
      select ${namespace}, sha256, ${why}, ${holdId}, '', clock_timestamp() + make_interval(hours => ${holdHours}) from present
      on conflict (namespace, sha256, owner_kind, owner_id, name) do update set expires_at = excluded.expires_at)
    select * from present`;
  return blob ?? null;
}

export interface NewBlob {
  namespace: Namespace;
  sizeBytes: number;
  digests: Digests;
  storeKey: string;
  /** The database's time before the bytes were placed. */
  placedAfter: Date;
  holdId: string;
}

/**
 * Makes the row of bytes that are in the store, and holds it; one statement, one commit. A row that is there
 * keeps its own bytes unless they are known to be damaged. Null when the bytes were placed too long ago.
 * `on conflict do update` waits for a collection that is removing the row, and then inserts.
 */
export async function insertPlaced(sql: Sql, blob: NewBlob): Promise<BlobRow | null> {
  const { digests } = blob;
  const [stored] = await sql<BlobRow[]>`
    with stored as (
      insert into core.blob (realm, sha256, size_bytes, sha1, md5, adler32, store_key)
      select ${realmOf(blob.namespace)}, ${digests.sha256}, ${blob.sizeBytes}::bigint, ${digests.sha1 ?? null}::text,
        ${digests.md5 ?? null}::text, ${digests.adler32 ?? null}::text, ${blob.storeKey}
      where clock_timestamp() < ${blob.placedAfter}::timestamptz + make_interval(mins => ${placeMinutes})
      on conflict (realm, sha256) do update set
        sha1 = coalesce(blob.sha1, excluded.sha1), md5 = coalesce(blob.md5, excluded.md5),
        adler32 = coalesce(blob.adler32, excluded.adler32),
        store_key = case when blob.damaged_at is null then blob.store_key else excluded.store_key end,
        content = case when blob.damaged_at is null then blob.content end,
        damaged_at = null
      returning *),
    held as (
      insert into core.blob_reference (namespace, sha256, owner_kind, owner_id, name, expires_at)
      select ${blob.namespace}, sha256, ${hold}, ${blob.holdId}, '',
        clock_timestamp() + make_interval(hours => ${holdHours}) from stored
      on conflict (namespace, sha256, owner_kind, owner_id, name) do update set expires_at = excluded.expires_at)
    select realm, sha256, size_bytes, sha1, md5, adler32, store_key, created_at, verified_at, damaged_at from stored`;
  return stored ?? null;
}

/** Adds checksums that were not computed when the blob came. */
export async function updateDigests(
  sql: Sql,
  namespace: Namespace,
  digests: Digests,
): Promise<BlobRow | null> {
  const [blob] = await sql<BlobRow[]>`
    update core.blob set sha1 = coalesce(sha1, ${digests.sha1 ?? null}::text), md5 = coalesce(md5, ${digests.md5 ?? null}::text),
      adler32 = coalesce(adler32, ${digests.adler32 ?? null}::text)
    where realm = ${realmOf(namespace)} and sha256 = ${digests.sha256}
    returning realm, sha256, size_bytes, sha1, md5, adler32, store_key, created_at, verified_at, damaged_at`;
  return blob ?? null;
}

export interface SmallBlob {
  namespace: Namespace;
  digests: Digests;
  content: Buffer;
}

/** Makes the row of a small blob together with its bytes, or finds it there. False = it went away just now. */
export async function insertSmall(tx: Tx, { namespace, digests, content }: SmallBlob): Promise<boolean> {
  const realm = realmOf(namespace);
  await tx`
    insert into core.blob (realm, sha256, size_bytes, sha1, md5, adler32, content)
    values (${realm}, ${digests.sha256}, ${content.length}, ${digests.sha1 ?? null}, ${digests.md5 ?? null},
      ${digests.adler32 ?? null}, ${content})
    on conflict (realm, sha256) do nothing`;
  const present = await tx`
    select 1 from core.blob where realm = ${realm} and sha256 = ${digests.sha256} for key share`;
  return present.length === 1;
}

/** The blob if the namespace has it: somebody's reference, or the hold of an upload into this namespace. */
export async function findBlob(sql: Sql, sha256: string, namespace: Namespace): Promise<BlobRow | null> {
  const [blob] = await sql<BlobRow[]>`
    select realm, sha256, size_bytes, sha1, md5, adler32, store_key, created_at, verified_at, damaged_at
    from core.blob b
    where realm = ${realmOf(namespace)} and sha256 = ${sha256}
      and exists (
        select from core.blob_reference r
        where r.namespace = ${namespace} and r.sha256 = b.sha256 and r.owner_kind <> ${guard})`;
  return blob ?? null;
}

export async function findContent(sql: Sql, realm: Realm, sha256: string): Promise<Buffer | null> {
  const [row] = await sql<{ content: Buffer | null }[]>`
    select content from core.blob where realm = ${realm} and sha256 = ${sha256}`;
  return row?.content ?? null;
}

export async function updateVerified(sql: Sql, blob: BlobRow, intact: boolean): Promise<void> {
  await sql`
    update core.blob set verified_at = clock_timestamp(),
      damaged_at = case when ${intact} then null else coalesce(damaged_at, clock_timestamp()) end
    where realm = ${blob.realm} and sha256 = ${blob.sha256} and store_key is not distinct from ${blob.storeKey}`;
}
