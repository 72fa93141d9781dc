import type { Readable } from 'node:stream';
import type { Db, Tx } from '../db/index.ts';
import type { Log } from '../log.ts';
import type { BlobStore, ByteRange, LinkKind } from './blob-store.ts';
import { collectGarbage, type Garbage, type GarbageOptions } from './garbage.ts';
import { createHold, type Hold } from './hold.ts';
import { type ListedBlob, type ListOptions, listBlobs, sumUsage, type Usage } from './listing.ts';
import { type Blob, type PutOptions, putBlob, putSmallBlob, type SmallPutOptions } from './put.ts';
import { getBlob, linkBlob, type OpenBlob, openBlob, verifyBlob } from './read.ts';
import {
  listOwned,
  type Namespace,
  type OwnedFile,
  type Owner,
  reference,
  release,
  releaseOwner,
} from './references.ts';

export interface BlobStat {
  sha256: string;
  sizeBytes: number;
  sha1: string | null;
  md5: string | null;
  adler32: string | null;
  createdAt: Date;
  verifiedAt: Date | null;
  /** Set when a check found other bytes than those that came; the next upload of the same bytes mends it. */
  damagedAt: Date | null;
}

/** The content-addressed file store. Hashes are SHA-256, 64 lower-case hexadecimal digits. */
export interface Files {
  /**
   * Takes the source to its end and keeps its bytes, in constant memory. When it resolves they are durable and
   * held for 24 hours; refer to them in time. The same bytes again are the same blob.
   * Throws AppError too-large `files.size-exceeded`, invalid `files.size-mismatch` or `files.digest-mismatch`
   * (nothing is kept), busy `files.disk-low`.
   */
  put(source: Readable | Uint8Array, options: PutOptions): Promise<Blob>;
  /** For bytes that may be refused after they came: see `Hold`. */
  hold(namespace: Namespace): Hold;
  /** Keeps contents below 32 KiB in the database, for an owner, so that they commit with `tx`. */
  putSmall(tx: Tx, content: Uint8Array, options: SmallPutOptions): Promise<Blob>;
  /** Keeps a blob for an owner; twice is once. Throws missing `files.blob-missing`. */
  reference(tx: Tx, sha256: string, namespace: Namespace, owner: Owner): Promise<void>;
  /** Gives one reference up; false when there was none. */
  release(tx: Tx, sha256: string, namespace: Namespace, owner: Owner): Promise<boolean>;
  /** Gives up all references of an object; returns how many. */
  releaseOwner(tx: Tx, owner: Pick<Owner, 'kind' | 'id'>): Promise<number>;
  /** The files an object keeps, by name. */
  owned(owner: Pick<Owner, 'kind' | 'id'>): Promise<OwnedFile[]>;
  /** Opens a blob that the namespace has; range ends are included. Throws missing `files.blob-missing`, invalid `files.range-unsatisfiable`. */
  open(sha256: string, namespace: Namespace, range?: ByteRange): Promise<OpenBlob>;
  /**
   * Gives a blob a place in the file system, 0444; `path` must not exist. Only `reference` files share their
   * bytes with the store (hard link); results and cache are reflinked or copied; samples are refused.
   */
  link(sha256: string, path: string, namespace?: Exclude<Namespace, 'sample'>): Promise<LinkKind>;
  /** Reads the bytes again and compares; the outcome is kept in `stat`. */
  verify(sha256: string, namespace: Namespace): Promise<'intact' | 'damaged'>;
  /** Throws missing `files.blob-missing`. */
  stat(sha256: string, namespace: Namespace): Promise<BlobStat>;
  list(options: ListOptions): Promise<ListedBlob[]>;
  /** Blobs and bytes per namespace. Reads every reference. */
  usage(): Promise<Usage[]>;
  /** Removes what nothing refers to any more; for a schedule, safe in several processes at once. */
  collectGarbage(options?: GarbageOptions): Promise<Garbage>;
  readonly store: BlobStore;
}

/** The file store on a started `BlobStore`. */
export function createFiles({ db, log, store }: { db: Db; log: Log; store: BlobStore }): Files {
  return {
    store,
    put: (source, options) => putBlob({ sql: db.sql, store }, source, options),
    hold: (namespace) => createHold({ db, store, log }, namespace),
    putSmall: putSmallBlob,
    reference,
    release,
    releaseOwner,
    owned: (owner) => listOwned(db.sql, owner),
    open: (sha256, namespace, range) => openBlob(db.sql, store, sha256, namespace, range),
    link: (sha256, path, namespace = 'reference') => linkBlob(db.sql, store, sha256, path, namespace),
    verify: (sha256, namespace) => verifyBlob(db.sql, store, sha256, namespace),
    async stat(sha256, namespace) {
      const { realm: _realm, storeKey: _storeKey, ...stat } = await getBlob(db.sql, sha256, namespace);
      return stat;
    },
    list: (options) => listBlobs(db.sql, options),
    usage: () => sumUsage(db.sql),
    collectGarbage: (options) => collectGarbage({ db, store, log }, options),
  };
}
