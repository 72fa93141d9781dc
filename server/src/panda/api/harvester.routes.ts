import {
  type PandaCommandPage,
  PandaCommandQuery,
  type PandaDialogPage,
  PandaDialogQuery,
  type PandaHarvester,
  type PandaHarvesterList,
  type PandaHarvesterMetrics,
  PandaMetricQuery,
} from '@orrery/contracts/panda';
import type { FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { apiConfig } from './config.ts';
import { cursorInvalid, readCursor, writeCursor } from './cursor.ts';
import { checkHarvester, describeHarvester, describeHarvesters } from './describe-harvester.ts';
import { apiCommand, apiDialog, apiMetricHosts } from './harvester.wire.ts';
import {
  type DialogPlace,
  type From,
  listCommands,
  listDialogs,
  listLastMetrics,
  listMetrics,
} from './harvester-said.store.ts';
import { cutPage } from './keyset.ts';

const usualRows = 100;
const usualHours = 24;
/** Steps of a plot. */
const steps = 240;

const nameOf = (request: FastifyRequest) => (request.params as { harvester: string }).harvester;

/** Harvesters: whether they live, what they say, and what they were told. */
export function harvesterRoutes(scope: App, core: Core): void {
  const config = apiConfig('panda.read');
  const path = '/api/panda/harvesters/:harvester';
  scope.get('/api/panda/harvesters', { config }, (): Promise<PandaHarvesterList> => describeHarvesters(core));
  scope.get(
    path,
    { config },
    (request): Promise<PandaHarvester> => describeHarvester(core, request.identity, nameOf(request)),
  );
  scope.get(`${path}/dialogs`, { schema: { querystring: PandaDialogQuery }, config }, (request) =>
    pageOfDialogs(core, nameOf(request), request.query as PandaDialogQuery),
  );
  scope.get(`${path}/commands`, { schema: { querystring: PandaCommandQuery }, config }, (request) =>
    pageOfCommands(core, nameOf(request), request.query as PandaCommandQuery),
  );
  scope.get(`${path}/metrics`, { schema: { querystring: PandaMetricQuery }, config }, (request) =>
    describeMetrics(core, nameOf(request), (request.query as PandaMetricQuery).hours),
  );
}

async function pageOfDialogs(
  core: Core,
  harvesterId: string,
  query: PandaDialogQuery,
): Promise<PandaDialogPage> {
  const startedMs = performance.now();
  const { limit = usualRows, cursor, ...filter } = query;
  await checkHarvester(core, harvesterId);
  const from = cursor === undefined ? undefined : readPlace(cursor);
  const { rows: found, stoppedAt } = await listDialogs(core.db.sql, harvesterId, filter, limit + 1, from);
  const { rows, hasNewer, hasOlder } = cutPage(found, limit, from);
  const [first, last] = [rows[0], rows.at(-1)];
  const goesNewer = from?.direction === 'newer';
  // A search that stopped goes on behind what it looked at, also when it found nothing.
  const older = stoppedAt !== null && !goesNewer ? stoppedAt : hasOlder ? last : undefined;
  const newer = stoppedAt !== null && goesNewer ? stoppedAt : hasNewer ? first : undefined;
  return {
    rows: rows.map(apiDialog),
    newer: newer === undefined ? null : writePlace('newer', newer),
    older: older === undefined ? null : writePlace('older', older),
    about: from === undefined && !hasOlder && stoppedAt === null ? rows.length : null,
    tookMs: performance.now() - startedMs,
  };
}

const writePlace = (direction: 'older' | 'newer', { at, dialogId }: DialogPlace): string =>
  `${direction === 'older' ? 'o' : 'n'}${at.getTime().toString(36)}.${dialogId.toString(36)}`;

/** Throws `panda.cursor-invalid`. */
function readPlace(text: string): From<DialogPlace> {
  const [, sign, time = '', id = ''] = /^([on])(-?[0-9a-z]{1,10})\.([0-9a-z]{1,11})$/.exec(text) ?? [];
  const [atMs, dialogId] = [Number.parseInt(time, 36), Number.parseInt(id, 36)];
  const isGood = Number.isSafeInteger(dialogId) && Math.abs(atMs) < 253_402_300_799_999;
  if (sign === undefined || !isGood) throw cursorInvalid();
  return { direction: sign === 'o' ? 'older' : 'newer', place: { at: new Date(atMs), dialogId } };
}

async function pageOfCommands(
  core: Core,
  harvesterId: string,
  query: PandaCommandQuery,
): Promise<PandaCommandPage> {
  const startedMs = performance.now();
  const { limit = usualRows, cursor, ...filter } = query;
  await checkHarvester(core, harvesterId);
  const read = cursor === undefined ? undefined : readCursor(cursor);
  const from = read === undefined ? undefined : { direction: read.direction, place: read.jobId };
  const found = await listCommands(core.db.sql, harvesterId, filter, limit + 1, from);
  const { rows, hasNewer, hasOlder } = cutPage(found, limit, from);
  const [first, last] = [rows[0], rows.at(-1)];
  const place = (direction: 'older' | 'newer', id: number) => writeCursor({ direction, jobId: id });
  return {
    rows: rows.map(apiCommand),
    newer: hasNewer && first !== undefined ? place('newer', first.commandId) : null,
    older: hasOlder && last !== undefined ? place('older', last.commandId) : null,
    about: from === undefined && !hasOlder ? rows.length : null,
    tookMs: performance.now() - startedMs,
  };
}

async function describeMetrics(
  core: Core,
  harvesterId: string,
  hours = usualHours,
): Promise<PandaHarvesterMetrics> {
  const startedMs = performance.now();
  await checkHarvester(core, harvesterId);
  const stepSeconds = (hours * 3600) / steps;
  const endMs = Math.ceil(core.clock.now().getTime() / 60_000) * 60_000;
  const since = new Date(endMs - hours * 3_600_000);
  const { sql } = core.db;
  const [figures, last] = await Promise.all([
    listMetrics(sql, harvesterId, since, stepSeconds),
    listLastMetrics(sql, harvesterId, since),
  ]);
  return {
    at: Array.from({ length: steps }, (_, step) =>
      new Date(since.getTime() + step * stepSeconds * 1000).toISOString(),
    ),
    hosts: apiMetricHosts(figures, last, steps),
    tookMs: performance.now() - startedMs,
  };
}
