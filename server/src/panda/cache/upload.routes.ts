import multipart from '@fastify/multipart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { pandaErrors } from '../errors.ts';
import { renderJson } from '../front/answers.ts';
import { ArgumentError } from '../front/arguments.ts';
import { type Caller, callerOf } from '../front/caller.ts';
import { refused, type V1Answer } from '../front/method.ts';
import { brokenUpload, uploadCut } from './errors.ts';
import { receiveFile } from './receive-file.ts';
import { checkpointLimit, largestUpload, logLimit, MB, uploadLimit, uploadTexts } from './upload-limits.ts';
import { appendLog, takeCacheFile, takeCheckpoint, takeLog, type Upload } from './uploads.ts';

interface UploadMethod {
  legacy: string;
  v1: string;
  take: (core: Core, upload: Upload) => Promise<V1Answer>;
  /** v1 alone asks for a pilot or production role. */
  role: 'secure' | 'pilot';
  /** Larger bodies are refused before their first byte, whatever the file is called. */
  most: number;
  tooLarge: (sent: number, form: 'legacy' | 'v1') => string;
  /** How the legacy method says it: clients compare the text (panda-client 1.5.89). */
  legacyText: (answer: V1Answer) => string;
}

const trueOrMessage = ({ success, message }: V1Answer): string => (success ? 'True' : message);
const tooLargeLog = () => uploadTexts.tooLarge;

export const uploadMethods: readonly UploadMethod[] = [
  {
    legacy: 'putFile',
    v1: 'upload_cache_file',
    take: takeCacheFile,
    role: 'secure',
    most: largestUpload,
    tooLarge: (sent, form) => uploadLimit('sources.', form).refusal(sent),
    legacyText: trueOrMessage,
  },
  {
    legacy: 'uploadLog',
    v1: 'upload_jedi_log',
    take: takeLog,
    role: 'pilot',
    most: logLimit,
    tooLarge: tooLargeLog,
    legacyText: ({ success, message, data }) => (success ? String(data) : message),
  },
  {
    legacy: 'updateLog',
    v1: 'update_jedi_log',
    take: appendLog,
    role: 'pilot',
    most: logLimit,
    tooLarge: tooLargeLog,
    legacyText: trueOrMessage,
  },
  {
    legacy: 'put_checkpoint',
    v1: 'upload_hpo_checkpoint',
    take: takeCheckpoint,
    role: 'secure',
    most: checkpointLimit,
    tooLarge: (sent) => `Exceeded size limit ${sent}>${checkpointLimit}`,
    legacyText: ({ success, message }) => JSON.stringify({ status: success, message }),
  },
];

/**
 * Uploads have routes of their own, which stand before those of the front ends: who may not, and what is too large, is
 * refused before the body is read, and a body is never in memory as a whole.
 */
export const uploadRoutes: Routes = async (app, core) => {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    await scope.register(multipart, { throwFileSizeLimit: false });
    // Anything else is no upload: it stays unread, and the file is missing.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const method of uploadMethods) addRoutes(scope, core, method);
  });
};

function addRoutes(scope: App, core: Core, method: UploadMethod): void {
  const config = {
    allow: 'public',
    errors: pandaErrors,
    credentials: { session: false },
    originIsData: true,
    family: 'PanDA file cache',
  } as const;
  const bodyLimit = method.most + MB;
  scope.post(`/server/panda/${method.legacy}`, { config, bodyLimit }, async (request, reply) => {
    const answer = await answerUpload(core, request, reply, method, 'legacy');
    return reply.type('text/plain; charset=utf-8').send(method.legacyText(answer));
  });
  for (const version of ['v1', 'latest']) {
    scope.post(`/api/${version}/file_server/${method.v1}`, { config, bodyLimit }, async (request, reply) => {
      const answer = await answerUpload(core, request, reply, method, 'v1');
      return reply.type('application/json').send(renderJson(answer));
    });
  }
}

async function answerUpload(
  core: Core,
  request: FastifyRequest,
  reply: FastifyReply,
  method: UploadMethod,
  form: 'legacy' | 'v1',
): Promise<V1Answer> {
  const caller = callerOf(core, request);
  const announced = announcedBytes(request);
  const before = refusedUnread(caller, announced, method, form);
  const gone = new AbortController();
  const stop = () => gone.abort(uploadCut());
  request.raw.once('aborted', stop);
  try {
    const answer = before ?? (await receive(core, request, { caller, form, announced, gone }, method));
    // What was not read of the body would be taken for the next request.
    if (!answer.success) void reply.header('connection', 'close');
    return answer;
  } finally {
    request.raw.removeListener('aborted', stop);
  }
}

function refusedUnread(
  caller: Caller,
  announced: number | null,
  { role, most, tooLarge }: UploadMethod,
  form: 'legacy' | 'v1',
): V1Answer | null {
  if (!caller.isSecure) {
    return refused(form === 'v1' ? 'SSL secure connection is required' : uploadTexts.notSecure);
  }
  if (form === 'v1' && role === 'pilot' && !caller.isPilot)
    return refused('production or pilot role required');
  return (announced ?? 0) > most ? refused(tooLarge(announced ?? 0, form)) : null;
}

async function receive(
  core: Core,
  request: FastifyRequest,
  { gone, ...known }: Omit<Upload, 'file' | 'signal'> & { gone: AbortController },
  method: UploadMethod,
): Promise<V1Answer> {
  try {
    const file = await receiveFile(request, method.most);
    file.rest.catch((error: unknown) => gone.abort(error));
    return await method.take(core, { ...known, file, signal: gone.signal });
  } catch (error) {
    if (error instanceof ArgumentError) {
      return refused(known.form === 'v1' ? error.message : `ERROR : ${error.message}`);
    }
    throw brokenUpload(error);
  }
}

function announcedBytes(request: FastifyRequest): number | null {
  const bytes = Number(request.headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}
