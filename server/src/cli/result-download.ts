import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UwsResult } from '@orrery/contracts/uws';
import { messageOf } from '../core/errors.ts';
import { CommandFailure } from './failure.ts';
import { printable } from './job-address.ts';
import type { Remote } from './remote.ts';
import { transferProgress } from './terminal-progress.ts';

/** What of a result a download needs. */
export type Wanted = Pick<UwsResult, 'name' | 'fileName' | 'sizeBytes' | 'sha256'>;

const tries = 6;
const pauseMs = 500;

/**
 * Brings one result into `folder` under its file name. The bytes are gathered in a hidden file beside
 * it, named after their SHA-256, so that what was broken off goes on later; the file itself appears whole and
 * verified, or not at all.
 */
export async function downloadResult(
  remote: Remote,
  address: string,
  result: Wanted,
  folder: string,
  { mayReplace }: { mayReplace: boolean },
): Promise<void> {
  const target = await placeWithin(folder, result.fileName);
  if (await isThere(target, result, mayReplace)) return;
  const partial = path.join(
    path.dirname(target),
    `.${path.basename(target).slice(0, 150)}.${result.sha256.slice(0, 16)}.part`,
  );
  const progress = transferProgress(printable(result.name), result.sizeBytes);
  try {
    await gather(remote, address, result, partial, progress.at);
    await rename(partial, target);
  } catch (error) {
    throw localFault(error);
  } finally {
    progress.end();
  }
}

function localFault(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof CommandFailure || code === undefined || syscall === undefined) return error;
  return new CommandFailure(
    'usage',
    `The file cannot be written: ${messageOf(error)}.`,
    'Choose another folder with -o; a download that was begun goes on where it was.',
    error,
  );
}

/** The path a file of this name has in `folder`, its folders made. Throws for names that lead out of it. */
export async function placeWithin(folder: string, fileName: string): Promise<string> {
  const parts = fileName.split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPlain || /[\0\\]/.test(fileName)) throw outside(fileName);
  const root = await realpath(folder);
  const target = path.join(root, ...parts);
  // Step by step: a link that stands in the way is found before anything is made behind it.
  let here = root;
  for (const part of parts.slice(0, -1)) {
    here = path.join(here, part);
    await mkdir(here).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if ((await lstat(here)).isSymbolicLink()) throw outside(fileName);
  }
  return target;
}

function outside(fileName: string): CommandFailure {
  return new CommandFailure(
    'download',
    `A result called "${printable(fileName)}" would leave the folder; nothing was written.`,
    'Choose an empty folder with -o; if the name itself leads out of it, tell the operator of the server.',
  );
}

/** Whether the file is there already. One with other bytes is replaced only when that was asked for. */
async function isThere(target: string, { sizeBytes, sha256 }: Wanted, mayReplace: boolean): Promise<boolean> {
  const found = await lstat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return false;
  if (
    found.isFile() &&
    found.size === sizeBytes &&
    (await hashOf(target, sizeBytes)).digest('hex') === sha256
  )
    return true;
  if (mayReplace && !found.isDirectory()) return false;
  throw new CommandFailure(
    'usage',
    `${target} is there and differs from the result.`,
    found.isDirectory() ? 'Choose another folder with -o.' : 'Choose another folder with -o, or say --force.',
  );
}

/** The hash of the first `bytes` of a file, open for more. */
async function hashOf(file: string, bytes: number): Promise<Hash> {
  const hash = createHash('sha256');
  if (bytes === 0) return hash;
  for await (const chunk of createReadStream(file, { end: bytes - 1 }) as AsyncIterable<Buffer>)
    hash.update(chunk);
  return hash;
}

/** Fills the partial file to its end, over broken connections, and verifies it. */
async function gather(
  remote: Remote,
  address: string,
  result: Wanted,
  partial: string,
  onBytes: (bytes: number, before: number) => void,
): Promise<void> {
  const before = await sizeOf(partial, result.sizeBytes);
  for (let attempt = 1; ; attempt++) {
    const from = await sizeOf(partial, result.sizeBytes);
    const file = await open(partial, from === 0 ? 'w' : 'r+', 0o666);
    try {
      const digest = await fetchRest(remote, address, { result, file, partial, from }, (at) =>
        onBytes(at, before),
      );
      if (digest === result.sha256) return;
      // What an earlier try left may be at fault: once more, from the first byte.
      await rm(partial, { force: true });
      if (from === 0 || attempt === tries) throw notAnnounced(result);
    } catch (error) {
      const isBroken = error instanceof CommandFailure && ['unreachable', 'server'].includes(error.reason);
      if (!isBroken || attempt === tries) throw error;
      await sleep(pauseMs * 2 ** (attempt - 1));
    } finally {
      await file.close();
    }
  }
}

function notAnnounced({ name, fileName }: Wanted): CommandFailure {
  return new CommandFailure(
    'download',
    `The bytes of "${printable(name)}" are not those that the server announced; ${printable(fileName)} was not written.`,
    'Try again; if it stays so, something between here and the server changes them.',
  );
}

async function sizeOf(file: string, most: number): Promise<number> {
  try {
    const { size } = await stat(file);
    return size <= most ? size : 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

interface Rest {
  result: Wanted;
  file: FileHandle;
  partial: string;
  /** Bytes that are there. */
  from: number;
}

/** Asks for the bytes from `from` on, writes them, and returns the SHA-256 of the whole. */
async function fetchRest(
  remote: Remote,
  address: string,
  { result, file, partial, from }: Rest,
  onBytes: (at: number) => void,
): Promise<string> {
  const { sizeBytes, sha256 } = result;
  if (from === sizeBytes) return (await hashOf(partial, sizeBytes)).digest('hex');
  const range = { range: `bytes=${from}-`, 'if-range': `"${sha256}"` };
  const answer = await remote.good('GET', address, {
    headers: { accept: '*/*', ...(from > 0 ? range : {}) },
  });
  const isRest = answer.statusCode === 206 && from > 0;
  const hash = isRest ? await hashOf(partial, from) : createHash('sha256');
  let at = isRest ? from : 0;
  if (!isRest) await file.truncate(0);
  for await (const chunk of remote.bytesOf(answer)) {
    if (at + chunk.length > sizeBytes) throw notAnnounced(result);
    await file.write(chunk, 0, chunk.length, at);
    hash.update(chunk);
    at += chunk.length;
    onBytes(at);
  }
  if (at < sizeBytes) throw brokenOff(answer, result);
  return hash.digest('hex');
}

function brokenOff(answer: IncomingMessage, { name }: Wanted): CommandFailure {
  answer.destroy();
  return new CommandFailure(
    'unreachable',
    `The download of "${printable(name)}" broke off.`,
    'Give the same command again: it goes on where it was.',
  );
}
