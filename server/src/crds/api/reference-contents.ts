import { buffer } from 'node:stream/consumers';
import type { CrdsContents, CrdsContentsQuery, CrdsReferenceHeader } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { openBytes } from '../downloads/open-file.ts';
import { readFitsUnits } from './fits-header.ts';

/** Bytes of a reference that are looked at as text. */
const mostTextBytes = 4 * 1024 * 1024;
const usualLines = 2000;
const limits = { mostUnits: 200, mostCards: 20_000 };

/** A part of a reference that is text: JSON, YAML, a table, or the head of an ASDF file. Throws `crds.contents-binary`. */
export async function textOfReference(
  core: Core,
  file: CatalogueFile,
  { from = 1, lines: wanted = usualLines }: CrdsContentsQuery,
): Promise<CrdsContents> {
  assertHere(file);
  const size = file.sizeBytes ?? 0;
  const { stream } = await openBytes(core, file, {
    start: 0,
    end: Math.max(0, Math.min(size, mostTextBytes) - 1),
  });
  const bytes = await buffer(stream);
  // The tree of an ASDF file ends with this line; behind it are its arrays.
  const end = bytes.subarray(0, 5).toString('latin1') === '#ASDF' ? bytes.indexOf('\n...\n') : -1;
  const head = end < 0 ? bytes : bytes.subarray(0, end + 4);
  if (!isText(head)) throw binary(file.name);
  const all = head.toString('utf8').split(/\r\n|\r|\n/);
  if (all.at(-1) === '') all.pop();
  return {
    from,
    lines: all.slice(from - 1, from - 1 + wanted),
    totalLines: all.length,
    links: [],
    header: [],
  };
}

/** No control characters but those of lines and tabs; a header of FITS is one line of text, and no text for people. */
function isText(bytes: Buffer): boolean {
  if (bytes.subarray(0, 9).toString('latin1') === 'SIMPLE  =') return false;
  return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

/** Header cards of a reference in FITS. Throws `crds.fits-invalid`, `crds.contents-elsewhere`. */
export async function headerOfReference(core: Core, file: CatalogueFile): Promise<CrdsReferenceHeader> {
  assertHere(file);
  const read = async (start: number, length: number): Promise<Buffer> => {
    const end = Math.min(start + length, file.sizeBytes ?? 0) - 1;
    if (end < start) return Buffer.alloc(0);
    const { stream } = await openBytes(core, file, { start, end });
    return await buffer(stream);
  };
  return { format: 'FITS', ...(await readFitsUnits(read, file.sizeBytes ?? 0, limits)) };
}

/** A look at a page must not fetch gigabytes from elsewhere. */
function assertHere({ name, place }: CatalogueFile): void {
  if (place === 'kept' || place === 'linked') return;
  throw new AppError('conflict', 'crds.contents-elsewhere', `The bytes of ${name} are not on this server.`, {
    next: 'Download the file once: then it is fetched and kept.',
  });
}

function binary(name: string): AppError {
  return new AppError('conflict', 'crds.contents-binary', `${name} is no text.`, {
    next: 'Download it, or look at its header if it is a FITS file.',
  });
}
