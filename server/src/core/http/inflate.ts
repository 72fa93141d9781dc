import type { IncomingHttpHeaders } from 'node:http';
import { PassThrough, Readable, Transform } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import { AppError } from '../errors.ts';

/** A request body as Fastify wants it from a preParsing hook. */
type Payload = Readable & { receivedEncodedLength?: number };

/** Bodies up to here are read whole and inflated at once: streams cost several times as much as the inflating. */
const smallBytes = 64 * 1024;
/** What inflates to more than this goes the way of the large ones, so that no small body holds the process up. */
const smallInflated = 1024 * 1024;

/**
 * Inflates gzip bodies, counting what comes out: a bomb ends with 413 long before it fills the memory, broken
 * data with 400. Old clients (PanDA's pilot) do not always announce gzip; `sniff` looks at the first two bytes.
 */
export function inflateBody(
  payload: Readable,
  headers: IncomingHttpHeaders,
  limitBytes: number,
  sniff = false,
): Payload | Promise<Payload> {
  const encoding = headers['content-encoding'];
  const isPlain = encoding === undefined || encoding === 'identity';
  const isGzip = encoding === 'gzip' || encoding === 'x-gzip';
  const length = Number(headers['content-length']);
  if ((isGzip || (isPlain && sniff)) && length <= smallBytes && length <= limitBytes) {
    return inflateSmall(payload, headers, limitBytes, isGzip);
  }
  if (isPlain) return sniff ? sniffGzip(payload, headers, limitBytes) : payload;
  if (!isGzip) {
    throw new AppError(
      'unsupported-type',
      'http.encoding-unsupported',
      `The content encoding "${encoding}" is not understood.`,
      {
        next: 'Send the body plain or as gzip.',
      },
    );
  }
  return gunzip(payload, headers, limitBytes);
}

/** A body of known, small length. Rejects when the caller goes before it is whole. */
async function inflateSmall(
  payload: Readable,
  headers: IncomingHttpHeaders,
  limitBytes: number,
  isGzip: boolean,
): Promise<Payload> {
  const body = await readWhole(payload);
  if (!isGzip && !(body[0] === 0x1f && body[1] === 0x8b)) return oneChunk(body, body.length);
  try {
    const inflated = gunzipSync(body, { maxOutputLength: Math.min(limitBytes, smallInflated) });
    delete headers['content-encoding'];
    delete headers['content-length'];
    return oneChunk(inflated, body.length);
  } catch {
    // Large inside, or broken: the stream tells which.
    return gunzip(oneChunk(body, body.length), headers, limitBytes);
  }
}

function readWhole(payload: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    payload.on('data', (chunk: Buffer) => chunks.push(chunk));
    payload.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const fail = (error: Error): void => reject(Object.assign(error, { statusCode: 400 }));
    payload.on('error', fail);
    payload.on('close', () => fail(new Error('the body ended before it was whole')));
  });
}

function oneChunk(body: Buffer, encodedLength: number): Payload {
  const stream: Payload = new Readable({
    read() {
      if (body.length > 0) this.push(body);
      this.push(null);
    },
  });
  stream.receivedEncodedLength = encodedLength;
  return stream;
}

function gunzip(payload: Readable, headers: IncomingHttpHeaders, limitBytes: number): Payload {
  delete headers['content-encoding'];
  delete headers['content-length'];
  let inflated = 0;
  const counted: Transform & { receivedEncodedLength?: number } = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      inflated += chunk.length;
      if (inflated > limitBytes) {
        done(
          new AppError(
            'too-large',
            'http.body-too-large',
            'The inflated request is larger than this address takes.',
            { next: 'Send less.' },
          ),
        );
        return;
      }
      done(null, chunk);
    },
  });
  counted.receivedEncodedLength = 0;
  payload.on('data', (chunk: Buffer) => {
    counted.receivedEncodedLength = (counted.receivedEncodedLength ?? 0) + chunk.length;
  });
  const unzip = createGunzip();
  unzip.on('error', (cause) => {
    counted.destroy(
      new AppError('invalid', 'http.gzip-broken', 'The gzip body is broken.', {
        next: 'Send it again.',
        cause,
      }),
    );
  });
  payload.on('error', (error) => counted.destroy(error));
  counted.on('error', () => {
    payload.unpipe(unzip);
    unzip.destroy();
  });
  payload.pipe(unzip).pipe(counted);
  return counted;
}

function sniffGzip(payload: Readable, headers: IncomingHttpHeaders, limitBytes: number): Payload {
  const out: PassThrough & { receivedEncodedLength?: number } = new PassThrough();
  // A body may break off before anybody reads it, or when nobody does any more.
  out.on('error', () => {});
  let first: Buffer = Buffer.alloc(0);
  const look = (chunk: Buffer) => {
    first = Buffer.concat([first, chunk]);
    if (first.length < 2) return;
    payload.off('data', look).off('end', endShort).pause();
    payload.unshift(first);
    const source = first[0] === 0x1f && first[1] === 0x8b ? gunzip(payload, headers, limitBytes) : payload;
    source.on('error', (error) => out.destroy(error));
    source.pipe(out);
  };
  /** Ended before two bytes came; longer ones are ended by their source, which for gzip is later than the payload. */
  const endShort = () => out.end(first);
  payload.on('data', look).once('end', endShort);
  payload.on('error', (error) => out.destroy(error));
  out.receivedEncodedLength = Number(headers['content-length'] ?? 0);
  return out;
}
