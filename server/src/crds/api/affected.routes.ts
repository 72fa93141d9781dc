import { Readable } from 'node:stream';
import {
  type CrdsAffectedDetails,
  CrdsAffectedExportQuery,
  type CrdsAffectedPage,
  CrdsAffectedQuery,
  type CrdsAffectedRowPage,
  CrdsAffectedRowQuery,
  CrdsAffectedWish,
} from '@orrery/contracts/crds';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { actorOf } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { type App, whenAnswered } from '../../core/http/index.ts';
import { cancelAffected, getRun, startAffected } from '../affected/affected.ts';
import { runUnknown } from '../affected/errors.ts';
import { countMonthsOf, errorSummary, listRows, type RowFilter } from '../affected/results.store.ts';
import { type AffectedRun, listRuns, type RunState, runStates } from '../affected/run.store.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { countTypesOf } from './affected.store.ts';
import { apiAffectedRow, apiRun, histogramOf } from './affected.wire.ts';
import { ExportPlaces, exportRows } from './affected-export.ts';
import { observatoryAsked, observatoryOperated, operates, pathPart } from './asked.ts';
import { apiConfig } from './config.ts';
import { cutForward, readForward } from './forward-page.ts';

const usualRows = 100;
const base = '/api/crds/observatories/:observatory/affected';
const mediaTypes = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
  ids: 'text/plain; charset=utf-8',
};
/** A reader that takes nothing for so long has gone; its place is given to others. */
const stalledMs = 60_000;

/** Which datasets get other files from a new context. */
export function affectedRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  const operate = apiConfig('crds.operate');
  scope.get(base, { schema: { querystring: CrdsAffectedQuery }, config }, (request) =>
    answerRuns(core, request, request.query as CrdsAffectedQuery),
  );
  scope.get(`${base}/:run`, { config }, async (request): Promise<CrdsAffectedDetails> => {
    const observatory = await observatoryAsked(core, request);
    return await describeRun(core, request, observatory, await runAsked(core, request, observatory));
  });
  scope.get(`${base}/:run/rows`, { schema: { querystring: CrdsAffectedRowQuery }, config }, (request) =>
    answerRows(core, request, request.query as CrdsAffectedRowQuery),
  );
  const places = new ExportPlaces();
  scope.get(
    `${base}/:run/export`,
    {
      schema: { querystring: CrdsAffectedExportQuery },
      config: { ...config, quiet: true },
      exposeHeadRoute: false,
    },
    (request, reply) => sendExport(core, request, reply, places),
  );
  scope.post(base, { schema: { body: CrdsAffectedWish }, config: operate }, async (request, reply) => {
    const observatory = await observatoryOperated(core, request);
    const { since, ...wish } = request.body as CrdsAffectedWish;
    const runId = await startAffected(
      core,
      {
        ...wish,
        observatory: observatory.observatory,
        ...(since === undefined ? {} : { since: new Date(since) }),
      },
      actorOf(request),
    );
    const run = await getRun(core, observatory.observatory, runId);
    return reply.code(202).send(await describeRun(core, request, observatory, run));
  });
  scope.post(`${base}/:run/cancel`, { config: operate }, async (request): Promise<CrdsAffectedDetails> => {
    const observatory = await observatoryOperated(core, request);
    const run = await runAsked(core, request, observatory);
    await cancelAffected(core, observatory.observatory, run.affectedRunId, actorOf(request));
    return await describeRun(core, request, observatory, await runAsked(core, request, observatory));
  });
}

async function runAsked(
  core: Core,
  request: FastifyRequest,
  { observatory }: Observatory,
): Promise<AffectedRun> {
  const text = pathPart(request, 'run');
  if (!/^\d{1,15}$/.test(text)) throw runUnknown(text);
  return getRun(core, observatory, Number(text));
}

const RunPlace = Type.Integer({ minimum: 0 });

