import { ApiError, NoAnswer } from '../api.ts';

/** The bytes of one file, read in parts. Offsets past the end give fewer bytes, never an error. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Bytes `start` up to, not including, `end`. */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** How many bytes have been read so far. */
  bytesRead(): number;
}

/** Bytes in memory, for tests and for what was unpacked. */
export function memorySource(bytes: Uint8Array): ByteSource {
  let total = 0;
  return {
    sizeBytes: bytes.length,
    read(start, end) {
      const part = bytes.subarray(clampTo(start, bytes.length), clampTo(end, bytes.length));
      total += part.length;
      return Promise.resolve(part);
    },
    bytesRead: () => total,
  };
}

/** A file that somebody chose or dropped: only the parts that are asked for are read from the disk. */
export function blobSource(blob: Blob): ByteSource {
  let total = 0;
  return {
    sizeBytes: blob.size,
    async read(start, end, signal) {
      signal?.throwIfAborted();
      const part = await blob.slice(clampTo(start, blob.size), clampTo(end, blob.size)).arrayBuffer();
      total += part.byteLength;
      return new Uint8Array(part);
    },
    bytesRead: () => total,
  };
}

const clampTo = (at: number, size: number) => Math.min(Math.max(0, Math.floor(at)), size);
const attempts = 2;
const timeoutMs = 60_000;

/**
 * A file of this server by range requests. A server or proxy that ignores ranges is read no further than the end of
 * the wanted part.
 */
export function httpSource(href: string, sizeBytes: number): ByteSource {
  let total = 0;
  return {
    sizeBytes,
    async read(start, end, signal) {
      const from = clampTo(start, sizeBytes);
      const to = clampTo(end, sizeBytes);
      if (to <= from) return new Uint8Array(0);
      const bytes = await fetchRange(href, from, to, signal);
      total += bytes.length;
      return bytes;
    },
    bytesRead: () => total,
  };
}

/** What the server says of a file whose size is not known: size, media type and the first bytes. */
export async function openFile(href: string, headBytes: number, signal?: AbortSignal) {
  const response = await ask(href, 0, headBytes, signal);
  if (response.status === 416) return { sizeBytes: 0, mediaType: '', head: new Uint8Array(0) };
  const range = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  const length = Number(response.headers.get('content-length') ?? 0);
  const sizeBytes = range === null ? length : Number(range[1]);
  const head = await takeBytes(response, 0, headBytes);
  return { sizeBytes, mediaType: response.headers.get('content-type') ?? '', head };
}

async function fetchRange(
  href: string,
  start: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const response = await ask(href, start, end, signal);
  if (response.status === 206) return takeBytes(response, 0, end - start);
  if (response.status === 416) return new Uint8Array(0);
  return takeBytes(response, start, end - start);
}

/** Asks once more when the connection broke: reading has no effect on the server. */
async function ask(href: string, start: number, end: number, signal?: AbortSignal): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(href, {
        headers: { range: `bytes=${start}-${end - 1}` },
        credentials: 'same-origin',
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      });
      if (response.ok || response.status === 416) return response;
      throw new ApiError(response.status, { message: refusal(response.status) });
    } catch (error) {
      if (error instanceof ApiError || signal?.aborted === true) throw error;
      if (attempt >= attempts) throw new NoAnswer(error);
    }
  }
}

const refusal = (status: number) =>
  status === 404
    ? 'The file is gone: the job was changed or destroyed.'
    : `The server answered ${status} instead of the file.`;

/** Reads at most `most` bytes after the first `skip`, and stops the transfer there. */
async function takeBytes(response: Response, skip: number, most: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let left = skip;
  let have = 0;
  while (reader !== undefined && have < most) {
    const { done, value } = await reader.read();
    if (done) break;
    const fresh = value.subarray(Math.min(left, value.length)).subarray(0, most - have);
    left = Math.max(0, left - value.length);
    parts.push(fresh);
    have += fresh.length;
  }
  await reader?.cancel();
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const bytes = new Uint8Array(have);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
