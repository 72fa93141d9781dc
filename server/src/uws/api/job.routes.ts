import {
  UwsDeleteQuery,
  type UwsDeletion,
  type UwsJob,
  UwsJobCreate,
  type UwsJobParameter,
  UwsJobUpdate,
  type UwsLog,
  UwsLogQuery,
  type UwsLogSearch,
  UwsLogSearchQuery,
  UwsPhaseChange,
  type UwsWhy,
} from '@orrery/contracts/uws';
import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { demandPermission, type Identity } from '../../core/auth/index.ts';
import type { ComputeRun } from '../../core/compute/index.ts';
import type { App } from '../../core/http/index.ts';
import type { StoredDefinition } from '../definitions/definitions.store.ts';
import { controlInvalid } from '../errors.ts';
import { readInstant } from '../instants.ts';
import { deleteJobLater, deletionOf, keepJob } from '../jobs/deletion.ts';
import type { Job, JobParameter } from '../jobs/job.ts';
import { listPhases } from '../jobs/jobs.store.ts';
import {
  abortJob,
  archiveJob,
  createJob,
  demandControl,
  demandSight,
  destroyJob,
  getJob,
  type JobWishes,
  ownerOf,
  runJob,
  updateWishes,
} from '../jobs/jobs.ts';
import { resultUrl } from '../jobs/jobs.wire.ts';
import { resultEntity } from '../opus/entities.ts';
import { isFinal } from '../phases.ts';
import { withUploads } from '../rest/upload-hold.ts';
import { uploadBytes, uploadLimit } from '../rest/upload-limits.ts';
import { readLog } from '../results/log.ts';
import { previewOf } from '../results/media-types.ts';
import { resultNamed } from '../results/result-named.ts';
import { searchLog } from '../results/search-log.ts';
import { sendFile } from '../results/send-file.ts';
import type { Service } from '../service.ts';
import { checked, givenOf, readBody } from './body.ts';
import { apiConfig } from './config.ts';
import { apiRow } from './list.routes.ts';
import { promiseOf } from './promise.ts';
import { whyOf } from './why.ts';

export function jobRoutes(scope: App, service: Service): void {
  const bodyLimit = uploadLimit(service);
  const idOf = (request: FastifyRequest) => (request.params as { id: string }).id;
  const config = apiConfig;
  scope.post('/api/uws/jobs', { bodyLimit, config: config('uws.job.create') }, async (request, reply) => {
    const job = await withUploads(request, () => create(service, request));
    return reply.code(201).header('location', `/api/uws/jobs/${job.id}`).send(job);
  });
  scope.get('/api/uws/jobs/:id', { config: config('uws.job.read') }, (request) =>
    describe(service, idOf(request), request.identity),
  );
  scope.patch('/api/uws/jobs/:id', { bodyLimit, config: config('uws.job.control') }, async (request) => {
    await withUploads(request, () => update(service, idOf(request), request));
    return await describe(service, idOf(request), request.identity);
  });
  scope.post('/api/uws/jobs/:id/phase', { config: config('uws.job.control') }, async (request) => {
    const { phase } = checked(UwsPhaseChange, request.body);
    const change = { RUN: runJob, ABORT: abortJob, ARCHIVE: archiveJob }[phase];
    await change(service, idOf(request), request.identity);
    return await describe(service, idOf(request), request.identity);
  });
  // The button of the operations board sends no body.
  scope.post('/api/uws/jobs/:id/abort', { config: config('uws.job.control') }, async (request) => {
    await abortJob(service, idOf(request), request.identity);
    return await describe(service, idOf(request), request.identity);
  });
  scope.delete(
    '/api/uws/jobs/:id',
    { schema: { querystring: UwsDeleteQuery }, config: config('uws.job.control') },
    async (request, reply) => {
      const { undoSeconds = 0 } = request.query as UwsDeleteQuery;
      const id = idOf(request);
      if (undoSeconds > 0) {
        const at = await deleteJobLater(service, id, undoSeconds, request.identity);
        const deletion: UwsDeletion = { id, deletesAt: at.toISOString() };
        return reply.code(202).send(deletion);
      }
      await destroyJob(service, id, request.identity);
      return reply.code(204).send();
    },
  );
  scope.post('/api/uws/jobs/:id/keep', { config: config('uws.job.control') }, async (request) => {
    await keepJob(service, idOf(request), request.identity);
    return await describe(service, idOf(request), request.identity);
  });
  scope.get('/api/uws/jobs/:id/why', { config: config('uws.job.read') }, async (request): Promise<UwsWhy> => {
    const job = await seen(service, idOf(request), request.identity);
    const phases = await listPhases(service.core.db.sql, job.jobId);
    return whyOf(job, phases, await placedRunOf(service, job));
  });
  scope.get(
    '/api/uws/jobs/:id/log',
    { schema: { querystring: UwsLogQuery }, config: config('uws.job.read') },
    async (request): Promise<UwsLog> => {
      const job = await seen(service, idOf(request), request.identity);
      const {
        stream = 'stdout',
        fromByte = 0,
        maxBytes = 65_536,
      } = request.query as Static<typeof UwsLogQuery>;
      return await readLog(service.core, job, stream, fromByte, maxBytes);
    },
  );
  scope.get(
    '/api/uws/jobs/:id/log/search',
    { schema: { querystring: UwsLogSearchQuery }, config: config('uws.job.read') },
    async (request): Promise<UwsLogSearch> => {
      const job = await seen(service, idOf(request), request.identity);
      const { stream = 'stdout', q } = request.query as UwsLogSearchQuery;
      return await searchLog(service.core, job, stream, q);
    },
  );
  scope.get('/api/uws/jobs/:id/results/:name', { config: config('uws.job.read') }, async (request, reply) => {
    const job = await seen(service, idOf(request), request.identity);
    const { name } = request.params as { name: string };
    return await sendFile(service.core, request, reply, resultNamed(job, name), 'attachment');
  });
}

