import type { IncomingHttpHeaders } from 'node:http';
import { type Duplex, PassThrough, type Readable, Transform, type TransformCallback } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AppError } from '../errors.ts';

export interface BodyLimits {
  /** Bytes after decompression. */
  maxBytes: number;
  /** Turns a failure of the connection into the error that the reader sees. */
  explain(error: unknown): unknown;
}

/** How many encodings may be stacked on one body; honest servers use one. */
const maxEncodings = 2;

/** The body, decompressed and cut off with an error at the limit. */
export function limitedBody(body: Readable, headers: IncomingHttpHeaders, limits: BodyLimits): Readable {
  const encodings = String(headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  const announced = Number(headers['content-length'] ?? 0);
  const failure =
    encodings.length === 0 && announced > limits.maxBytes
      ? sizeExceeded(limits.maxBytes)
      : unreadable(encodings);
  if (failure !== null) {
    body.on('error', () => {}).destroy();
    throw failure;
  }
  const steps: Duplex[] = [...encodings.reverse().map(decoderOf), counter(limits.maxBytes)];
  return chain(body, steps, limits);
}

/** Like `pipeline`, but every failure reaches the reader explained, and a reader that leaves ends the rest. */
function chain(body: Readable, steps: readonly Duplex[], limits: BodyLimits): Readable {
  const last = steps.at(-1) as Duplex;
  let from = body;
  // Whoever reads hears of an error; before and after that there is nobody to hear.
  last.on('error', () => {});
  for (const step of steps) {
    from.on('error', (error) => last.destroy(limits.explain(error) as Error));
    from = from.pipe(step);
  }
  last.once('close', () => {
    for (const stream of [body, ...steps]) stream.destroy();
  });
  return last;
}

function unreadable(encodings: readonly string[]): AppError | null {
  const known = ['gzip', 'x-gzip', 'deflate', 'br'];
  if (encodings.length <= maxEncodings && encodings.every((name) => known.includes(name))) return null;
  return new AppError(
    'invalid',
    'fetch.encoding-unsupported',
    `The server sends "${encodings.join(', ')}".`,
    {
      next: 'Give an address that is sent as it is, or with gzip.',
    },
  );
}

function decoderOf(encoding: string): Duplex {
  if (encoding === 'br') return createBrotliDecompress();
  if (encoding === 'deflate') return createInflate();
  return encoding === '' ? new PassThrough() : createGunzip();
}

function counter(maxBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback: TransformCallback) {
      seen += chunk.length;
      if (seen > maxBytes) callback(sizeExceeded(maxBytes));
      else callback(null, chunk);
    },
  });
}

function sizeExceeded(maxBytes: number): AppError {
  return new AppError('too-large', 'fetch.size-exceeded', `The answer is larger than ${maxBytes} bytes.`, {
    next: 'Give the address of a smaller file, or ask the operator for a higher limit.',
    details: { maxBytes },
  });
}