async function answerRuns(
  core: Core,
  request: FastifyRequest,
  { limit = usualRows, cursor, state, context, new: current }: CrdsAffectedQuery,
): Promise<CrdsAffectedPage> {
  const startedMs = performance.now();
  const { observatory } = await observatoryAsked(core, request);
  const known = state?.filter((one): one is RunState => runStates.some((each) => each === one));
  const filter = {
    ...(known === undefined || state?.length === 0 ? {} : { states: known }),
    ...(context === undefined ? {} : { context }),
    ...(current === undefined ? {} : { newContext: current }),
  };
  const start = readForward(RunPlace, cursor);
  const found = await listRuns(core.db.sql, observatory, filter, start.after, limit + 1);
  const page = cutForward(found, limit, start, ({ affectedRunId }) => affectedRunId);
  const now = core.clock.now();
  return { ...page, rows: page.rows.map((run) => apiRun(run, now)), tookMs: performance.now() - startedMs };
}

async function describeRun(
  core: Core,
  request: FastifyRequest,
  observatory: Observatory,
  run: AffectedRun,
): Promise<CrdsAffectedDetails> {
  const { sql } = core.db;
  const [types, months, errors] = await Promise.all([
    countTypesOf(sql, run.affectedRunId),
    countMonthsOf(sql, run.affectedRunId),
    errorSummary(sql, run),
  ]);
  const isUnderWay = run.state === 'waiting' || run.state === 'running';
  return {
    ...apiRun(run, core.clock.now()),
    observatory: run.observatory,
    types: run.touched.map(({ instrument, type, since }) => ({
      instrument,
      type,
      since,
      affected: types.find((one) => one.instrument === instrument && one.type === type)?.datasets ?? 0,
    })),
    histogram: histogramOf(months),
    products: run.products ?? 0,
    errorSummary: errors,
    acts: { cancel: isUnderWay && operates(request, observatory) },
  };
}

function rowFilterOf({ instrument, type, text, since, before }: CrdsAffectedRowQuery): RowFilter {
  return {
    ...(instrument === undefined ? {} : { instrument: instrument.toLowerCase() }),
    ...(type === undefined ? {} : { type: type.toLowerCase() }),
    ...(text === undefined || text === '' ? {} : { text }),
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(before === undefined ? {} : { before: new Date(before) }),
  };
}

const RowPlace = Type.Tuple([Type.Integer({ minimum: 0 }), Type.String({ maxLength: 64 })]);
type RowPlace = Static<typeof RowPlace>;

async function answerRows(
  core: Core,
  request: FastifyRequest,
  { limit = usualRows, cursor, ...wanted }: CrdsAffectedRowQuery,
): Promise<CrdsAffectedRowPage> {
  const startedMs = performance.now();
  const run = await runAsked(core, request, await observatoryAsked(core, request));
  const start = readForward(RowPlace, cursor);
  const [datasetId, type] = start.after ?? [0, ''];
  const after = { datasetId, type };
  const found = await listRows(core.db.sql, run.affectedRunId, rowFilterOf(wanted), after, limit + 1);
  const page = cutForward(found, limit, start, (row): RowPlace => [row.datasetId, row.type]);
  return { ...page, rows: page.rows.map(apiAffectedRow), tookMs: performance.now() - startedMs };
}

async function sendExport(
  core: Core,
  request: FastifyRequest,
  reply: FastifyReply,
  places: ExportPlaces,
): Promise<FastifyReply> {
  const { format = 'csv', ...query } = request.query as CrdsAffectedExportQuery;
  const run = await runAsked(core, request, await observatoryAsked(core, request));
  const giveBack = places.take();
  // Whether it was answered, refused or given up by its reader.
  whenAnswered(reply.raw, giveBack);
  reply.raw.setTimeout(stalledMs, () => reply.raw.destroy());
  const extension = format === 'ids' ? 'txt' : format;
  void reply.headers({
    'content-type': mediaTypes[format],
    'content-disposition': `attachment; filename="affected-${run.affectedRunId}.${extension}"`,
    'cache-control': 'no-store',
  });
  const pieces = exportRows(core.db.sql, run.affectedRunId, rowFilterOf(query), format);
  return reply.send(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }));
}
