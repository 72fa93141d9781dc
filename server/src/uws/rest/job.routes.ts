import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../core/http/index.ts';
import { controlInvalid, jobUnknown } from '../errors.ts';
import { readInstant } from '../instants.ts';
import type { Job } from '../jobs/job.ts';
import {
  abortJob,
  archiveJob,
  demandControl,
  demandSight,
  destroyJob,
  getJob,
  type JobWishes,
  runJob,
  updateWishes,
} from '../jobs/jobs.ts';
import { jobAsJson, quoteOf, renderJob, uwsMediaType } from '../jobs/jobs.wire.ts';
import type { Service } from '../service.ts';
import { jobUrl, listUrl, paramsOf, queryOf } from './addresses.ts';
import { type Control, readControl } from './control.ts';
import { type PhaseWord, phaseWordOf, readPhaseWord, readSeconds, readWishes } from './control-words.ts';
import { etagOf, holds, mayKeep } from './etag.ts';
import { formatOf, pageFor, toPage } from './format.ts';
import { readWaitQuery, type WaitQuery } from './list-query.ts';
import { resource } from './resource.ts';
import { uploadBytes, uploadLimit } from './upload-limits.ts';
import { hasLeft, holdUntil, isWorthWaiting } from './wait.ts';

/** The job named by the address, if the caller may see it. Throws `missing`, `forbidden`. */
export async function seenJob(service: Service, request: FastifyRequest): Promise<Job> {
  const { name, id = '' } = paramsOf(request);
  const job = await getJob(service, id);
  if (job.definition !== name) throw jobUnknown(id);
  demandSight(request.identity, job);
  return job;
}

/** The same for a job the caller wants to change. */
export async function controlledJob(service: Service, request: FastifyRequest): Promise<Job> {
  const job = await seenJob(service, request);
  demandControl(request.identity, job);
  return job;
}

/** 303 to the job: after every accepted change the client reads what holds now. */
export function toJob(request: FastifyRequest, reply: FastifyReply) {
  return reply.code(303).header('location', jobUrl(request)).send();
}

/** `{jobs}/{id}` and its single fields. */
export function jobRoutes(scope: App, service: Service): void {
  resource(scope, '/:id', {
    GET: { allow: 'uws.job.read', run: (request, reply) => answerJob(service, request, reply) },
    DELETE: { allow: 'uws.job.control', run: (request, reply) => destroy(service, request, reply) },
    POST: {
      allow: 'uws.job.control',
      bodyLimit: uploadLimit(service),
      run: (request, reply) => change(service, request, reply),
    },
  });
  field(scope, service, 'phase', (job) => job.phase, 'PHASE');
  field(scope, service, 'executionduration', (job) => String(job.executionDuration), 'EXECUTIONDURATION');
  field(scope, service, 'destruction', (job) => job.destructionAt?.toISOString() ?? '', 'DESTRUCTION');
  field(scope, service, 'owner', (job) => job.ownerId ?? '');
  field(scope, service, 'error', (job) => errorText(job));
  resource(scope, '/:id/quote', {
    GET: {
      allow: 'uws.job.read',
      async run(request, reply) {
        const job = await seenJob(service, request);
        const { content } = await service.catalog.byId(job.definitionId);
        return plain(reply, quoteOf(job, content.expectedSeconds)?.toISOString() ?? '');
      },
    },
  });
}

function errorText(job: Job): string {
  if (job.error === null) return '';
  return job.error.detail === null ? job.error.message : `${job.error.message}\n${job.error.detail}`;
}

export function plain(reply: FastifyReply, text: string) {
  return reply.type('text/plain; charset=utf-8').send(text);
}

/** A field of its own: its text, and for those that can be set the POST that sets it. */
function field(scope: App, service: Service, name: string, read: (job: Job) => string, word?: string): void {
  resource(scope, `/:id/${name}`, {
    GET: {
      allow: 'uws.job.read',
      run: async (request, reply) => plain(reply, read(await seenJob(service, request))),
    },
    ...(word === undefined
      ? {}
      : {
          POST: {
            allow: 'uws.job.control',
            async run(request: FastifyRequest, reply: FastifyReply) {
              const job = await controlledJob(service, request);
              const control = await readControl(service, request, 0);
              await setField(service, request, job, word, control);
              return toJob(request, reply);
            },
          },
        }),
  });
}

