import path from 'node:path';
import { Readable } from 'node:stream';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { openBeneath } from '../../core/files/index.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { fileUnknown } from '../errors.ts';
import { fetchFile } from '../mirror/fetch-file.ts';
import { mappingText } from './downloads.store.ts';
import { findFile } from './find-file.ts';

export interface OpenFile {
  /** Must be read to its end or destroyed. */
  stream: Readable;
  /** Of the whole file, bytes. */
  sizeBytes: number;
}

/** Bytes from `start` to `end`, both included. */
export interface FileRange {
  start: number;
  end: number;
}

/**
 * Opens a file of the catalogue wherever its bytes are; those that only the upstream server has are fetched first.
 * Throws `crds.file-unknown`, `crds.file-absent`, `crds.file-changed`, and what fetching throws.
 */
export async function openFile(
  core: Core,
  observatory: string,
  name: string,
  range?: FileRange,
): Promise<OpenFile> {
  return await openBytes(core, await heldFile(core, observatory, name), range);
}

/** The file after it was fetched, if it had to be: its size is known, and its bytes are here. */
export async function heldFile(core: Core, observatory: string, name: string): Promise<CatalogueFile> {
  const file = await findFile(core, observatory, name);
  if (file.place !== 'upstream') return file;
  await fetchFile(core, observatory, name);
  return await findFile(core, observatory, name);
}

/** Opens the bytes of a file that is here. */
export async function openBytes(core: Core, file: CatalogueFile, range?: FileRange): Promise<OpenFile> {
  const { place, kind, sha256 } = file;
  if (place === 'linked' && file.linkedPath !== null) return await openLinked(file, file.linkedPath, range);
  if (place !== 'kept' || sha256 === null) throw fileAbsent(file);
  if (kind === 'reference') return await core.files.open(sha256, 'reference', range);
  const content = await mappingText(core.db.sql, sha256);
  if (content === null) throw fileUnknown(file.observatory, file.name);
  const bytes = range === undefined ? content : content.subarray(range.start, range.end + 1);
  return { stream: Readable.from([bytes], { objectMode: false }), sizeBytes: content.length };
}

/** A link in the place of the file would lead anywhere, so it is not followed. */
async function openLinked(file: CatalogueFile, linkedPath: string, range?: FileRange): Promise<OpenFile> {
  const handle = await openBeneath(path.dirname(linkedPath), path.basename(linkedPath)).catch(
    (cause: unknown) => {
      const { code } = cause as NodeJS.ErrnoException;
      const isAway = cause instanceof AppError || code === 'EACCES' || code === 'EPERM';
      throw isAway ? fileAbsent(file, cause) : cause;
    },
  );
  try {
    const { size } = await handle.stat();
    if (file.sizeBytes !== null && size !== file.sizeBytes) throw changed(file, size);
    return { stream: handle.createReadStream(range ?? {}), sizeBytes: size };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

/** The catalogue knows the file, and nothing more of it is here. */
export function fileAbsent({ observatory, name }: CatalogueFile, cause?: unknown): AppError {
  return new AppError('missing', 'crds.file-absent', `The bytes of ${name} are not here.`, {
    next: `The catalogue of ${observatory} knows the file; ask its operator to import it.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

function changed({ name, sizeBytes }: CatalogueFile, found: number): AppError {
  return new AppError(
    'conflict',
    'crds.file-changed',
    `${name} has ${found} bytes where it was left; ${sizeBytes} were registered.`,
    { next: 'Tell the operator: the file must be brought back.' },
  );
}
