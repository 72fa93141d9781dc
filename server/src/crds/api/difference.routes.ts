import {
  type CrdsDifferencePage,
  CrdsDifferenceQuery,
  type CrdsDifferenceRow,
  type CrdsDifferences,
  CrdsDifferencesQuery,
  type CrdsTextDifference,
  CrdsTextDifferenceQuery,
} from '@orrery/contracts/crds';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { resolveIn } from '../contexts/resolve.ts';
import { observatoryAsked } from './asked.ts';
import { apiConfig } from './config.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { type Compared, compareMappings } from './differences.ts';
import { mappingTexts } from './mapping-text.ts';
import { answerTagged } from './tag.ts';
import { textDifference } from './text-difference.ts';

const usualRows = 100;
const base = '/api/crds/observatories/:observatory/differences';

/** What differs between two mappings, by meaning and by text. */
export function differenceRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  scope.get(base, { schema: { querystring: CrdsDifferencesQuery }, config }, async (request, reply) => {
    const startedMs = performance.now();
    const pair = await pairAsked(core, request);
    return await answerTagged(
      request,
      reply,
      [pair.old, pair.new],
      async (): Promise<CrdsDifferences> => ({
        ...(await compared(core, pair)).summary,
        tookMs: performance.now() - startedMs,
      }),
    );
  });
  scope.get(
    `${base}/rows`,
    { schema: { querystring: CrdsDifferenceQuery }, config },
    async (request): Promise<CrdsDifferencePage> => {
      const startedMs = performance.now();
      const { rows } = await compared(core, await pairAsked(core, request));
      const page = pageOfRows(rows, request.query as CrdsDifferenceQuery);
      return { ...page, tookMs: performance.now() - startedMs };
    },
  );
  scope.get(`${base}/text`, { schema: { querystring: CrdsTextDifferenceQuery }, config }, (request, reply) =>
    answerText(core, request, reply),
  );
}

interface Pair {
  observatory: string;
  old: string;
  new: string;
}

/** The two mappings of the query, by their names. */
async function pairAsked(core: Core, request: FastifyRequest): Promise<Pair> {
  const observatory = await observatoryAsked(core, request);
  const query = request.query as CrdsDifferencesQuery;
  const [old, current] = await Promise.all([
    resolveIn(core.db.sql, observatory, query.old),
    resolveIn(core.db.sql, observatory, query.new),
  ]);
  return { observatory: observatory.observatory, old, new: current };
}

function compared(core: Core, pair: Pair): Promise<Compared> {
  return compareMappings(core, pair.observatory, pair.old, pair.new);
}

const RowPlace = Type.Integer({ minimum: 0 });

/** Rows never change between two files, so a place in them is a number. */
function pageOfRows(
  all: readonly CrdsDifferenceRow[],
  { limit = usualRows, cursor, file, instrument, type, change }: CrdsDifferenceQuery,
): Omit<CrdsDifferencePage, 'tookMs'> {
  const wanted = all.filter(
    (row) =>
      (file === undefined || [row.files.at(-1)?.old, row.files.at(-1)?.new].includes(file)) &&
      (instrument === undefined || row.instrument === instrument.toLowerCase()) &&
      (type === undefined || row.type === type.toLowerCase()) &&
      (change === undefined || row.change === change),
  );
  const from = cursor === undefined ? undefined : readCursor(RowPlace, cursor);
  const at = from?.place ?? 0;
  const start = from?.direction === 'newer' ? Math.max(0, at - limit) : at;
  const end = from?.direction === 'newer' ? at : at + limit;
  return {
    rows: wanted.slice(start, end),
    newer: start > 0 ? writeCursor('newer', start) : null,
    older: end < wanted.length ? writeCursor('older', end) : null,
    about: wanted.length,
  };
}

async function answerText(
  core: Core,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<CrdsTextDifference | FastifyReply> {
  const { from = 0 } = request.query as CrdsTextDifferenceQuery;
  const { observatory, old, new: current } = await pairAsked(core, request);
  return await answerTagged(request, reply, [old, current], async () => {
    const texts = await mappingTexts(core, observatory, [old, current]);
    return textDifference([old, current], [texts.get(old) ?? '', texts.get(current) ?? ''], from);
  });
}
