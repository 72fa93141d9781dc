import { Readable } from 'node:stream';
import type { Why } from '@orrery/contracts/explain';
import {
  PandaBulkAct,
  type PandaBulkActed,
  type PandaDebugOutput,
  type PandaJob,
  PandaJobCommand,
  PandaJobDebug,
  PandaJobPriority,
  PandaJobRetry,
} from '@orrery/contracts/panda';
import type { FastifyRequest } from 'fastify';
import { demandPermission } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { type App, userBytesHeaders } from '../../core/http/index.ts';
import { isFinal } from '../states.ts';
import { checked } from './body.ts';
import { apiConfig } from './config.ts';
import { describeJob, explainJob } from './describe-job.ts';
import {
  type FoundJob,
  findFile,
  findStdout,
  findText,
  getSpecification,
  type JobOutline,
  listFiles,
  listOutlines,
} from './job.store.ts';
import { commandJob, debugJob, killAll, killJob, prioritizeJob, retryJob } from './job-acts.ts';
import { rerunScript } from './rerun-script.ts';
import { jobIdOf, seenJob } from './seen-job.ts';
import { jobUnknown, maySee, sightOf } from './sight.ts';
import { fileMissing, openStored } from './stored-file.ts';

type Act = (core: Core, request: FastifyRequest, job: FoundJob) => Promise<void>;

/** One job: what is known of it, and what can be done with it. */
export function jobRoutes(scope: App, core: Core): void {
  readRoutes(scope, core);
  textRoutes(scope, core);
  fileRoutes(scope, core);
  actRoutes(scope, core);
}

function seen(core: Core, request: FastifyRequest): Promise<FoundJob> {
  return seenJob(core, request.identity, jobIdOf((request.params as { id: string }).id));
}

function readRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.read');
  scope.get(
    '/api/panda/jobs/:id',
    { config },
    async (request): Promise<PandaJob> =>
      await describeJob(core, await seen(core, request), request.identity),
  );
  scope.get(
    '/api/panda/jobs/:id/why',
    { config },
    async (request): Promise<Why> => await explainJob(core, await seen(core, request)),
  );
  scope.get('/api/panda/jobs/:id/stdout', { config }, async (request): Promise<PandaDebugOutput> => {
    const job = await seen(core, request);
    const found = await findStdout(core.db.sql, job.jobId);
    return {
      text: found?.stdout ?? null,
      at: found?.at.toISOString() ?? null,
      debug: job.debug,
      command: job.command,
    };
  });
}

function textRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.read');
  scope.get('/api/panda/jobs/:id/texts/:kind', { config }, async (request, reply) => {
    const { jobId } = await seen(core, request);
    const { kind } = request.params as { kind: string };
    const text = await findText(core.db.sql, jobId, kind);
    if (text === null) throw textMissing(jobId, kind);
    return await userBytesHeaders(reply, 'text/plain', `${jobId}.${kind}.txt`).send(text);
  });
  scope.get('/api/panda/jobs/:id/script', { config }, async (request, reply) => {
    const job = await seen(core, request);
    const [spec, files] = await Promise.all([
      getSpecification(core.db.sql, job.jobId),
      listFiles(core.db.sql, job.jobId),
    ]);
    const text = rerunScript(job, spec, files, request.publicBase);
    return await userBytesHeaders(reply, 'text/x-shellscript', `rerun-${job.jobId}.sh`).send(text);
  });
}

function fileRoutes(scope: App, core: Core): void {
  scope.get(
    '/api/panda/jobs/:id/files/:file',
    { config: apiConfig('panda.read') },
    async (request, reply) => {
      const { jobId } = await seen(core, request);
      const { file: name } = request.params as { file: string };
      const file = /^\d{1,15}$/.test(name) ? await findFile(core.db.sql, jobId, Number(name)) : null;
      if (file === null) throw fileMissing(name);
      const { handle, sizeBytes } = await openStored(core, file, sightOf(request.identity));
      void userBytesHeaders(reply, 'application/octet-stream', file.lfn);
      void reply.headers({ 'content-length': sizeBytes, 'cache-control': 'private, no-cache' });
      if (request.method === 'HEAD' || sizeBytes === 0) {
        await handle.close();
        return reply.send(Readable.from([]));
      }
      // What is appended meanwhile is left out: the length was told.
      return reply.send(handle.createReadStream({ start: 0, end: sizeBytes - 1 }));
    },
  );
}

