import type { Readable } from 'node:stream';

/** Samples may be hostile: their bytes are kept apart from everything else and never shared with it. */
export type Realm = 'shared' | 'sample';

/** Bytes `start` to `end`, both included, counted from 0. Without `end` to the last byte. */
export interface ByteRange {
  start: number;
  end?: number;
}

export type LinkKind = 'hard-link' | 'reflink' | 'copy';

/** A blob on its way into the store. Exactly one of `finish` and `abort` ends it. */
export interface BlobWriter {
  /** Takes the chunk; resolves when the next one may come. The chunk is not changed afterwards. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes the bytes durable and readable under a key that was never used before, and returns the key. */
  finish(sha256: string): Promise<string>;
  /** Forgets the bytes. Never throws. */
  abort(): Promise<void>;
}

/**
 * Where the bytes are. A store knows keys and bytes; hashes, names, owners and rights are the database's.
 * Two implementations (disk, S3-compatible) pass the same suite: test/conformance/files.suite.ts.
 */
export interface BlobStore {
  readonly kind: 'disk' | 's3';
  /** Makes folders, or checks that the bucket answers. */
  start(): Promise<void>;
  /** Begins a new blob. Throws AppError busy when the disk is nearly full. */
  begin(realm: Realm, signal?: AbortSignal): Promise<BlobWriter>;
  /** Streams the bytes. Throws AppError missing `files.bytes-missing` when the key is not there. */
  open(key: string, range?: ByteRange): Promise<Readable>;
  /** Size in bytes, or null when the key is not there. */
  size(key: string): Promise<number | null>;
  /** Puts the bytes at `path`, readable by everybody and writable by nobody; `path` must not exist. */
  link(key: string, path: string, allowHardLink: boolean): Promise<LinkKind>;
  /** Removes the bytes; a key that is not there is no error. */
  remove(key: string): Promise<void>;
  /** The keys of one of the 256 parts of the store, named by two hexadecimal digits, or with '' of all of it. */
  list(digits: string): AsyncIterable<string>;
  /** Removes unfinished uploads of processes that are gone; returns how many. */
  removeUnfinished(): Promise<number>;
}
