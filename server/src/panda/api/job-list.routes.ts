import { Readable } from 'node:stream';
import {
  PandaJobExportQuery,
  type PandaJobFacets,
  PandaJobFilter,
  type PandaJobPage,
  PandaJobQuery,
} from '@orrery/contracts/panda';
import type { FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { type App, whenAnswered } from '../../core/http/index.ts';
import { apiConfig } from './config.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { limitsOf } from './deadlines.ts';
import { countFacets } from './facets.store.ts';
import { ExportPlaces, exportJobs } from './job-export.ts';
import { filterOf, type JobFilter, tablesOf } from './job-filter.ts';
import { guessCount, madeAt } from './job-list.store.ts';
import { pageOfJobs } from './job-list.ts';
import { apiRow, instantOrNull } from './job-row.wire.ts';
import { sightOf } from './sight.ts';

const usualRows = 100;
const mediaTypes = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl; charset=utf-8' };
/** A reader that takes nothing for so long has gone; its place is given to others. */
const stalledMs = 60_000;

/** Lists of jobs: pages, counts by state, and whole views as a file. */
export function jobListRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.read');
  scope.get('/api/panda/jobs', { schema: { querystring: PandaJobQuery }, config }, (request) =>
    answerPage(core, request, request.query as PandaJobQuery),
  );
  scope.get(
    '/api/panda/jobs/facets',
    { schema: { querystring: PandaJobFilter }, config },
    async (request): Promise<PandaJobFacets> => {
      const startedMs = performance.now();
      const filter = await filterOf(core.db.sql, sightOf(request.identity), request.query as PandaJobFilter);
      const facets = await countFacets(core.db.sql, filter);
      return { ...facets, tookMs: performance.now() - startedMs };
    },
  );
  const places = new ExportPlaces();
  scope.get(
    '/api/panda/jobs/export',
    {
      schema: { querystring: PandaJobExportQuery },
      config: { ...config, quiet: true },
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const { format = 'csv', ...query } = request.query as PandaJobExportQuery;
      const filter = await filterOf(core.db.sql, sightOf(request.identity), query);
      const giveBack = places.take(request.identity.name);
      // Whether it was answered, refused or given up by its reader, also while the first rows are read.
      whenAnswered(reply.raw, giveBack);
      const now = core.clock.now();
      const pieces = exportJobs({ sql: core.db.sql, limits: limitsOf(core) }, filter, format, now);
      // What the database refuses is still an answer of its own before anything was said.
      const first = await pieces.next();
      reply.raw.setTimeout(stalledMs, () => reply.raw.destroy());
      const name = `jobs-${now.toISOString().slice(0, 19).replaceAll(':', '')}.${format}`;
      void reply.headers({
        'content-type': mediaTypes[format],
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
      });
      return reply.send(Readable.from(after(first, pieces), { objectMode: true, highWaterMark: 1 }));
    },
  );
}

async function* after(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

async function answerPage(core: Core, request: FastifyRequest, query: PandaJobQuery): Promise<PandaJobPage> {
  const startedMs = performance.now();
  const { sql } = core.db;
  const { limit = usualRows, cursor, ...wanted } = query;
  const filter = await filterOf(sql, sightOf(request.identity), wanted);
  const from = cursor === undefined ? undefined : readCursor(cursor);
  const page = await pageOfJobs(sql, filter, limit, from);
  const now = core.clock.now();
  const limits = limitsOf(core);
  const reached = page.searchedTo === null ? null : await madeAt(sql, page.searchedTo);
  return {
    rows: page.rows.map((row) => apiRow(row, limits, now)),
    newer: page.newer === null ? null : writeCursor(page.newer),
    older: page.older === null ? null : writeCursor(page.older),
    about: await countAbout(core, filter, page, from === undefined),
    searchedTo: page.searchedTo === null ? null : { id: page.searchedTo, createdAt: instantOrNull(reached) },
    tookMs: performance.now() - startedMs,
  };
}

/** To the unit when the first page is all there is; otherwise what the planner guesses. */
async function countAbout(
  core: Core,
  filter: JobFilter,
  page: { rows: readonly unknown[]; older: unknown },
  isFirst: boolean,
): Promise<number | null> {
  if (!isFirst) return null;
  if (page.older === null) return page.rows.length;
  return Math.max(page.rows.length, await guessCount(core.db.sql, filter, tablesOf(filter)));
}
