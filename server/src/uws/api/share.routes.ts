import { type UwsShare, type UwsSharedFile, type UwsSharedJob, UwsShareWish } from '@orrery/contracts/uws';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import {
  type App,
  absoluteUrl,
  type ErrorStyle,
  htmlErrors,
  jsonErrors,
  type RouteConfig,
} from '../../core/http/index.ts';
import type { StoredDefinition } from '../definitions/definitions.store.ts';
import { sharingOff } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import { jobTopic } from '../jobs/jobs.store.ts';
import { demandControl, getJob } from '../jobs/jobs.ts';
import { renderJob, uwsMediaType } from '../jobs/jobs.wire.ts';
import { demandOpenLink } from '../jobs/open-link.ts';
import { entitiesOf } from '../opus/entities.ts';
import { sharedJobPath, signedStorePath } from '../opus/links.ts';
import type { Service } from '../service.ts';
import { checked } from './body.ts';
import { apiConfig } from './config.ts';
import { sharedJobPage } from './shared-page.ts';

const defaultHours = 24;

/** People open the link in a browser; programs get what our API says. */
const sharedErrors: ErrorStyle = {
  name: 'page or json',
  render: (error, request, reply) =>
    (wantsPage(request) ? htmlErrors : jsonErrors).render(error, request, reply),
};

function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}

/** Links that show a job to people without an account, and what stands behind them. */
export function shareRoutes(scope: App, service: Service): void {
  const idOf = (request: FastifyRequest) => (request.params as { id: string }).id;
  scope.post('/api/uws/jobs/:id/share', { config: apiConfig('uws.job.control') }, async (request, reply) => {
    const { hours = defaultHours } = checked(UwsShareWish, request.body ?? {});
    return reply.code(201).send(await share(service, idOf(request), hours, request));
  });
  const config: RouteConfig = { allow: 'public', errors: sharedErrors, family: 'UWS page' };
  scope.get('/api/uws/shared/:id', { config }, (request, reply) =>
    answerShared(service, idOf(request), request, reply),
  );
}

/**
 * Signs addresses of the job and its results. Nothing is stored: they hold until they expire or the job is gone,
 * and the audit trail says who gave them out.
 */
async function share(
  service: Service,
  jobId: string,
  wished: number,
  request: FastifyRequest,
): Promise<UwsShare> {
  const { core, settings } = service;
  const job = await getJob(service, jobId);
  demandControl(request.identity, job);
  if (settings.maxShareHours === 0) throw sharingOff();
  const hours = Math.min(wished, settings.maxShareHours);
  const now = core.clock.now();
  const expiresAt = endOf(now, hours * 3600);
  const { name: actor, ...where } = actorOf(request);
  await core.audit.record(core.db.sql, {
    actor,
    action: 'uws.job-shared',
    object: { kind: jobTopic, id: jobId },
    details: { definition: job.definition, hours, expiresAt: expiresAt.toISOString() },
    ...where,
  });
  return {
    expiresAt: expiresAt.toISOString(),
    hours,
    jobHref: absoluteUrl(request, core.links.sign(sharedJobPath(jobId), now, hours * 3600)),
    results: sharedFiles(service, job, now, hours * 3600, request),
  };
}

/** The second in which a link made now expires, as the signature counts. */
function endOf(now: Date, seconds: number): Date {
  return new Date((Math.floor(now.getTime() / 1000) + seconds) * 1000);
}

function sharedFiles(
  { core }: Service,
  job: Job,
  now: Date,
  seconds: number,
  request: FastifyRequest,
): UwsSharedFile[] {
  return entitiesOf(job)
    .filter((entity) => entity.kind === 'result' && !entity.isRemoved)
    .map((entity) => ({
      name: entity.name,
      fileName: entity.fileName,
      mediaType: entity.mediaType,
      sizeBytes: entity.sizeBytes ?? 0,
      href: absoluteUrl(request, signedStorePath(core.links, entity, now, seconds)),
    }));
}

/** The document behind a link; its results can be opened as long as itself. */
async function answerShared(service: Service, jobId: string, request: FastifyRequest, reply: FastifyReply) {
  const { core } = service;
  const query = request.query as Record<string, unknown>;
  if (!core.links.isSigned(sharedJobPath(jobId), query, core.clock.now())) throw linkIncomplete();
  const job = await getJob(service, jobId);
  await demandOpenLink(service, job);
  const definition = await service.catalog.byId(job.definitionId);
  const shown = sharedJob(service, job, definition, Number(query.expires), request);
  // Whoever gets the address may read, but no page that it leads to, and no search engine, shall learn it.
  void reply.headers({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
    vary: 'Accept',
  });
  if (wantsPage(request)) {
    const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    void reply.type('text/html; charset=utf-8').header('content-security-policy', policy);
    return reply.send(sharedJobPage(shown));
  }
  if (!/\bxml\b/.test(request.headers.accept ?? '')) return reply.send(shown);
  const hrefs = new Map(shown.results.map(({ name, href }) => [name, href]));
  const url = absoluteUrl(request, `/rest/${encodeURIComponent(job.definition)}/${job.jobId}`);
  const { expectedSeconds } = definition.content;
  const hrefOf = ({ name }: { name: string }) => hrefs.get(name) ?? '';
  return reply.type(uwsMediaType).send(renderJob({ ...job, ownerId: null }, url, expectedSeconds, hrefOf));
}

/** What is shown of a job until a second of the link's choosing. */
function sharedJob(
  service: Service,
  job: Job,
  { content, version }: StoredDefinition,
  expires: number,
  request: FastifyRequest,
): UwsSharedJob {
  const now = service.core.clock.now();
  const seconds = expires - Math.floor(now.getTime() / 1000);
  return {
    id: job.jobId,
    definition: job.definition,
    definitionTitle: content.title ?? job.definition,
    definitionVersion: version,
    runId: job.runId,
    phase: job.phase,
    createdAt: job.createdAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    endedAt: job.endedAt?.toISOString() ?? null,
    error: job.error?.message ?? null,
    parameters: job.parameters.map(({ name, value }) => ({ name, value })),
    results: sharedFiles(service, job, now, seconds, request),
    expiresAt: new Date(expires * 1000).toISOString(),
  };
}

function linkIncomplete(): AppError {
  return new AppError(
    'forbidden',
    'uws.link-incomplete',
    'This address opens only as the link that was given out.',
    {
      next: 'Copy the whole link, with everything after the question mark.',
    },
  );
}
