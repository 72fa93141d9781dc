import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import type { InputFile } from '../jobs/job.ts';
import type { UploadRoom } from '../jobs/limits.ts';
import { safeFileName } from '../jobs/parameters.ts';
import type { Service } from '../service.ts';
import { uploadHold } from './upload-hold.ts';

/** Small files spend their time waiting for the disk and the database: several do so at once. */
const mostAtOnce = 8;
/** Files of one form. */
export const maxFiles = 5000;

export interface FilePart {
  file: Readable;
  filename: string;
  mimetype: string;
}

/**
 * Keeps the bytes of one part, as far as the room of the job's owner goes; they are removed at the end of the request
 * (`withUploads`) unless a job refers to them.
 */
export async function storeUpload(
  service: Service,
  part: FilePart,
  maxBytes: number,
  request: FastifyRequest,
  room: UploadRoom,
  signal?: AbortSignal,
): Promise<InputFile> {
  const stopped = new AbortController();
  const stop = () => stopped.abort(new AppError('invalid', 'uws.upload-broken', 'The upload was cut short.'));
  request.raw.once('aborted', stop);
  const either = signal === undefined ? stopped.signal : AbortSignal.any([stopped.signal, signal]);
  try {
    return await room.store(maxBytes, async (roomBytes) => {
      const options = { maxBytes: roomBytes, signal: either };
      const { sha256, sizeBytes } = await uploadHold(service, request).put(part.file, options);
      const fileName = safeFileName(part.filename);
      return { fileName, mediaType: part.mimetype.slice(0, 200), hash: sha256, sizeBytes, url: null };
    });
  } catch (error) {
    throw brokenForm(error);
  } finally {
    request.raw.removeListener('aborted', stop);
  }
}

/**
 * The parts of a multipart body. A body that is declared larger than the route takes is refused before its first
 * byte, a broken one as the caller's mistake.
 */
export async function* partsOf(
  request: FastifyRequest,
  options: Parameters<FastifyRequest['parts']>[0] = {},
) {
  refuseDeclared(request, request.routeOptions.bodyLimit ?? Number.POSITIVE_INFINITY);
  try {
    for await (const part of request.parts(options)) {
      // Its type claims a name always; a part need not say one.
      if (typeof part.fieldname !== 'string') throw partNameless();
      yield part;
    }
  } catch (error) {
    throw brokenForm(error);
  }
}

/** Refuses a body whose declared length is above `most` bytes, before it is read. */
export function refuseDeclared(request: FastifyRequest, most: number): void {
  if (Number(request.headers['content-length'] ?? 0) > most) throw bodyTooLarge(most);
}

export function bodyTooLarge(most: number): AppError {
  return new AppError('too-large', 'uws.form-too-large', `This may have ${most} bytes in all.`, {
    next: 'Send fewer or smaller files, or give their addresses.',
  });
}

/** The text of a field. The parser has read what calls itself JSON, and the field is that text to us. */
export function fieldText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function partNameless(): AppError {
  return new AppError('invalid', 'uws.form-nameless', 'A part of the multipart body has no name.', {
    next: 'Name each part after its parameter: Content-Disposition: form-data; name="…".',
  });
}

/** The parser's own words for a body that is no whole form; anything else is not the caller's mistake. */
export function brokenForm(error: unknown): unknown {
  const known =
    /^(Multipart: Boundary not found|Unexpected end of|Malformed part header|Part terminated early|The needle cannot)/;
  if (!(error instanceof Error) || !known.test(error.message)) return error;
  return new AppError('invalid', 'uws.form-broken', 'The multipart body is not whole.', {
    next: 'Send it again, with the boundary in the content type and after the last part.',
    cause: error,
  });
}

/**
 * The files of one form, stored while the form is read on. The first that is refused ends it all: the others are
 * given up, and whoever waits for the next part learns of it at once, since a part that nobody reads holds back
 * the next for ever.
 */
export class Uploads {
  readonly #service: Service;
  readonly #request: FastifyRequest;
  readonly #room: UploadRoom;
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #files = new Map<string, Promise<InputFile>[]>();
  readonly #failed = Promise.withResolvers<never>();

  /** `room` is what the quota of the job's owner leaves. */
  constructor(service: Service, request: FastifyRequest, room: UploadRoom) {
    this.#service = service;
    this.#request = request;
    this.#room = room;
    this.#failed.promise.catch(() => {});
  }

  /** Goes through the parts as long as every file so far could be kept. Leaving early gives all of them up. */
  async *amid<T>(parts: AsyncIterator<T>): AsyncGenerator<T> {
    let isWhole = false;
    try {
      for (;;) {
        const next = parts.next();
        next.catch(() => {});
        const step = await Promise.race([next, this.#failed.promise]);
        isWhole = step.done === true;
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      if (!isWhole) {
        this.#stopped.abort(new AppError('invalid', 'uws.upload-broken', 'The upload was cut short.'));
        await Promise.all(this.#running);
      }
    }
  }

  /** Begins to keep a file under the name of its field; resolves when there is room for the next. */
  async add(name: string, part: FilePart, maxBytes: number): Promise<void> {
    const [service, request, room] = [this.#service, this.#request, this.#room];
    const storing = storeUpload(service, part, maxBytes, request, room, this.#stopped.signal);
    const list = this.#files.get(name);
    if (list === undefined) this.#files.set(name, [storing]);
    else list.push(storing);
    const done = storing.then(
      () => {},
      (error: unknown) => this.#failed.reject(error),
    );
    this.#running.add(done);
    void done.finally(() => this.#running.delete(done));
    if (this.#running.size >= mostAtOnce) await Promise.race([...this.#running, this.#failed.promise]);
  }

  /** All files by field, in the order sent. */
  async settle(): Promise<Map<string, InputFile[]>> {
    const settled = new Map<string, InputFile[]>();
    for (const [name, list] of this.#files) settled.set(name, await Promise.all(list));
    return settled;
  }
}
