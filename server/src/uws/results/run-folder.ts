import type { LogStream, RunFolder } from '../../core/compute/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { errorFile } from '../run/request.ts';
import { lastLineOf } from './log.ts';

const logPartBytes = 262_144;
/** Of each of the two logs. */
const maxLogBytes = 64 * 1024 * 1024;

/** Null when the run never had a folder: it was ended while it waited. */
export async function openFolder(core: Core, runId: string): Promise<RunFolder | null> {
  try {
    return await core.compute.collect(runId);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'missing') return null;
    throw error;
  }
}

/** The files of a run, or the sentence that says why they are too many: trying again would not help. */
export async function listFolder(
  folder: Pick<RunFolder, 'list'>,
): Promise<Awaited<ReturnType<RunFolder['list']>> | string> {
  try {
    return await folder.list();
  } catch (error) {
    if (error instanceof AppError && error.kind === 'too-large') return error.message;
    throw error;
  }
}

/** A log from its beginning, as far as it is kept. */
export async function* readWholeLog(core: Core, runId: string, stream: LogStream): AsyncGenerator<Buffer> {
  let from = 0;
  while (from < maxLogBytes) {
    const part = await readPart(core, runId, stream, from);
    if (part === null || part.bytes.length === 0) return;
    yield part.bytes;
    from = part.nextByte;
  }
}

async function readPart(core: Core, runId: string, stream: LogStream, from: number) {
  try {
    return await core.compute.readLog(runId, stream, from, logPartBytes);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'missing') return null;
    throw error;
  }
}

const maxWordsBytes = 4096;

/** What a script said of its failure, in one line; null when it said nothing. */
export async function ownWords(core: Core, runId: string): Promise<string | null> {
  const folder = await openFolder(core, runId);
  try {
    const source = await folder?.open(errorFile);
    if (source === undefined) return null;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of source as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxWordsBytes) break;
    }
    const text = Buffer.concat(chunks).subarray(0, maxWordsBytes).toString('utf8');
    return lastLineOf(Buffer.from(text.replaceAll(/\s+/g, ' '))) || null;
  } catch {
    // A script may do with the file what it likes; its log is there as well.
    return null;
  }
}

/** The last line a run wrote to stderr. */
export async function lastLine(core: Core, runId: string): Promise<string> {
  const size = (await readPart(core, runId, 'stderr', 0))?.sizeBytes ?? 0;
  const part = await readPart(core, runId, 'stderr', Math.max(0, size - 4096));
  return lastLineOf(part?.bytes ?? Buffer.alloc(0));
}