async function seen(service: Service, jobId: string, identity: Identity): Promise<Job> {
  const job = await getJob(service, jobId);
  demandSight(identity, job);
  return job;
}

/** Null when the job is on no computer now. */
async function runOf({ core }: Service, job: Job): Promise<ComputeRun | null> {
  if (job.computeRunId === null) return null;
  const [run] = await core.compute.states([job.computeRunId]);
  return run ?? null;
}

/** The same; for a waiting one `why` says who goes first, which costs a look at the whole line. */
async function placedRunOf(service: Service, job: Job): Promise<ComputeRun | null> {
  const run = await runOf(service, job);
  return run?.state === 'queued' ? await service.core.compute.state(run.runId) : run;
}

async function create(service: Service, request: FastifyRequest): Promise<UwsJob> {
  const { identity } = request;
  const limitOf = async ({ definition: name }: { definition: string }) => {
    const { content } = await service.catalog.get(name);
    demandPermission(identity, 'uws.job.create', name);
    return content.maxUploadBytes ?? service.settings.maxUploadMb * 1_000_000;
  };
  const { body, uploads } = await readBody(service, request, UwsJobCreate, limitOf, ownerOf(identity));
  const definition = await service.catalog.get(body.definition);
  const given = givenOf(body.parameters, uploads);
  const asked = { given, wishes: wishesOf(body), run: body.run === true };
  return await describe(service, await createJob(service, definition, asked, identity), identity);
}

function wishesOf(body: {
  runId?: string;
  executionDuration?: number;
  destruction?: string | null;
}): JobWishes {
  const { runId, executionDuration, destruction } = body;
  if (runId?.isWellFormed() === false) throw controlInvalid('runId', runId, 'it holds half a character.');
  return {
    ...(runId === undefined ? {} : { runId: runId === '' ? null : runId }),
    ...(executionDuration === undefined ? {} : { executionDuration }),
    ...(destruction === undefined
      ? {}
      : { destructionAt: destruction === null ? null : readInstant('destruction', destruction) }),
  };
}

async function update(service: Service, jobId: string, request: FastifyRequest): Promise<void> {
  const job = await seen(service, jobId, request.identity);
  demandControl(request.identity, job);
  const limitOf = () => uploadBytes(service, job);
  const { body, uploads } = await readBody(service, request, UwsJobUpdate, limitOf, job.ownerId);
  const hasGiven = body.parameters !== undefined || uploads.size > 0;
  await updateWishes(
    service,
    jobId,
    request.identity,
    wishesOf(body),
    hasGiven ? givenOf(body.parameters, uploads) : undefined,
  );
}

