import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { demandPermission } from '../../core/auth/index.ts';
import type { App } from '../../core/http/index.ts';
import { controlInvalid } from '../errors.ts';
import type { JobRow } from '../jobs/job.ts';
import { createJob, ownerOf } from '../jobs/jobs.ts';
import { jobrefAsJson, jobsFoot, jobsHead, renderJobref, uwsMediaType } from '../jobs/jobs.wire.ts';
import { type JobFilter, listJobs } from '../jobs/list.store.ts';
import type { Service } from '../service.ts';
import { jobUrl, listUrl, paramsOf, queryOf, wantsJson } from './addresses.ts';
import { readControl, readPhaseWord, readWishes } from './control.ts';
import { readListQuery } from './list-query.ts';
import { resource } from './resource.ts';

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

/** The largest body of a creation: an upload and the form around it. */
export function uploadLimit({ settings }: Service): number {
  return settings.maxUploadMb * 1_000_000 + 16_777_216;
}

async function create(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const definition = await service.catalog.get(paramsOf(request).name);
  // Before the uploads are taken: nobody stores bytes here without the right to run something on them.
  demandPermission(request.identity, 'uws.job.create', definition.name);
  const limit = definition.content.maxUploadBytes ?? service.settings.maxUploadMb * 1_000_000;
  const { words, given } = await readControl(service, request, limit);
  const phase = readPhaseWord(words);
  if (phase === 'ABORT') throw controlInvalid('PHASE', phase, 'a new job can only be RUN.');
  const wishes = readWishes(words);
  const jobId = await createJob(
    service,
    definition,
    { given, wishes, run: phase === 'RUN' },
    request.identity,
  );
  return reply.code(303).header('location', jobUrl(request, jobId)).send();
}

async function answerList(service: Service, request: FastifyRequest, reply: FastifyReply) {
  const { name } = paramsOf(request);
  await service.catalog.get(name);
  const { phases, after, last } = readListQuery(queryOf(request));
  const filter: JobFilter = {
    whose: request.identity.may('uws.job.any') ? 'any' : { ownerId: ownerOf(request.identity) },
    definition: name,
    ...(phases.length === 0 ? {} : { phases }),
    ...(after === null ? {} : { createdAfter: after }),
  };
  const url = listUrl(request);
  const first = await listJobs(service.core.db.sql, filter, Math.min(last ?? partRows, partRows));
  if (wantsJson(request)) {
    const jobs: unknown[] = [];
    for await (const rows of allParts(service, filter, first, last)) {
      for (const row of rows) jobs.push(jobrefAsJson(row, `${url}/${row.jobId}`));
    }
    return reply.type('application/json; charset=utf-8').send({ version: '1.1', jobs });
  }
  const render = (rows: readonly JobRow[]) =>
    rows.map((row) => renderJobref(row, `${url}/${row.jobId}`)).join('');
  void reply.type(uwsMediaType);
  if (first.length < partRows) return reply.send(jobsHead + render(first) + jobsFoot);
  return reply.send(
    Readable.from(
      (async function* () {
        yield jobsHead;
        for await (const rows of allParts(service, filter, first, last)) yield render(rows);
        yield jobsFoot;
      })(),
    ),
  );
}

/** The first part, and as many more as there are, up to `last` rows in all. */
async function* allParts(service: Service, filter: JobFilter, first: JobRow[], last: number | null) {
  let rows = first;
  let left = (last ?? Number.POSITIVE_INFINITY) - rows.length;
  yield rows;
  while (rows.length >= partRows && left > 0) {
    const place = rows.at(-1);
    if (place === undefined) return;
    rows = await listJobs(service.core.db.sql, filter, Math.min(left, partRows), {
      direction: 'older',
      place,
    });
    left -= rows.length;
    yield rows;
  }
}
