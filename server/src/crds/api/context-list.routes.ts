import {
  type CrdsBuildList,
  type CrdsContextPage,
  CrdsContextQuery,
  type CrdsHistoryPage,
  CrdsHistoryQuery,
  type CrdsRemoteContextList,
  type CrdsResolved,
  CrdsResolveQuery,
} from '@orrery/contracts/crds';
import type { FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { buildContexts } from '../contexts/build-context.ts';
import { remoteContextsOf } from '../contexts/remote-contexts.ts';
import { resolveIn } from '../contexts/resolve.ts';
import { observatoryAsked, operates } from './asked.ts';
import { apiConfig } from './config.ts';
import { apiContextRow, apiReign } from './context.wire.ts';
import { ContextPlace, countContexts, listContextPage } from './context-list.store.ts';
import { readCursor } from './cursor.ts';
import { listReigns, ReignPlace } from './history.store.ts';
import { cutPage } from './page.ts';
import { unusableContexts } from './unusable-contexts.store.ts';

const usualRows = 100;
const base = '/api/crds/observatories/:observatory/contexts';

/** Lists of contexts: all there are, when each was latest, whose they are, and what their other names mean. */
export function contextListRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  const { sql } = core.db;
  scope.get(base, { schema: { querystring: CrdsContextQuery }, config }, (request) =>
    answerPage(core, request, request.query as CrdsContextQuery),
  );
  scope.get(`${base}/history`, { schema: { querystring: CrdsHistoryQuery }, config }, (request) =>
    answerHistory(core, request, request.query as CrdsHistoryQuery),
  );
  scope.get(`${base}/builds`, { config }, async (request): Promise<CrdsBuildList> => {
    const { observatory } = await observatoryAsked(core, request);
    const builds = await buildContexts(sql, observatory);
    const rows = builds.map(({ calibrationVersion, context, setAt, setBy }) => ({
      calibrationVersion,
      context,
      setAt: setAt.toISOString(),
      by: setBy,
    }));
    return { rows };
  });
  scope.get(`${base}/remote`, { config }, async (request): Promise<CrdsRemoteContextList> => {
    const { observatory, latestContext } = await observatoryAsked(core, request);
    const rows = await remoteContextsOf(core, observatory);
    return {
      rows: rows.map(({ pushedAt, ...row }) => ({
        ...row,
        pushedAt: pushedAt.toISOString(),
        isLatest: row.context === latestContext,
      })),
    };
  });
  scope.get(
    `${base}/resolve`,
    { schema: { querystring: CrdsResolveQuery }, config },
    async (request): Promise<CrdsResolved> => {
      const { spec } = request.query as CrdsResolveQuery;
      return { spec, mapping: await resolveIn(sql, await observatoryAsked(core, request), spec) };
    },
  );
}

async function answerPage(
  core: Core,
  request: FastifyRequest,
  { limit = usualRows, cursor, text, ...wanted }: CrdsContextQuery,
): Promise<CrdsContextPage> {
  const startedMs = performance.now();
  const { sql } = core.db;
  const observatory = await observatoryAsked(core, request);
  const filter = {
    ...wanted,
    ...(text === undefined || text === '' ? {} : { text }),
    unconfirmed: operates(request, observatory),
  };
  const from = cursor === undefined ? undefined : readCursor(ContextPlace, cursor);
  const [found, about, unusable] = await Promise.all([
    listContextPage(sql, observatory.observatory, filter, limit, from),
    from === undefined ? countContexts(sql, observatory.observatory, filter) : null,
    unusableContexts(sql, observatory.observatory),
  ]);
  const page = cutPage(found, limit, from, ({ serial, name }): ContextPlace => [serial, name]);
  const rows = page.rows.map((row) => apiContextRow(row, observatory, unusable));
  return { ...page, rows, about, tookMs: performance.now() - startedMs };
}

async function answerHistory(
  core: Core,
  request: FastifyRequest,
  { limit = usualRows, cursor }: CrdsHistoryQuery,
): Promise<CrdsHistoryPage> {
  const startedMs = performance.now();
  const { observatory } = await observatoryAsked(core, request);
  const from = cursor === undefined ? undefined : readCursor(ReignPlace, cursor);
  const found = await listReigns(core.db.sql, observatory, limit, from);
  const page = cutPage(
    found,
    limit,
    from,
    ({ startedAt, contextHistoryId }): ReignPlace => [startedAt.getTime(), contextHistoryId],
  );
  return { ...page, rows: page.rows.map(apiReign), about: null, tookMs: performance.now() - startedMs };
}
