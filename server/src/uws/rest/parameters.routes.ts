import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../core/http/index.ts';
import { partRemoved, partUnknown } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import { updateWishes } from '../jobs/jobs.ts';
import { parametersAsJson, renderParameters, uwsMediaType } from '../jobs/jobs.wire.ts';
import { parameterNamed } from '../jobs/parameters.ts';
import { valueRefused } from '../jobs/values.ts';
import { sendFile } from '../results/send-file.ts';
import type { Service } from '../service.ts';
import { jobUrl, paramsOf } from './addresses.ts';
import { readControl } from './control.ts';
import { formatOf } from './format.ts';
import { controlledJob, plain, seenJob, toJob } from './job.routes.ts';
import { putParameter } from './put-parameter.ts';
import { resource } from './resource.ts';
import { uploadBytes, uploadLimit } from './upload-limits.ts';

/** `{jobs}/{id}/parameters` and below. */
export function parameterRoutes(scope: App, service: Service): void {
  resource(scope, '/:id/parameters', {
    GET: {
      allow: 'uws.job.read',
      async run(request, reply) {
        const job = await seenJob(service, request);
        void reply.header('vary', 'Accept');
        if (formatOf(request) === 'json') return reply.send(parametersAsJson(job, jobUrl(request)));
        return reply.type(uwsMediaType).send(renderParameters(job, jobUrl(request)));
      },
    },
    POST: {
      allow: 'uws.job.control',
      bodyLimit: uploadLimit(service),
      async run(request, reply) {
        const job = await controlledJob(service, request);
        const { given } = await readControl(service, request, await uploadBytes(service, job), job.ownerId);
        await updateWishes(service, job.jobId, request.identity, {}, given);
        return toJob(request, reply);
      },
    },
  });
  resource(scope, '/:id/parameters/:part', {
    GET: { allow: 'uws.job.read', run: (request, reply) => answerOne(service, request, reply) },
    PUT: {
      allow: 'uws.job.control',
      bodyLimit: uploadLimit(service),
      takesBytes: true,
      run: async (request, reply) =>
        putParameter(service, await controlledJob(service, request), request, reply),
    },
    POST: {
      allow: 'uws.job.control',
      bodyLimit: uploadLimit(service),
      run: (request, reply) => postOne(service, request, reply),
    },
  });
  resource(scope, '/:id/parameters/:part/:number', {
    GET: { allow: 'uws.job.read', run: (request, reply) => answerOne(service, request, reply) },
  });
}

async function answerOne(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const job = await seenJob(service, request);
  const { part = '', number } = paramsOf(request);
  const parameter = job.parameters.find((each) => each.name === part);
  if (parameter === undefined) throw partUnknown(`parameter ${part}`);
  if (parameter.files === undefined && number === undefined) return plain(reply, parameter.value);
  const file = parameter.files?.[number === undefined ? 0 : Number(number) - 1];
  if (file === undefined) throw partUnknown(`file ${number} of ${part}`);
  if (file.removedHash !== undefined) throw partRemoved(`input ${part}`);
  if (file.hash === null) return plain(reply, file.url ?? '');
  const { fileName, mediaType, hash } = file;
  return await sendFile(service.core, request, reply, { fileName, mediaType, hash });
}

/** POST with `VALUE=…` as OPUS takes it, or with a file. */
async function postOne(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const job = await controlledJob(service, request);
  const name = await knownName(service, job, paramsOf(request).part ?? '');
  const { given } = await readControl(service, request, await uploadBytes(service, job), job.ownerId);
  const [uploaded] = given.uploads.values();
  const values = [...given.texts].filter(([key]) => key.toUpperCase() === 'VALUE' || key === name);
  const texts = new Map(values.map(([, value]): [string, readonly string[]] => [name, value]));
  if (uploaded === undefined && texts.size === 0) throw valueRefused(name, 'send VALUE=… .');
  const uploads = uploaded === undefined ? new Map() : new Map([[name, uploaded]]);
  await updateWishes(service, job.jobId, request.identity, {}, { texts, uploads, unknown: 'refuse' });
  return reply
    .code(303)
    .header('location', `${jobUrl(request)}/parameters`)
    .send();
}

async function knownName(service: Service, job: Job, part: string): Promise<string> {
  const { content } = await service.catalog.byId(job.definitionId);
  const parameter = parameterNamed(content, part);
  if (parameter === undefined) throw partUnknown(`parameter ${part}`);
  return parameter.name;
}
