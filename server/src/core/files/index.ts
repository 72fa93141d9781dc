export type { BlobStore, BlobWriter, ByteRange, LinkKind, Realm, StoredKey } from './blob-store.ts';
export { DigestSet, type Digests, type ExtraDigest, isSha256 } from './digests.ts';
export { createDiskStore, type DiskStoreOptions } from './disk-store.ts';
export { type BlobStat, createFiles, type Files } from './files.ts';
export type { Garbage, GarbageOptions } from './garbage.ts';
export type { ListedBlob, ListOptions, Usage } from './listing.ts';
export { type Blob, type PutOptions, type SmallPutOptions, smallBytes } from './put.ts';
export type { OpenBlob } from './read.ts';
export type { Namespace, OwnedFile, Owner } from './references.ts';
