import { Readable } from 'node:stream';
import { type UwsJobCount, UwsJobExportQuery, UwsJobFilter } from '@orrery/contracts/uws';
import type { Static } from 'typebox';
import { type App, whenAnswered } from '../../core/http/index.ts';
import { ownerOf } from '../jobs/jobs.ts';
import { countExactly } from '../jobs/list.store.ts';
import type { Service } from '../service.ts';
import { apiConfig } from './config.ts';
import { ExportPlaces, exportJobs } from './export.ts';
import { filterOf } from './list.routes.ts';

const mediaTypes = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl; charset=utf-8' };
/** A reader that takes nothing for so long has gone; its place is given to others. */
const stalledMs = 60_000;

/** Whole views: counted to the unit, and as a file. */
export function exportRoutes(scope: App, service: Service): void {
  const { sql } = service.core.db;
  const places = new ExportPlaces();
  scope.get(
    '/api/uws/jobs/count',
    { schema: { querystring: UwsJobFilter }, config: apiConfig('uws.job.read') },
    async (request): Promise<UwsJobCount> => {
      const startedMs = performance.now();
      const count = await countExactly(sql, filterOf(request, request.query as UwsJobFilter));
      return { count, tookMs: performance.now() - startedMs };
    },
  );
  scope.get(
    '/api/uws/jobs/export',
    {
      schema: { querystring: UwsJobExportQuery },
      config: { ...apiConfig('uws.job.read'), quiet: true },
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const { format = 'csv', ...query } = request.query as Static<typeof UwsJobExportQuery>;
      const filter = filterOf(request, query);
      const giveBack = places.take(ownerOf(request.identity) ?? request.clientAddress);
      const now = service.core.clock.now();
      // Whether it was answered, refused or given up by its reader, also while the first rows are read.
      whenAnswered(reply.raw, giveBack);
      const pieces = exportJobs(sql, filter, format, now);
      const first = await pieces.next();
      const rows = Readable.from(after(first, pieces), { objectMode: true, highWaterMark: 1 });
      reply.raw.setTimeout(stalledMs, () => reply.raw.destroy());
      const name = `jobs-${now.toISOString().slice(0, 19).replaceAll(':', '')}.${format}`;
      void reply.headers({
        'content-type': mediaTypes[format],
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      return reply.send(rows);
    },
  );
}

/** The pieces with the one that was taken already. */
async function* after(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