async function describe(service: Service, jobId: string, identity: Identity): Promise<UwsJob> {
  const { core } = service;
  const job = await seen(service, jobId, identity);
  const now = core.clock.now();
  const [definition, phases, run, usage, deletesAt] = await Promise.all([
    service.catalog.byId(job.definitionId),
    listPhases(core.db.sql, jobId),
    runOf(service, job),
    isFinal(job.phase) ? [] : service.usage(),
    deletionOf(service, core.db.sql, jobId),
  ]);
  const median = usage.find((row) => row.definition === job.definition)?.medianSeconds ?? null;
  const uwsHref = `/rest/${encodeURIComponent(job.definition)}/${job.jobId}`;
  return {
    ...apiRow(job, now),
    definitionVersion: definition.version,
    definitionTitle: definition.content.title ?? definition.name,
    executionDuration: job.executionDuration,
    destruction: job.destructionAt?.toISOString() ?? null,
    deletesAt,
    parameters: job.parameters.map((parameter) => apiParameter(parameter, definition, uwsHref)),
    results: job.results.map((result) => ({
      name: result.name,
      fileName: result.fileName,
      mediaType: result.mediaType,
      sizeBytes: result.sizeBytes,
      href: resultUrl(uwsHref, result.name),
      downloadHref: `/api/uws/jobs/${job.jobId}/results/${encodeURIComponent(result.name)}`,
      preview: previewOf(result.name, result.mediaType),
      sha256: result.hash,
      entity: resultEntity(job.jobId, result.name),
    })),
    phases: phases.map((entry) => ({ phase: entry.phase, at: entry.at.toISOString(), why: entry.why })),
    promise: promiseOf(job, run, median),
    where: whereOf(job, run),
    acts: actsOf(job, identity, service.settings.maxShareHours),
    uwsHref,
  };
}

function apiParameter(
  parameter: JobParameter,
  definition: StoredDefinition,
  uwsHref: string,
): UwsJobParameter {
  const description = definition.content.parameters?.find((each) => each.name === parameter.name);
  const sizes = parameter.files?.map((file) => file.sizeBytes) ?? [];
  const from = parameter.files?.flatMap((file) => file.from ?? []) ?? [];
  const isStored = parameter.files?.some((file) => file.hash !== null) === true;
  return {
    name: parameter.name,
    value: parameter.value,
    type: description?.type ?? 'string',
    unit: description?.unit ?? null,
    isDefault: parameter.isDefault,
    href: isStored ? `${uwsHref}/parameters/${encodeURIComponent(parameter.name)}` : null,
    sizeBytes: isStored ? sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) : null,
    ...(parameter.files === undefined ? {} : { files: parameter.files.length }),
    ...(from.length === 0 ? {} : { from }),
  };
}

/** The back end names folder and host together; only the host is shown. */
function whereOf(job: Job, run: ComputeRun | null): UwsJob['where'] {
  if (job.place === null && run === null) return null;
  const { place } = job;
  return {
    backend: place?.backend ?? run?.backend ?? 'local',
    host: place?.host ?? run?.host?.split(':')[0] ?? null,
    runId: place?.runId ?? run?.runId ?? '',
    isolation: null,
    exitCode: place?.exitCode ?? null,
    signal: place?.signal ?? null,
    peakMemoryBytes: place?.peakMemoryBytes ?? null,
    cpuSeconds: place?.cpuSeconds ?? null,
  };
}

function actsOf(job: Job, identity: Identity, maxShareHours: number): UwsJob['acts'] {
  const own = job.ownerId === ownerOf(identity) && identity.may('uws.job.control', job.definition);
  const may = own || identity.may('uws.job.any');
  return {
    run: may && (job.phase === 'PENDING' || job.phase === 'HELD'),
    abort: may && !isFinal(job.phase),
    update: may && job.phase === 'PENDING',
    delete: may,
    share: may && maxShareHours > 0,
  };
}