function textMissing(jobId: number, kind: string): AppError {
  return new AppError('missing', 'panda.text-missing', `Job ${jobId} has no text "${kind.slice(0, 40)}".`, {
    next: 'The job names the texts it has; logs come with the end of a job.',
  });
}

function actRoutes(scope: App, core: Core): void {
  const acting = (name: string, allow: string, act: Act) =>
    scope.post(`/api/panda/jobs/:id/${name}`, { config: apiConfig(allow) }, async (request) => {
      const job = await seen(core, request);
      await act(core, request, job);
      return await describeJob(core, await seenJob(core, request.identity, job.jobId), request.identity);
    });
  acting('kill', 'panda.submit', killJob);
  acting('debug', 'panda.submit', (_, request, job) =>
    debugJob(core, request, job, checked(PandaJobDebug, request.body).on),
  );
  acting('command', 'panda.submit', (_, request, job) =>
    commandJob(core, request, job, checked(PandaJobCommand, request.body).command),
  );
  acting('priority', 'panda.production', (_, request, job) => {
    demandPermission(request.identity, 'panda.production', job.vo ?? '');
    return prioritizeJob(core, request, job, checked(PandaJobPriority, request.body).priority);
  });
  scope.post('/api/panda/jobs/:id/retry', { config: apiConfig('panda.submit') }, async (request, reply) => {
    const job = await seen(core, request);
    const jobId = await retryJob(core, request, job, checked(PandaJobRetry, request.body ?? {}));
    const made = await describeJob(core, await seenJob(core, request.identity, jobId), request.identity);
    return reply.code(201).header('location', `/api/panda/jobs/${jobId}`).send(made);
  });
  scope.post(
    '/api/panda/jobs/acts',
    { config: apiConfig('panda.submit') },
    async (request): Promise<PandaBulkActed> => {
      const wish = checked(PandaBulkAct, request.body);
      if (wish.act === 'kill') return { rows: await killRows(core, request, wish.ids) };
      const rows: PandaBulkActed['rows'] = [];
      for (const id of wish.ids) rows.push(await actOnOne(core, request, wish, id));
      return { rows };
    },
  );
}

/** Those the caller may see are killed together; every job has its own answer. */
async function killRows(
  core: Core,
  request: FastifyRequest,
  ids: readonly number[],
): Promise<PandaBulkActed['rows']> {
  const sight = sightOf(request.identity);
  const known = await listOutlines(core.db.sql, ids);
  const seenIds = ids.filter((id) => {
    const job = known.get(id);
    return job !== undefined && maySee(sight, job);
  });
  const killed = await killAll(core, request, seenIds);
  return ids.map((id) => {
    const job = seenIds.includes(id) ? known.get(id) : undefined;
    const done = killed.get(id) === true;
    return { id, done, message: killMessage(id, job, done), newId: null };
  });
}

function killMessage(id: number, job: JobOutline | undefined, done: boolean): string {
  if (job === undefined) return jobUnknown(id).message;
  if (done) return job.status === 'running' ? 'Its pilot is told.' : 'It has ended.';
  if (isFinal(job.status)) return `The job is ${job.status} already.`;
  if (job.command === 'tobekilled') return 'Its pilot was told already.';
  return 'The job has changed just now, or is not yours to kill.';
}

/** One of several: what is refused for a reason of its own does not stop the others. */
async function actOnOne(
  core: Core,
  request: FastifyRequest,
  { act, priority, memoryMb }: PandaBulkAct,
  id: number,
): Promise<PandaBulkActed['rows'][number]> {
  try {
    const job = await seenJob(core, request.identity, id);
    if (act === 'retry') {
      const newId = await retryJob(core, request, job, memoryMb === undefined ? {} : { memoryMb });
      return { id, done: true, message: `Job ${newId} was made.`, newId };
    }
    demandPermission(request.identity, 'panda.production', job.vo ?? '');
    if (priority === undefined)
      return { id, done: false, message: 'The request names no priority.', newId: null };
    await prioritizeJob(core, request, job, priority);
    return { id, done: true, message: `Its priority is ${priority}.`, newId: null };
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    return { id, done: false, message: error.message, newId: null };
  }
}
