import type { FastifyReply, FastifyRequest } from 'fastify';
import { assertSameOrigin, demandPermission } from '../../core/auth/index.ts';
import { type App, absoluteUrl } from '../../core/http/index.ts';
import { controlInvalid, jobUnknown } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import { createJob } from '../jobs/jobs.ts';
import { resultUrl } from '../jobs/jobs.wire.ts';
import { isFinal } from '../phases.ts';
import type { Service } from '../service.ts';
import { jobUrl, paramsOf, queryOf } from './addresses.ts';
import { readControl } from './control.ts';
import { readNewJob } from './control-words.ts';
import { seenJob } from './job.routes.ts';
import { mainResult } from './main-result.ts';
import { resource, serviceRoot } from './resource.ts';
import { definitionUploadBytes, uploadLimit } from './upload-limits.ts';
import { holdUntil } from './wait.ts';
import { stoppedWithoutResult, waitsFull } from './without-result.ts';

/**
 * The synchronous façade (UWS 1.1, section 5): a job is made and run by one request, and the answer leads by
 * redirects to its main result. The job is in the list like any other.
 */
export function syncRoutes(scope: App, service: Service): void {
  const make = (request: FastifyRequest, reply: FastifyReply) => createAndRun(service, request, reply);
  resource(
    scope,
    '/sync',
    {
      GET: { allow: 'uws.job.create', run: (request, reply) => createByGet(service, request, reply) },
      POST: { allow: 'uws.job.create', bodyLimit: uploadLimit(service), run: make },
    },
    serviceRoot,
  );
  resource(
    scope,
    '/sync/:id',
    { GET: { allow: 'uws.job.read', run: (request, reply) => answerEnd(service, request, reply) } },
    serviceRoot,
  );
}

/**
 * The standard lets a GET make a job. Pages of other sites can make a browser send one with our session or with
 * what it knows for Basic, so it has to come from where a POST would have to come from. A HEAD makes nothing.
 */
async function createByGet(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const { headers, identity } = request;
  assertSameOrigin({ method: 'POST', headers, identity }, [request.publicBase]);
  if (request.method === 'HEAD') return reply.send();
  if (queryOf(request) === '') {
    throw controlInvalid('sync', '', 'send the parameters of the job in the address, or with POST.');
  }
  return await createAndRun(service, request, reply);
}

async function createAndRun(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const definition = await service.catalog.get(paramsOf(request).name);
  demandPermission(request.identity, 'uws.job.create', definition.name);
  const limit = definitionUploadBytes(service, definition.content);
  const { words, given } = await readControl(service, request, limit);
  const made = { given, ...readNewJob(words), run: true };
  const jobId = await createJob(service, definition, made, request.identity);
  return seeOther(reply, syncUrl(request, jobId));
}

function syncUrl(request: FastifyRequest, jobId: string): string {
  return absoluteUrl(request, `/rest/${encodeURIComponent(paramsOf(request).name)}/sync/${jobId}`);
}

function seeOther(reply: FastifyReply, location: string) {
  return reply.code(303).headers({ location, 'cache-control': 'no-store' }).send();
}

/** HELD needs its owner and the rest ended: nothing would come of waiting on. */
function hasStopped(job: Job): boolean {
  return isFinal(job.phase) || job.phase === 'HELD';
}

async function answerEnd(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const seen = await seenJob(service, request);
  const { job, end } = hasStopped(seen)
    ? { job: seen, end: 'changed' as const }
    : await holdUntil(service, seen.jobId, hasStopped, -1, request, reply);
  if (job === null) throw jobUnknown(seen.jobId);
  if (job.phase === 'COMPLETED') {
    const result = mainResult(job.results);
    const url = jobUrl(request, job.jobId);
    return seeOther(reply, result === null ? `${url}/results` : resultUrl(url, result.name));
  }
  if (hasStopped(job)) throw stoppedWithoutResult(job, jobUrl(request, job.jobId));
  if (end === 'full') throw waitsFull();
  // The time one request may be held is over, or this process stops: the client comes again by itself.
  return seeOther(reply, syncUrl(request, job.jobId));
}
