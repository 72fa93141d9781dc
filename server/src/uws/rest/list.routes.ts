import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { demandPermission } from '../../core/auth/index.ts';
import type { Sql } from '../../core/db/index.ts';
import type { App } from '../../core/http/index.ts';
import { createJob, ownerOf } from '../jobs/jobs.ts';
import type { Jobref } from '../jobs/jobs.wire.ts';
import type { JobFilter } from '../jobs/list.store.ts';
import type { Service } from '../service.ts';
import { jobUrl, listUrl, paramsOf, queryOf } from './addresses.ts';
import { readControl } from './control.ts';
import { readNewJob } from './control-words.ts';
import { etagOf, holds, mayKeep } from './etag.ts';
import { formatOf, pageFor, toPage } from './format.ts';
import { readJobrefs, readListState } from './jobrefs.store.ts';
import { listMediaType, renderList, renderParts } from './list-document.ts';
import { readListQuery } from './list-query.ts';
import { resource } from './resource.ts';
import { definitionUploadBytes, uploadLimit } from './upload-limits.ts';

/** A list longer than this is read and sent in parts. */
const partRows = 2000;

/** `{jobs}`: the list, and the creation of a job. */
export function listRoutes(scope: App, service: Service): void {
  resource(scope, '', {
    GET: { allow: 'uws.job.read', run: (request, reply) => answerList(service, request, reply) },
    POST: {
      allow: 'uws.job.create',
      bodyLimit: uploadLimit(service),
      run: (request, reply) => create(service, request, reply),
    },
  });
}

async function create(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const definition = await service.catalog.get(paramsOf(request).name);
  // Before the uploads are taken: nobody stores bytes here without the right to run something on them.
  demandPermission(request.identity, 'uws.job.create', definition.name);
  const limit = definitionUploadBytes(service, definition.content);
  const { words, given } = await readControl(service, request, limit);
  const jobId = await createJob(service, definition, { given, ...readNewJob(words) }, request.identity);
  return reply.code(303).header('location', jobUrl(request, jobId)).send();
}

async function answerList(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const page = pageFor(request);
  if (page !== null) return toPage(reply, page).send();
  const { name } = paramsOf(request);
  const format = formatOf(request);
  await service.catalog.get(name);
  const { phases, after, last } = readListQuery(queryOf(request));
  const filter: JobFilter = {
    whose: request.identity.may('uws.job.any') ? 'any' : { ownerId: ownerOf(request.identity) },
    definition: name,
    ...(phases.length === 0 ? {} : { phases }),
    ...(after === null ? {} : { createdAfter: after }),
  };
  const { sql } = service.core.db;
  const url = listUrl(request);
  const limit = Math.min(last ?? partRows, partRows);
  // A list in several parts is no snapshot, so it has no validator.
  const isWhole = (count: number) => count < partRows || last === limit;
  const etag = (state: string) => etagOf(`${format} ${url} ${state}`);
  if (request.headers['if-none-match'] !== undefined) {
    const { count, state } = await readListState(sql, filter, limit);
    if (isWhole(count) && holds(request, etag(state))) return mayKeep(reply, etag(state)).code(304).send();
  }
  const { rows, state } = await readJobrefs(sql, filter, limit);
  void reply.type(listMediaType(format));
  if (isWhole(rows.length)) return mayKeep(reply, etag(state)).send(renderList(rows, url, format));
  void reply.header('vary', 'Accept');
  // A HEAD would read all parts to throw them away.
  if (request.method === 'HEAD') return reply.send(Readable.from([]));
  return reply.send(Readable.from(renderParts(allParts(sql, filter, rows, last), url, format)));
}

/** The first part, and as many more as there are, up to `last` rows in all. */
async function* allParts(sql: Sql, filter: JobFilter, first: readonly Jobref[], last: number | null) {
  let rows = first;
  let left = (last ?? Number.POSITIVE_INFINITY) - rows.length;
  yield rows;
  while (rows.length >= partRows && left > 0) {
    const place = rows.at(-1);
    if (place === undefined) return;
    const after = { jobId: place.jobId, createdAt: new Date(place.creationTime) };
    ({ rows } = await readJobrefs(sql, filter, Math.min(left, partRows), after));
    left -= rows.length;
    yield rows;
  }
}
