import {
  type CrdsFileFacets,
  CrdsFileFilter,
  type CrdsFilePage,
  CrdsFileQuery,
} from '@orrery/contracts/crds';
import type { FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { observatoryAsked, operates } from './asked.ts';
import { apiConfig } from './config.ts';
import { readCursor } from './cursor.ts';
import { apiFileRow } from './file.wire.ts';
import { facetsOf, fileFilterOf, sharedPart } from './file-filter.ts';
import { countFileList, FilePlaceInList, groupFiles, listFilePage, placeInList } from './file-list.store.ts';
import { cutPage } from './page.ts';

const usualRows = 100;

/** Lists of files: pages, and counts by what they are. */
export function fileListRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  scope.get(
    '/api/crds/observatories/:observatory/files',
    { schema: { querystring: CrdsFileQuery }, config },
    (request) => answerPage(core, request, request.query as CrdsFileQuery),
  );
  scope.get(
    '/api/crds/observatories/:observatory/files/facets',
    { schema: { querystring: CrdsFileFilter }, config },
    async (request): Promise<CrdsFileFacets> => {
      const startedMs = performance.now();
      const observatory = await observatoryAsked(core, request);
      const filter = fileFilterOf(request.query as CrdsFileFilter, operates(request, observatory));
      const groups = await groupFiles(core.db.sql, observatory.observatory, sharedPart(filter));
      return { ...facetsOf(groups, filter), tookMs: performance.now() - startedMs };
    },
  );
}

async function answerPage(core: Core, request: FastifyRequest, query: CrdsFileQuery): Promise<CrdsFilePage> {
  const startedMs = performance.now();
  const { sql } = core.db;
  const { limit = usualRows, cursor, order = 'newest', ...wanted } = query;
  const observatory = await observatoryAsked(core, request);
  const filter = fileFilterOf(wanted, operates(request, observatory));
  const from = cursor === undefined ? undefined : readCursor(FilePlaceInList, cursor);
  const [found, about] = await Promise.all([
    listFilePage(sql, observatory.observatory, filter, order, limit, from),
    from === undefined ? countFileList(sql, observatory.observatory, filter) : null,
  ]);
  const { rows, newer, older } = cutPage(found, limit, from, (file) => placeInList(order, file));
  return { rows: rows.map(apiFileRow), newer, older, about, tookMs: performance.now() - startedMs };
}
