import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { type App, readForm } from '../../core/http/index.ts';
import { controlInvalid } from '../errors.ts';
import { readInstant } from '../instants.ts';
import type { InputFile } from '../jobs/job.ts';
import type { JobWishes } from '../jobs/jobs.ts';
import { type Given, safeFileName } from '../jobs/parameters.ts';
import type { Service } from '../service.ts';
import { queryOf } from './addresses.ts';

/** What a caller sent: the words of UWS itself, upper case, and everything else as parameters. */
export interface Control {
  words: ReadonlyMap<string, string>;
  given: Given;
}

const controlWords = new Set(['PHASE', 'RUNID', 'EXECUTIONDURATION', 'DESTRUCTION', 'ACTION']);
/** Forms without files. */
const maxFormBytes = 16 * 1024 * 1024;
const maxFiles = 1000;

/**
 * Lets a scope take forms whatever their content type claims, and multipart with files. Text is held to a limit
 * of its own, since the routes' limit is made for uploads.
 */
export async function takeForms(scope: App): Promise<void> {
  scope.removeAllContentTypeParsers();
  await scope.register(multipart, {
    limits: {
      files: maxFiles,
      fields: 10_000,
      fieldSize: maxFormBytes,
      fileSize: Number.MAX_SAFE_INTEGER,
      parts: 11_000,
    },
    throwFileSizeLimit: true,
  });
  scope.addContentTypeParser('*', async (_request: FastifyRequest, payload: AsyncIterable<Buffer>) => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of payload) {
      size += chunk.length;
      if (size > maxFormBytes) {
        throw new AppError('too-large', 'uws.form-too-large', `A form may have ${maxFormBytes} bytes.`, {
          next: 'Send large values as files, with multipart/form-data.',
        });
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  });
}

/**
 * Reads a change from body and query string alike. Files of a multipart body go to the file store as they
 * arrive; `maxUploadBytes` holds for each of them.
 */
export async function readControl(
  service: Service,
  request: FastifyRequest,
  maxUploadBytes: number,
): Promise<Control> {
  const words = new Map<string, string>();
  const texts = new Map<string, string[]>();
  const uploads = new Map<string, InputFile[]>();
  const take = (name: string, value: string) => {
    const word = name.toUpperCase();
    if (controlWords.has(word)) {
      const before = words.get(word);
      if (before !== undefined && before !== value) throw controlInvalid(word, value, 'it was given twice.');
      words.set(word, value);
    } else append(texts, name, value);
  };
  for (const [name, values] of readForm(queryOf(request))) for (const value of values) take(name, value);
  if (request.isMultipart()) {
    for await (const part of partsOf(request)) {
      if (part.type === 'field') take(part.fieldname, String(part.value));
      else if (part.filename === '' || part.filename === undefined) await drain(part.file);
      else append(uploads, part.fieldname, await storeUpload(service, part, maxUploadBytes, request));
    }
  } else if (typeof request.body === 'string') {
    for (const [name, values] of readForm(request.body)) for (const value of values) take(name, value);
  }
  return { words, given: { texts: resolveReferences(texts, uploads), uploads, unknown: 'keep' } };
}

/**
 * The parts of a multipart body. A body that is declared larger than the route takes is refused before its first
 * byte, a broken one as the caller's mistake.
 */
export async function* partsOf(
  request: FastifyRequest,
  options: Parameters<FastifyRequest['parts']>[0] = {},
) {
  const most = request.routeOptions.bodyLimit;
  if (most !== undefined && Number(request.headers['content-length'] ?? 0) > most) {
    throw new AppError('too-large', 'uws.form-too-large', `A form with files may have ${most} bytes.`, {
      next: 'Send fewer or smaller files, or give their addresses.',
    });
  }
  try {
    yield* request.parts(options);
  } catch (error) {
    throw brokenForm(error);
  }
}

