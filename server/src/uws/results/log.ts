import { buffer } from 'node:stream/consumers';
import type { UwsLog } from '@orrery/contracts/uws';
import type { LogStream } from '../../core/compute/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { Job } from '../jobs/job.ts';
import { isFinal } from '../phases.ts';

/**
 * A part of what a job printed, while it runs and afterwards. `fromByte` below zero counts from the end. The part
 * ends between two characters, so that parts put together are the whole.
 */
export async function readLog(
  core: Core,
  job: Job,
  stream: LogStream,
  fromByte: number,
  maxBytes: number,
): Promise<UwsLog> {
  const { bytes, sizeBytes, from } = await readLogBytes(core, job, stream, fromByte, maxBytes);
  const isLast = from + bytes.length >= sizeBytes;
  const kept = bytes.subarray(0, isLast && isFinal(job.phase) ? bytes.length : wholeCharacters(bytes));
  return {
    text: kept.toString('utf8'),
    fromByte: from,
    nextByte: from + kept.length,
    ended: isFinal(job.phase) && job.computeRunId === null && from + kept.length >= sizeBytes,
    sizeBytes,
  };
}

interface Part {
  bytes: Buffer;
  sizeBytes: number;
  from: number;
}

/** The bytes of a part, wherever the log is now. */
export async function readLogBytes(
  core: Core,
  job: Job,
  stream: LogStream,
  fromByte: number,
  maxBytes: number,
): Promise<Part> {
  const stored = job.results.find((result) => result.name === stream);
  if (stored !== undefined) {
    const { sizeBytes, hash } = stored;
    const from = placeIn(sizeBytes, fromByte);
    if (from >= sizeBytes) return { bytes: Buffer.alloc(0), sizeBytes, from };
    const end = Math.min(from + maxBytes, sizeBytes) - 1;
    const open = await core.files.open(hash, 'result', { start: from, end });
    return { bytes: await buffer(open.stream), sizeBytes, from };
  }
  if (job.computeRunId === null) return { bytes: Buffer.alloc(0), sizeBytes: 0, from: 0 };
  try {
    const size = fromByte < 0 ? (await core.compute.readLog(job.computeRunId, stream, 0, 1)).sizeBytes : 0;
    const from = fromByte < 0 ? placeIn(size, fromByte) : fromByte;
    const part = await core.compute.readLog(job.computeRunId, stream, from, maxBytes);
    return { bytes: part.bytes, sizeBytes: part.sizeBytes, from };
  } catch (error) {
    if (error instanceof AppError && error.kind === 'missing')
      return { bytes: Buffer.alloc(0), sizeBytes: 0, from: 0 };
    throw error;
  }
}

function placeIn(sizeBytes: number, fromByte: number): number {
  return fromByte < 0 ? Math.max(0, sizeBytes + fromByte) : Math.min(fromByte, sizeBytes);
}

/** How many bytes make whole UTF-8 characters: a character cut at the end is left for the next part. */
export function wholeCharacters(bytes: Buffer): number {
  const size = bytes.length;
  for (let back = 1; back <= Math.min(4, size); back++) {
    const byte = bytes[size - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back && size > back ? size - back : size;
  }
  return size;
}

const maxLineSigns = 500;

/**
 * The last line that is not empty, at most 500 characters of it. A script writes what it likes: NUL and halves of
 * characters, which the database does not store, become U+FFFD.
 */
export function lastLineOf(bytes: Buffer): string {
  const lines = bytes.toString('utf8').replaceAll('\0', '\ufffd').split('\n');
  const last = lines.map((line) => line.trim()).findLast((line) => line !== '') ?? '';
  return [...last].slice(0, maxLineSigns).join('');
}
