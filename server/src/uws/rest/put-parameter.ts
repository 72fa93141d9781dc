import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Parameter } from '../definitions/definition.ts';
import { partUnknown, phaseForbids } from '../errors.ts';
import type { InputFile, Job } from '../jobs/job.ts';
import { updateWishes } from '../jobs/jobs.ts';
import { uploadRoom } from '../jobs/limits.ts';
import { parameterNamed } from '../jobs/parameters.ts';
import { valueRefused } from '../jobs/values.ts';
import type { Service } from '../service.ts';
import { jobUrl, paramsOf } from './addresses.ts';
import { definitionUploadBytes } from './upload-limits.ts';
import { bodyTooLarge, refuseDeclared, storeUpload } from './uploads.ts';

/** Largest text, bytes; what the definition allows is counted in characters afterwards. */
const maxTextBytes = 16 * 1024 * 1024;

/**
 * PUT of one parameter: the body is the value itself, whatever media type it claims. A file parameter keeps the
 * bytes, every other one takes them as UTF-8. What cannot be taken is refused before the body is read.
 */
export async function putParameter(service: Service, job: Job, request: FastifyRequest, reply: FastifyReply) {
  const { content } = await service.catalog.byId(job.definitionId);
  const { name, isFile } = target(job, parameterNamed(content, paramsOf(request).part ?? ''), request);
  if (job.phase !== 'PENDING') throw phaseForbids('this can be changed only while it is PENDING', job.phase);
  if (/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? ''))
    throw valueRefused(name, 'PUT takes the value itself as the body; POST takes a form.');
  const texts = new Map<string, readonly string[]>();
  const uploads = new Map<string, readonly InputFile[]>();
  if (isFile) {
    const limit = definitionUploadBytes(service, content);
    uploads.set(name, [await storeBody(service, job, name, limit, request)]);
  } else texts.set(name, [await readText(name, request)]);
  await updateWishes(service, job.jobId, request.identity, {}, { texts, uploads, unknown: 'keep' });
  return reply
    .code(303)
    .header('location', `${jobUrl(request)}/parameters`)
    .send();
}

/** A parameter of the definition, or a text that only travels with the job and is there already. */
function target(job: Job, known: Parameter | undefined, request: FastifyRequest) {
  if (known !== undefined) return { name: known.name, isFile: known.type === 'file' };
  const { part = '' } = paramsOf(request);
  if (job.parameters.some((each) => each.name === part)) return { name: part, isFile: false };
  throw partUnknown(`parameter ${part}`);
}

async function storeBody(
  service: Service,
  job: Job,
  name: string,
  maxBytes: number,
  request: FastifyRequest,
): Promise<InputFile> {
  refuseDeclared(request, maxBytes);
  const room = await uploadRoom(service, job.ownerId);
  room.admit(request.headers['content-length']);
  const part = {
    file: request.body as Readable,
    filename: sentFileName(request.headers['content-disposition']) ?? name,
    mimetype: (request.headers['content-type'] ?? '').slice(0, 200),
  };
  return await storeUpload(service, part, maxBytes, request, room);
}

async function readText(name: string, request: FastifyRequest): Promise<string> {
  refuseDeclared(request, maxTextBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxTextBytes) throw bodyTooLarge(maxTextBytes);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    throw valueRefused(name, 'the value is not text in UTF-8.');
  }
}

/** The file name of a Content-Disposition (RFC 6266): the extended one when there is one. */
export function sentFileName(header: string | undefined): string | null {
  if (header === undefined) return null;
  const extended = /;\s*filename\*\s*=\s*UTF-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // The plain name then.
    }
  }
  const [, quoted, bare] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? bare ?? null;
}
