import type { Readable } from 'node:stream';
import type { Db } from '../db/index.ts';
import { messageOf } from '../errors.ts';
import { unguessableId } from '../ids.ts';
import type { Log } from '../log.ts';
import { guard, hold } from './blob-rows.ts';
import type { BlobStore } from './blob-store.ts';
import { collectCandidates } from './garbage.ts';
import { type Blob, type PutOptions, putBlob } from './put.ts';
import type { Namespace } from './references.ts';

/**
 * What one request or task brings in, kept until it ends: by then a service refers to the bytes, or nobody wants
 * them and they are removed at once. Equal bytes that others hold, refer to or are just sending stay. When the process
 * dies before the end, what came is kept for 24 hours, as by `Files.put`.
 */
export interface Hold extends AsyncDisposable {
  /** As `Files.put`, but what is kept is kept by this hold. */
  put(source: Readable | Uint8Array, options: Omit<PutOptions, 'namespace'>): Promise<Blob>;
  /**
   * Stops uploads under way, waits for them, and gives up what came. References to keep are committed before.
   * Never throws; the second time it does nothing.
   */
  end(): Promise<void>;
}

interface Place {
  db: Db;
  store: BlobStore;
  log: Log;
}

/** A hold with a name of its own, so that giving it up is nothing to the holds of others on the same bytes. */
export function createHold(place: Place, namespace: Namespace): Hold {
  const holdId = unguessableId();
  const ended = new AbortController();
  const running = new Set<Promise<unknown>>();
  const hashes = new Set<string>();
  const where = { sql: place.db.sql, store: place.store, holdId };

  const put: Hold['put'] = async (source, options) => {
    if (options.expected?.sha256 !== undefined) hashes.add(options.expected.sha256);
    const signal =
      options.signal === undefined ? ended.signal : AbortSignal.any([ended.signal, options.signal]);
    const putting = putBlob(where, source, { ...options, namespace, signal }).then((blob) => {
      hashes.add(blob.sha256);
      return blob;
    });
    running.add(putting);
    try {
      return await putting;
    } finally {
      running.delete(putting);
    }
  };

  const end = async () => {
    ended.abort(new Error('the hold has ended'));
    await Promise.allSettled(running);
    if (hashes.size === 0) return;
    const all = [...hashes];
    hashes.clear();
    try {
      await giveUp(place, namespace, holdId, all);
    } catch (error) {
      // The hold ends by itself after a day.
      place.log.warn({ reason: messageOf(error), files: all.length }, 'a hold on uploads was not given up');
    }
  };
  return { put, end, [Symbol.asyncDispose]: end };
}

/**
 * Every blob becomes a candidate, in the statement that ends its hold, so that none is forgotten. Those that no
 * service refers to are judged at once; the others were most likely taken, and wait for the next collection.
 */
async function giveUp(
  place: Place,
  namespace: Namespace,
  holdId: string,
  hashes: readonly string[],
): Promise<void> {
  const orphans = await place.db.sql<{ blobCandidateId: number }[]>`
    with ended as (
      delete from core.blob_reference
      where namespace = ${namespace} and sha256 = any(${[...hashes]}::text[])
        and owner_kind in (${hold}, ${guard}) and owner_id = ${holdId} and name = ''
      returning realm, sha256),
    noted as (
      insert into core.blob_candidate (realm, sha256) select distinct realm, sha256 from ended
      returning blob_candidate_id, realm, sha256)
    select blob_candidate_id from noted
    where not exists (
      select from core.blob_reference r
      where r.realm = noted.realm and r.sha256 = noted.sha256 and r.expires_at is null)`;
  if (orphans.length > 0) {
    await collectCandidates(
      place,
      orphans.map((orphan) => orphan.blobCandidateId),
    );
  }
}
