import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { type App, readForm } from '../../core/http/index.ts';
import { controlInvalid } from '../errors.ts';
import type { InputFile } from '../jobs/job.ts';
import { ownerOf } from '../jobs/jobs.ts';
import { uploadRoom } from '../jobs/limits.ts';
import type { Given } from '../jobs/parameters.ts';
import type { Service } from '../service.ts';
import { queryOf } from './addresses.ts';
import { nameUploads } from './named-uploads.ts';
import { brokenForm, fieldText, maxFiles, partsOf, Uploads } from './uploads.ts';

/** What a caller sent: the words of UWS itself, upper case, and everything else as parameters. */
export interface Control {
  words: ReadonlyMap<string, string>;
  given: Given;
}

const controlWords = new Set(['PHASE', 'RUNID', 'EXECUTIONDURATION', 'DESTRUCTION', 'ACTION']);

/** UWS's words come in any case, and from OPUS's form also as `uws_executionDuration` and the like. */
function controlWord(name: string): string {
  return name.toUpperCase().replace(/^UWS_(?=(RUNID|EXECUTIONDURATION|DESTRUCTION)$)/, '');
}

/** The texts of a form, without its files. */
const maxFormBytes = 16 * 1024 * 1024;

function formTooLarge(): AppError {
  return new AppError(
    'too-large',
    'uws.form-too-large',
    `The texts of a form may have ${maxFormBytes} bytes.`,
    {
      next: 'Send large values as files, with multipart/form-data.',
    },
  );
}

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
      parts: 15_000,
    },
    throwFileSizeLimit: true,
  });
  scope.addContentTypeParser('*', async (_request: FastifyRequest, payload: AsyncIterable<Buffer>) => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of payload) {
      size += chunk.length;
      if (size > maxFormBytes) {
        throw formTooLarge();
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  });
}

/**
 * Reads a change from body and query string alike. Files of a multipart body go to the file store as they
 * arrive; `maxUploadBytes` holds for each of them, and the quota of the job's owner for all.
 */
export async function readControl(
  service: Service,
  request: FastifyRequest,
  maxUploadBytes: number,
  ownerId: string | null = ownerOf(request.identity),
): Promise<Control> {
  const words = new Map<string, string>();
  const texts = new Map<string, string[]>();
  const uploads = new Map<string, InputFile[]>();
  const take = (name: string, value: string) => {
    const word = controlWord(name);
    if (controlWords.has(word)) {
      const before = words.get(word);
      if (before !== undefined && before !== value) throw controlInvalid(word, value, 'it was given twice.');
      words.set(word, value);
    } else append(texts, name, value);
  };
  for (const [name, values] of readForm(queryOf(request))) for (const value of values) take(name, value);
  if (request.isMultipart()) {
    const room = await uploadRoom(service, ownerId);
    room.admit(request.headers['content-length']);
    const files = new Uploads(service, request, room);
    let textSize = 0;
    for await (const part of files.amid(partsOf(request))) {
      if (part.type === 'field') {
        const text = fieldText(part.value);
        textSize += part.fieldname.length + text.length;
        if (part.valueTruncated || textSize > maxFormBytes) throw formTooLarge();
        take(part.fieldname, text);
      } else if (part.filename === '' || part.filename === undefined) await drain(part.file);
      else await files.add(part.fieldname, part, maxUploadBytes);
    }
    for (const [name, list] of await files.settle()) uploads.set(name, list);
  } else if (typeof request.body === 'string') {
    for (const [name, values] of readForm(request.body)) for (const value of values) take(name, value);
  }
  return { words, given: { texts: nameUploads(texts, uploads), uploads, unknown: 'keep' } };
}

function append<T>(lists: Map<string, T[]>, name: string, value: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}

/** A file field that was left empty in a browser's form. */
async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _chunk of stream);
  } catch (error) {
    // The body ended inside it.
    throw brokenForm(error);
  }
}
