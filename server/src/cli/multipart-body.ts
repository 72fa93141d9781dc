import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../core/errors.ts';
import { CommandFailure } from './failure.ts';

/** A file on this machine that becomes a parameter. */
export interface LocalFile {
  name: string;
  file: string;
  sizeBytes: number;
}

/** Throws a CommandFailure unless `file` is a regular file that can be looked at. */
export async function lookAtFile(name: string, file: string): Promise<LocalFile> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new Error(`${file} is no regular file`);
    return { name, file, sizeBytes: found.size };
  } catch (error) {
    throw new CommandFailure('usage', `-f ${name}: ${messageOf(error)}.`, 'Name a file that can be read.');
  }
}

export interface MultipartBody {
  contentType: string;
  /** Known beforehand, so that a server can refuse what is too large before it is sent. */
  length: number;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * A form with one text field and files, read from disk as it is sent: memory does not grow with their size.
 * `onSent` is told the number of bytes after each piece.
 */
export function multipartBody(
  field: { name: string; text: string },
  files: readonly LocalFile[],
  onSent: (bytes: number) => void = () => {},
): MultipartBody {
  const boundary = `orrery-${randomUUID()}`;
  const first = Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(field.name)}"\r\n\r\n${field.text}\r\n`,
  );
  const heads = files.map(({ name, file }) =>
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"; filename="${quoted(path.basename(file))}"\r\ncontent-type: application/octet-stream\r\n\r\n`,
    ),
  );
  const between = Buffer.from('\r\n');
  const last = Buffer.from(`--${boundary}--\r\n`);
  const length =
    first.length +
    last.length +
    files.reduce((sum, { sizeBytes }, n) => sum + (heads[n]?.length ?? 0) + sizeBytes + between.length, 0);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield first;
    for (const [n, file] of files.entries()) {
      yield heads[n] ?? Buffer.alloc(0);
      yield* bytesOf(file);
      yield between;
    }
    yield last;
  }
  async function* counted(): AsyncGenerator<Uint8Array> {
    let sent = 0;
    for await (const piece of pieces()) {
      yield piece;
      sent += piece.length;
      onSent(sent);
    }
  }
  return { contentType: `multipart/form-data; boundary=${boundary}`, length, chunks: counted() };
}

/** As a browser writes names into a form (WHATWG HTML, multipart form data). */
function quoted(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}

/** Exactly the announced number of bytes; a file that grows meanwhile is sent as it was, one that shrinks is a failure. */
async function* bytesOf({ file, sizeBytes }: LocalFile): AsyncGenerator<Uint8Array> {
  if (sizeBytes === 0) return;
  let sent = 0;
  for await (const chunk of createReadStream(file, {
    end: sizeBytes - 1,
    highWaterMark: 262_144,
  }) as AsyncIterable<Buffer>) {
    sent += chunk.length;
    yield chunk;
  }
  if (sent < sizeBytes)
    throw new CommandFailure('usage', `${file} became shorter while it was sent.`, 'Send it again.');
}