/** The parser's own words for a body that is no whole form; anything else is not the caller's mistake. */
function brokenForm(error: unknown): unknown {
  const known =
    /^(Multipart: Boundary not found|Unexpected end of|Malformed part header|Part terminated early)/;
  if (!(error instanceof Error) || !known.test(error.message)) return error;
  return new AppError('invalid', 'uws.form-broken', 'The multipart body is not whole.', {
    next: 'Send it again, with the boundary in the content type and after the last part.',
    cause: error,
  });
}

function append<T>(lists: Map<string, T[]>, name: string, value: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}

/** A file field that was left empty in a browser's form. */
async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _chunk of stream);
}

interface FilePart {
  file: NodeJS.ReadableStream;
  filename: string;
  mimetype: string;
}

/** Keeps the bytes of one part; they are forgotten after a day unless a job refers to them. */
export async function storeUpload(
  { core }: Service,
  part: FilePart,
  maxBytes: number,
  request: FastifyRequest,
): Promise<InputFile> {
  const stopped = new AbortController();
  const stop = () => stopped.abort(new AppError('invalid', 'uws.upload-broken', 'The upload was cut short.'));
  request.raw.once('aborted', stop);
  try {
    const source = part.file as import('node:stream').Readable;
    const blob = await core.files.put(source, { namespace: 'result', maxBytes, signal: stopped.signal });
    return {
      fileName: safeFileName(part.filename),
      mediaType: part.mimetype,
      hash: blob.sha256,
      sizeBytes: blob.sizeBytes,
      url: null,
    };
  } catch (error) {
    throw brokenForm(error);
  } finally {
    request.raw.removeListener('aborted', stop);
  }
}

/** DALI's way of naming an upload: the value `param:NAME` stands for the part NAME. */
function resolveReferences(
  texts: ReadonlyMap<string, readonly string[]>,
  uploads: Map<string, InputFile[]>,
): Map<string, readonly string[]> {
  const rest = new Map(texts);
  for (const [name, values] of texts) {
    const [value] = values;
    const part = /^param:(.+)$/.exec(value ?? '')?.[1];
    const files = part === undefined ? undefined : uploads.get(part);
    if (part === undefined || files === undefined || values.length !== 1) continue;
    uploads.delete(part);
    uploads.set(name, files);
    rest.delete(name);
  }
  return rest;
}

/** RUNID, EXECUTIONDURATION and DESTRUCTION, as far as they were sent. Throws `invalid` with the name. */
export function readWishes(words: ReadonlyMap<string, string>): JobWishes {
  const runId = words.get('RUNID');
  const duration = words.get('EXECUTIONDURATION');
  const destruction = words.get('DESTRUCTION');
  if (runId !== undefined && runId.length > 200)
    throw controlInvalid('RUNID', runId, 'at most 200 characters.');
  return {
    ...(runId === undefined ? {} : { runId: runId === '' ? null : runId }),
    ...(duration === undefined || duration === '' ? {} : { executionDuration: readSeconds(duration) }),
    ...(destruction === undefined || destruction === ''
      ? {}
      : { destructionAt: readInstant('DESTRUCTION', destruction) }),
  };
}

export function readSeconds(text: string): number {
  if (!/^\d{1,10}$/.test(text.trim()) || Number(text) > 2_147_483_647) {
    throw controlInvalid('EXECUTIONDURATION', text, 'a whole number of seconds is wanted, 0 = unlimited.');
  }
  return Number(text);
}

/** RUN or ABORT, in any case; null when no phase was sent. */
export function readPhaseWord(words: ReadonlyMap<string, string>): 'RUN' | 'ABORT' | null {
  const phase = words.get('PHASE');
  if (phase === undefined) return null;
  const word = phase.toUpperCase();
  if (word === 'RUN' || word === 'ABORT') return word;
  throw controlInvalid('PHASE', phase, 'RUN or ABORT is wanted.');
}
