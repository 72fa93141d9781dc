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
import { countAbout, keptGroups } from './file-groups.ts';
import { FilePlaceInList, listFilePage, placeInList } from './file-list.store.ts';
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
      const groups = await keptGroups(core, observatory, sharedPart(filter));
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
  const found = await listFilePage(sql, observatory.observatory, filter, order, limit, from);
  const { rows, newer, older } = cutPage(found, limit, from, (file) => placeInList(order, file));
  // Counted only when the page does not say it already.
  const about =
    from !== undefined ? null : older === null ? rows.length : await countAbout(core, observatory, filter);
  return { rows: rows.map(apiFileRow), newer, older, about, tookMs: performance.now() - startedMs };
}