async function setField(service: Service, request: FastifyRequest, job: Job, word: string, control: Control) {
  const value = control.words.get(word);
  if (value === undefined) throw controlInvalid(word, '', `send ${word}=… to this address.`);
  if (word === 'PHASE') return changePhaseOf(service, request, job, readPhaseWord(value));
  const wishes: JobWishes =
    word === 'EXECUTIONDURATION'
      ? { executionDuration: readSeconds(value) }
      : { destructionAt: value === '' ? null : readInstant(word, value) };
  await updateWishes(service, job.jobId, request.identity, wishes);
}

async function changePhaseOf(service: Service, request: FastifyRequest, job: Job, word: PhaseWord) {
  const change = { RUN: runJob, ABORT: abortJob, ARCHIVE: archiveJob }[word];
  await change(service, job.jobId, request.identity);
}

async function answerJob(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const page = pageFor(request);
  if (page !== null) return toPage(reply, page).send();
  const wait = readWaitQuery(queryOf(request));
  const format = formatOf(request);
  const job = await presentJob(service, wait, request, reply);
  if (job === null) throw jobUnknown(paramsOf(request).id ?? '');
  const { content } = await service.catalog.byId(job.definitionId);
  const url = jobUrl(request);
  const document =
    format === 'json'
      ? JSON.stringify(jobAsJson(job, url, content.expectedSeconds))
      : renderJob(job, url, content.expectedSeconds);
  const etag = etagOf(document);
  void mayKeep(reply, etag);
  if (holds(request, etag)) return reply.code(304).send();
  return reply.type(format === 'json' ? jsonMediaType : uwsMediaType).send(document);
}

/** The job as it is now, or once the wait that was asked for is over; null when it was deleted meanwhile. */
function presentJob(
  service: Service,
  wait: WaitQuery,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Job | null> {
  // No `await` here: what was read first would stay in memory as long as the request waits.
  return seenJob(service, request).then((job) => {
    if (wait.seconds === null || !isWorthWaiting(job, wait)) return job;
    const changed = holdUntil(service, job.jobId, hasLeft(job.phase), wait.seconds, request, reply);
    return changed.then((held) => held.job);
  });
}

const jsonMediaType = 'application/json; charset=utf-8';

async function destroy(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const job = await controlledJob(service, request);
  await destroyJob(service, job.jobId, request.identity);
  // Clients that follow the redirect should not fetch a list of thousands for it.
  return reply
    .code(303)
    .header('location', `${listUrl(request)}?LAST=20`)
    .send();
}

/**
 * POST to the job itself: `ACTION=DELETE` of the standard; `PHASE` and parameters as uws-client sends them here.
 */
async function change(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const job = await controlledJob(service, request);
  const control = await readControl(service, request, await uploadBytes(service, job), job.ownerId);
  const action = control.words.get('ACTION');
  if (action !== undefined) {
    if (action.toUpperCase() !== 'DELETE') throw controlInvalid('ACTION', action, 'DELETE is wanted.');
    return destroy(service, request, reply);
  }
  const phase = phaseWordOf(control.words);
  const wishes = readWishes(control.words);
  const hasGiven = control.given.texts.size + control.given.uploads.size > 0;
  if (hasGiven || Object.keys(wishes).length > 0) {
    await updateWishes(service, job.jobId, request.identity, wishes, hasGiven ? control.given : undefined);
  } else if (phase === null) {
    throw controlInvalid(
      'ACTION',
      '',
      'send ACTION=DELETE, PHASE=RUN, PHASE=ABORT, PHASE=ARCHIVE or parameters.',
    );
  }
  if (phase !== null) await changePhaseOf(service, request, job, phase);
  return toJob(request, reply);
}
