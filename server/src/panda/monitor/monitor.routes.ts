import type { FastifyReply, FastifyRequest } from 'fastify';
import { demandPermission } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { absoluteUrl, jsonErrors, type RouteConfig } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { refuseNul } from '../api/body.ts';
import { findStdout, getSpecification, listFiles, listJobs, listTexts } from '../api/job.store.ts';
import { pageOfJobs } from '../api/job-list.ts';
import { ownersOf, patternOf } from '../api/owners.ts';
import { jobIdOf, seenJob } from '../api/seen-job.ts';
import { sightOf } from '../api/sight.ts';
import { countTaskJobs, listTaskDatasets, listTasks } from './monitor.store.ts';
import { countsByAttribute, monitorDataset, monitorFile, monitorJob, monitorTask } from './monitor.wire.ts';
import { hoursOf, integer, pageQuery, readJobQuery, wantsJson, wordsOf } from './query.ts';

/** Whom the address sends on to a page needs no account for that; the data do. */
const config: RouteConfig = { allow: 'public', errors: jsonErrors, family: 'PanDA monitor' };
/** A list may search so long. */
const searchMs = 2000;
const usualTasks = 1000;
const usualDays = 7;

type Words = ReadonlyMap<string, string>;
type Data = (core: Core, request: FastifyRequest, words: Words) => Promise<unknown>;
type Page = (request: FastifyRequest, words: Words, now: Date) => string;

/**
 * Addresses of BigPanDAmon that clients print, people have bookmarked and scripts read: with `?json` the data, by their
 * wire names in small letters; otherwise our page.
 */
export const monitorRoutes: Routes = async (app, core) => {
  await app.register(async (scope) => {
    refuseNul(scope);
    const serve = (url: string, data: Data, page: Page) =>
      scope.get(url, { config }, async (request: FastifyRequest, reply: FastifyReply) => {
        const words = wordsOf(request);
        if (!wantsJson(request, words)) {
          const path = page(request, words, core.clock.now());
          return reply.redirect(absoluteUrl(request, `/ui/work${path}`), 302);
        }
        demandPermission(request.identity, 'panda.read');
        return reply.header('cache-control', 'no-store').send(await data(core, request, words));
      });
    serve('/jobs', jobsData, (_, words, now) => `/jobs${pageQuery(words, now)}`);
    serve('/job', jobData, (_, words) => `/jobs/${encodeURIComponent(words.get('pandaid') ?? '')}`);
    serve('/job/:id', jobData, (request) => `/jobs/${encodeURIComponent(idOf(request))}`);
    serve('/tasks', tasksData, () => '/tasks');
    serve('/task/:id', taskData, (request) => `/tasks/${encodeURIComponent(idOf(request))}`);
  });
};

const idOf = (request: FastifyRequest) => (request.params as { id?: string }).id ?? '';

async function jobsData(core: Core, request: FastifyRequest, words: Words): Promise<unknown> {
  const sight = sightOf(request.identity);
  const { sql } = core.db;
  const { filter, owner, limit, jobIds, ignored, hours } = readJobQuery(words, sight, core.clock.now());
  if (owner !== null) filter.owners = await ownersOf(sql, owner);
  const page =
    jobIds === null ? await pageOfJobs(sql, filter, limit, undefined, { budgetMs: searchMs }) : null;
  const ids = page === null ? (jobIds ?? []) : page.rows.map(({ jobId }) => jobId);
  const jobs = (await listJobs(sql, ids.slice(0, limit), sight)).map((job) => monitorJob(job));
  return {
    selection: { hours, limit, ignored },
    jobs,
    selectionsummary: countsByAttribute(jobs),
    // True when the list is as long as was asked for, or the search took too long: there may be more.
    incomplete: page !== null && page.older !== null,
  };
}

async function jobData(core: Core, request: FastifyRequest, words: Words): Promise<unknown> {
  const job = await seenJob(core, request.identity, jobIdOf(idOf(request) || (words.get('pandaid') ?? '')));
  const { sql } = core.db;
  const [spec, files, texts, stdout] = await Promise.all([
    getSpecification(sql, job.jobId),
    listFiles(sql, job.jobId),
    listTexts(sql, job.jobId),
    findStdout(sql, job.jobId),
  ]);
  return {
    job: monitorJob(job, spec),
    files: files.map(monitorFile),
    texts: texts.map(({ kind }) => absoluteUrl(request, `/api/panda/jobs/${job.jobId}/texts/${kind}`)),
    stdout: stdout?.stdout ?? null,
  };
}

async function tasksData(core: Core, request: FastifyRequest, words: Words): Promise<unknown> {
  const limit = words.get('limit');
  const hours = hoursOf(words) ?? usualDays * 24;
  const [name, owner, status, type] = [
    words.get('taskname'),
    words.get('username') || words.get('produsername'),
    words.get('status'),
    words.get('tasktype'),
  ];
  const tasks = await listTasks(
    core.db.sql,
    {
      sight: sightOf(request.identity),
      modifiedAfter: new Date(core.clock.now().getTime() - hours * 3_600_000),
      ...(name === undefined || name === '' ? {} : { name: patternOf(name) }),
      ...(owner === undefined || owner === '' ? {} : { owners: await ownersOf(core.db.sql, owner) }),
      ...(status === undefined || status === '' ? {} : { status }),
      ...(type === undefined || type === '' ? {} : { type }),
    },
    limit === undefined || limit === '' ? usualTasks : integer('limit', limit, 20_000),
  );
  return tasks.map(monitorTask);
}

async function taskData(core: Core, request: FastifyRequest): Promise<unknown> {
  const text = idOf(request);
  const { sql } = core.db;
  const taskId = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  const [task] = Number.isSafeInteger(taskId)
    ? await listTasks(sql, { sight: sightOf(request.identity), taskId }, 1)
    : [];
  if (task === undefined) {
    throw new AppError('missing', 'panda.task-unknown', 'There is no such task that you may see.', {
      next: 'See the list of tasks.',
    });
  }
  const [datasets, jobs] = await Promise.all([listTaskDatasets(sql, taskId), countTaskJobs(sql, taskId)]);
  return { task: monitorTask(task), datasets: datasets.map(monitorDataset), jobsummary: jobs };
}
