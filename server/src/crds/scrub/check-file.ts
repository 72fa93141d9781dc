import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { DigestSet, openBeneath } from '../../core/files/index.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import type { Proof, ProofResult } from '../catalogue/proof.store.ts';
import { mappingText } from '../downloads/downloads.store.ts';
import { reason } from '../import/walk.ts';
import { faultText, findingFault, inTurns, MappingError, readingMapping } from '../rules/index.ts';
import type { Pace } from './pace.ts';

/** What is needed of the catalogue to prove a file. */
export type Provable = Pick<
  CatalogueFile,
  'observatory' | 'name' | 'kind' | 'place' | 'linkedPath' | 'sizeBytes' | 'sha1' | 'sha256'
>;

export interface Checked extends Proof {
  /** Bytes that were read for it. */
  bytes: number;
}

/**
 * Reads the bytes of a file where the catalogue says they are and compares size and sums. `quick`: only whether it is
 * there with its size, where that can be told without reading. Throws only what is no fault of the file: an abort, a
 * database that is away.
 */
export async function checkFile(
  core: Pick<Core, 'db' | 'files'>,
  file: Provable,
  { pace, signal, quick = false }: { pace?: Pace; signal?: AbortSignal; quick?: boolean } = {},
): Promise<Checked> {
  if (file.place === 'linked') return await checkLinked(file, pace, signal, quick);
  if (file.sha256 === null) return verdict(file, 'missing', 'its digest is not known');
  if (file.kind === 'mapping') return await checkMapping(core, file, file.sha256);
  return await checkKept(core, file, file.sha256, pace, signal, quick);
}

async function checkMapping(core: Pick<Core, 'db'>, file: Provable, sha256: string): Promise<Checked> {
  const content = await mappingText(core.db.sql, sha256);
  if (content === null) return verdict(file, 'missing', 'its text is not in the database');
  const set = new DigestSet(['sha1']);
  set.update(content);
  const checked = compare(file, content.length, set);
  return checked.result === 'sound' ? { ...checked, fault: await faultOf(file.name, content) } : checked;
}

/** Sound bytes may still be rules that nobody can use; empty when they can be used. */
async function faultOf(name: string, content: Buffer): Promise<string> {
  try {
    const mapping = await inTurns(readingMapping(content.toString('utf8'), { name, ignoreSum: true }));
    const fault = await inTurns(findingFault(mapping));
    return fault === null ? '' : faultText(fault);
  } catch (error) {
    if (error instanceof MappingError) return faultText(error);
    throw error;
  }
}

async function checkKept(
  core: Pick<Core, 'files'>,
  file: Provable,
  sha256: string,
  pace: Pace | undefined,
  signal: AbortSignal | undefined,
  quick: boolean,
): Promise<Checked> {
  try {
    const opened = await core.files.open(sha256, 'reference');
    if (quick) {
      opened.stream.destroy();
      return opened.sizeBytes === file.sizeBytes
        ? verdict(file, 'sound', '')
        : verdict(file, 'damaged', `has ${opened.sizeBytes} bytes instead of ${file.sizeBytes}`);
    }
    const read = await digestStream(opened.stream, pace, signal);
    const checked = compare(file, read.sizeBytes, read.set);
    // The store is told as well: then the next arrival of the same bytes takes the place of the damaged ones.
    if (checked.result !== 'sound') await core.files.verify(sha256, 'reference');
    return checked;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'missing') return unreadable(file, error, signal);
    if (error.code === 'files.bytes-missing') await core.files.verify(sha256, 'reference');
    return verdict(file, 'missing', 'its bytes are not in the file store');
  }
}

async function checkLinked(
  file: Provable,
  pace: Pace | undefined,
  signal: AbortSignal | undefined,
  quick: boolean,
): Promise<Checked> {
  const place = file.linkedPath ?? '';
  try {
    const handle = await openBeneath(path.dirname(place), path.basename(place));
    try {
      const { size } = await handle.stat();
      if (file.sizeBytes !== null && size !== file.sizeBytes) {
        return verdict(file, 'damaged', `${place} has ${size} bytes instead of ${file.sizeBytes}`);
      }
      if (quick) return verdict(file, 'sound', '');
      const stream = handle.createReadStream({ autoClose: false, highWaterMark: 512 * 1024 });
      const read = await digestStream(stream, pace, signal);
      return compare(file, read.sizeBytes, read.set);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof AppError)) return unreadable(file, error, signal);
    const what = error.kind === 'missing' ? 'is not there any more' : 'is no plain file any more';
    return verdict(file, 'missing', `${place} ${what}`);
  }
}

async function digestStream(stream: Readable, pace?: Pace, signal?: AbortSignal) {
  const set = new DigestSet(['sha1']);
  let sizeBytes = 0;
  try {
    for await (const chunk of stream) {
      const bytes = chunk as Buffer;
      set.update(bytes);
      sizeBytes += bytes.length;
      await pace?.passed(bytes.length, signal);
    }
  } finally {
    stream.destroy();
  }
  return { set, sizeBytes };
}

function compare(file: Provable, sizeBytes: number, set: DigestSet): Checked {
  const { sha1, sha256 } = set.digest();
  const found = (text: string): Checked => ({ ...verdict(file, 'damaged', text), bytes: sizeBytes });
  if (file.sizeBytes !== null && sizeBytes !== file.sizeBytes) {
    return found(`has ${sizeBytes} bytes instead of ${file.sizeBytes}`);
  }
  if (file.sha256 !== null && sha256 !== file.sha256)
    return found('has another SHA-256 than it had when it came');
  if (file.sha1 !== null && sha1 !== file.sha1) return found(`has the SHA-1 ${sha1} instead of ${file.sha1}`);
  return { ...verdict(file, 'sound', ''), bytes: sizeBytes };
}

/** What the disk says of one file is a result; what the database says, or an abort, is not. */
function unreadable(file: Provable, error: unknown, signal?: AbortSignal): Checked {
  signal?.throwIfAborted();
  const code = (error as NodeJS.ErrnoException).syscall === undefined ? undefined : reason(error);
  if (code === undefined) throw error;
  return verdict(file, 'unreadable', `cannot be read: ${code}`);
}

function verdict({ name }: Provable, result: ProofResult, found: string): Checked {
  return { name, result, found, bytes: 0 };
}
