import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { DigestSet } from '../../core/files/index.ts';
import type { NewFile } from '../catalogue/file.ts';
import { type AddedFiles, addFiles } from '../catalogue/files.store.ts';
import { noteProven } from '../catalogue/proof.store.ts';

/** What the bytes of a file have to be; what is not known is not compared. */
export interface Expected {
  sizeBytes?: number | null;
  sha1?: string | null;
}

/** Bytes of a reference that were read to their end and are what was expected. */
export interface PlacedFile {
  name: string;
  place: 'kept' | 'linked';
  linkedPath?: string;
  sizeBytes: number;
  sha1: string;
  sha256: string;
}

/** Why the file store keeps the bytes of a reference. */
export function ownerOf(observatory: string, name: string) {
  return { kind: 'crds.file', id: `${observatory}/${name}`, name };
}

/**
 * Takes a reference into the file store: sha1 and sha256 in one pass, constant memory. The bytes are held for 24 hours;
 * `recordPlaced` makes them the file's. Throws `crds.file-differs` when they are not what was expected.
 */
export async function keepFile(
  core: Pick<Core, 'files'>,
  name: string,
  source: Readable,
  expected: Expected = {},
  signal?: AbortSignal,
): Promise<PlacedFile> {
  const {
    sizeBytes,
    sha256,
    sha1 = '',
  } = await core.files.put(source, {
    namespace: 'reference',
    alsoHash: ['sha1'],
    ...(signal === undefined ? {} : { signal }),
  });
  refuseOther(name, { sizeBytes, sha1 }, expected);
  return { name, place: 'kept', sizeBytes, sha1, sha256 };
}

/** Reads a reference where it lies, which stays its place. Throws `crds.file-differs` as above. */
export async function linkFile(
  name: string,
  linkedPath: string,
  handle: FileHandle,
  expected: Expected = {},
  signal?: AbortSignal,
): Promise<PlacedFile> {
  const read = await digestOf(handle, signal);
  refuseOther(name, read, expected);
  return { name, place: 'linked', linkedPath, ...read };
}

export interface ReadDigests {
  sizeBytes: number;
  sha1: string;
  sha256: string;
}

/** Size and digests of an open file, in one pass. */
export async function digestOf(handle: FileHandle, signal?: AbortSignal): Promise<ReadDigests> {
  const set = new DigestSet(['sha1']);
  const chunk = Buffer.allocUnsafe(512 * 1024);
  let sizeBytes = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, sizeBytes);
    if (bytesRead === 0) break;
    set.update(chunk.subarray(0, bytesRead));
    sizeBytes += bytesRead;
  }
  const { sha256, sha1 = '' } = set.digest();
  return { sizeBytes, sha1, sha256 };
}

/** Enters placed references into the catalogue; what the file store keeps is referred to from the same commit on. */
export async function recordPlaced(
  core: Pick<Core, 'files'>,
  tx: Tx,
  observatory: string,
  files: readonly (PlacedFile & Partial<NewFile>)[],
): Promise<AddedFiles> {
  const stored = await addFiles(tx, observatory, files);
  const different = new Set(stored.different);
  for (const { name, place, sha256 } of files) {
    if (place !== 'kept' || different.has(name)) continue;
    await core.files.reference(tx, sha256, 'reference', ownerOf(observatory, name));
  }
  // They were read to their end just now: that is a proof.
  await noteProven(
    tx,
    observatory,
    files.filter(({ name }) => !different.has(name)),
  );
  return stored;
}

function refuseOther(name: string, found: { sizeBytes: number; sha1: string }, expected: Expected): void {
  const { sizeBytes, sha1 } = expected;
  if (sizeBytes != null && sizeBytes !== found.sizeBytes) {
    throw fileDiffers(name, `${found.sizeBytes} bytes instead of ${sizeBytes}`);
  }
  if (sha1 != null && sha1 !== found.sha1) {
    throw fileDiffers(name, `the SHA-1 ${found.sha1} instead of ${sha1}`);
  }
}

/** The bytes are not those of the catalogue; `how` says what they have instead. */
export function fileDiffers(name: string, how: string): AppError {
  return new AppError('conflict', 'crds.file-differs', `${name} has ${how}.`, {
    next: 'Get the file again from where it comes; the catalogue says what it must be.',
    details: { name },
  });
}
