import {
  type CrdsMirror,
  type CrdsProblemPage,
  CrdsProblemQuery,
  type CrdsReport,
  type CrdsScrub,
} from '@orrery/contracts/crds';
import Type from 'typebox';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../core/http/index.ts';
import { mirrorOverviewOf } from '../mirror/index.ts';
import { latestReport } from '../report/index.ts';
import { scrubSummary, wrongFiles } from '../scrub/summary.ts';
import { observatoryAsked, operates } from './asked.ts';
import { apiConfig } from './config.ts';
import { cutForward, type ForwardStart, readForward } from './forward-page.ts';
import { apiMirror, apiReport, apiScrub } from './operation.wire.ts';

const usualRows = 100;
const base = '/api/crds/observatories/:observatory';
const FilePlace = Type.String({ maxLength: 128 });

/** Does the upstream server answer, and is every file sound. */
export function operationRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  const { sql } = core.db;
  scope.get(`${base}/mirror`, { config }, async (request): Promise<CrdsMirror> => {
    const { observatory } = await observatoryAsked(core, request);
    const overview = await mirrorOverviewOf(sql, observatory);
    if (overview === null) throw mirrorsNobody(observatory);
    return apiMirror(overview);
  });
  scope.get(`${base}/scrub`, { config }, async (request): Promise<CrdsScrub> => {
    const { observatory } = await observatoryAsked(core, request);
    return apiScrub(await scrubSummary(sql, observatory, core.clock.now()));
  });
  scope.get(
    `${base}/scrub/problems`,
    { schema: { querystring: CrdsProblemQuery }, config },
    async (request): Promise<CrdsProblemPage> => {
      const startedMs = performance.now();
      const observatory = await observatoryAsked(core, request);
      const { limit = usualRows, cursor } = request.query as CrdsProblemQuery;
      const start = readForward(FilePlace, cursor);
      const isOperator = operates(request, observatory);
      const page = await problemsOf(sql, observatory.observatory, isOperator, start, limit);
      return { ...page, tookMs: performance.now() - startedMs };
    },
  );
  scope.get(`${base}/report`, { config }, async (request): Promise<CrdsReport> => {
    const observatory = await observatoryAsked(core, request);
    const report = await latestReport(sql, observatory.observatory);
    if (report === null) throw reportMissing(observatory.observatory);
    return apiReport(report, operates(request, observatory));
  });
}

async function problemsOf(
  sql: Sql,
  observatory: string,
  isOperator: boolean,
  start: ForwardStart<string>,
  limit: number,
): Promise<Omit<CrdsProblemPage, 'tookMs'>> {
  const hasUpstream = (await mirrorOverviewOf(sql, observatory)) !== null;
  const found = await wrongFiles(sql, observatory, {
    after: start.after ?? '',
    limit: limit + 1,
    hasUpstream,
  });
  const page = cutForward(found, limit, start, ({ name }) => name);
  const rows = page.rows.map(({ name, result, found: problem, since, next }) => ({
    name,
    // What was found may name folders of this machine.
    problem: problem === '' || !isOperator ? result : problem,
    foundAt: since.toISOString(),
    next,
  }));
  return { ...page, rows };
}

function mirrorsNobody(observatory: string): AppError {
  return new AppError('missing', 'crds.mirror-unset', `${observatory} mirrors no other server.`, {
    next: 'An operator names one with "orrery crds mirror".',
  });
}

function reportMissing(observatory: string): AppError {
  return new AppError('missing', 'crds.report-missing', `No report on ${observatory} was made yet.`, {
    next: 'One is made every night.',
  });
}
