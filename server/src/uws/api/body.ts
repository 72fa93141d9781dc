import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../../core/errors.ts';
import { type App, parseJsonBody } from '../../core/http/index.ts';
import type { InputFile } from '../jobs/job.ts';
import { uploadRoom } from '../jobs/limits.ts';
import type { Given } from '../jobs/parameters.ts';
import { bodyTooLarge, fieldText, maxFiles, partsOf, Uploads } from '../rest/uploads.ts';
import type { Service } from '../service.ts';

/**
 * Longest JSON text, as a body or in the field `job` of a multipart one. Nothing else is answered while it is read and
 * checked, which takes most of a second for each MB of the worst.
 */
const maxTextBytes = 4 * 1024 * 1024;

export interface Sent<T> {
  body: T;
  uploads: Map<string, InputFile[]>;
}

/**
 * JSON of a scope whose routes take uploads as well: the routes' limit is made for those, and text of that length
 * would fill the memory and stop the process while it is parsed.
 */
export function takeJson(scope: App): void {
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser(
    'application/json',
    async (request: FastifyRequest, payload: AsyncIterable<Buffer>) => {
      const most = Math.min(maxTextBytes, request.routeOptions.bodyLimit ?? maxTextBytes);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of payload) {
        size += chunk.length;
        if (size > most) throw bodyTooLarge(most);
        chunks.push(chunk);
      }
      return parseJsonBody(Buffer.concat(chunks).toString('utf8'));
    },
  );
}

/**
 * Reads a body that is JSON, or multipart with the JSON text in the field `job` and a file part per file. Unknown
 * keys are refused. `limitOf` is asked for the largest upload once the JSON is known, which therefore comes first.
 * The quota of `ownerId` holds for all files together.
 */
export async function readBody<S extends TSchema>(
  service: Service,
  request: FastifyRequest,
  schema: S,
  limitOf: (body: Static<S>) => Promise<number>,
  ownerId: string | null,
): Promise<Sent<Static<S>>> {
  if (!request.isMultipart()) return { body: checked(schema, request.body), uploads: new Map() };
  const room = await uploadRoom(service, ownerId);
  room.admit(request.headers['content-length']);
  const files = new Uploads(service, request, room);
  let body: Static<S> | undefined;
  const limits = { fieldSize: maxTextBytes, files: maxFiles, parts: maxFiles + 1 };
  for await (const part of files.amid(partsOf(request, { limits }))) {
    if (part.type === 'field') {
      if (part.fieldname !== 'job') throw refused(part.fieldname, 'the only text field is "job"');
      if (part.valueTruncated) throw bodyTooLarge(maxTextBytes);
      body = checked(schema, parseJson(fieldText(part.value)));
      continue;
    }
    if (body === undefined)
      throw refused(part.fieldname, 'the field "job" with the JSON text comes before the files');
    await files.add(part.fieldname, part, await limitOf(body));
  }
  if (body === undefined) throw refused('job', 'it is missing; send the JSON text in it');
  return { body, uploads: await files.settle() };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refused('job', 'it is not JSON');
  }
}

export function checked<S extends TSchema>(schema: S, value: unknown): Static<S> {
  if (Value.Check(schema, value)) return value as Static<S>;
  const [first] = Value.Errors(schema, value);
  const place = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const extra = first?.keyword === 'additionalProperties' ? ` ${JSON.stringify(first.params)}` : '';
  throw refused(place === '' ? 'the body' : place, `${first?.message ?? 'wrong form'}${extra}`);
}

function refused(place: string, reason: string): AppError {
  return new AppError('invalid', 'uws.body-refused', `The request is not understood: ${place}: ${reason}.`, {
    next: 'Correct the request; /api/docs describes it.',
    details: { place },
  });
}

/** The `parameters` of a JSON body beside its uploads. */
export function givenOf(
  parameters: Record<string, string | string[]> | undefined,
  uploads: Map<string, InputFile[]>,
): Given {
  const texts = new Map(
    Object.entries(parameters ?? {}).map(([name, value]): [string, string[]] => [name, [value].flat()]),
  );
  return { texts, uploads, unknown: 'refuse' };
}
