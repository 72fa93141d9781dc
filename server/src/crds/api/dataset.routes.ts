import {
  type CrdsDataset,
  type CrdsDatasetCounts,
  type CrdsDatasetPage,
  CrdsDatasetQuery,
  type CrdsDatasetRow,
} from '@orrery/contracts/crds';
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { isAskedId } from '../datasets/dataset-id.ts';
import { countDatasets, type DatasetRow, findDatasets, listDatasets } from '../datasets/datasets.store.ts';
import { datasetUnknown } from '../datasets/errors.ts';
import { headerOf, idOf } from '../datasets/read.ts';
import { observatoryAsked, pathPart } from './asked.ts';
import { apiConfig } from './config.ts';
import { instantOrNull } from './file.wire.ts';
import { cutForward, readForward } from './forward-page.ts';

const usualRows = 100;
const base = '/api/crds/observatories/:observatory/datasets';

/** Registered exposures. Registering is `datasets/datasets.routes.ts`. */
export function datasetRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  const { sql } = core.db;
  scope.get(base, { schema: { querystring: CrdsDatasetQuery }, config }, (request) =>
    answerPage(core, request, request.query as CrdsDatasetQuery),
  );
  scope.get(`${base}/counts`, { config }, async (request): Promise<CrdsDatasetCounts> => {
    const { observatory } = await observatoryAsked(core, request);
    const counts = await countDatasets(sql, observatory);
    return {
      total: counts.reduce((sum, { datasets }) => sum + datasets, 0),
      instruments: counts.map(({ oldest, newest, ...count }) => ({
        ...count,
        oldest: instantOrNull(oldest),
        newest: instantOrNull(newest),
      })),
    };
  });
  scope.get(`${base}/:dataset`, { config }, async (request): Promise<CrdsDataset> => {
    const { observatory } = await observatoryAsked(core, request);
    const asked = pathPart(request, 'dataset');
    const [row] = isAskedId(asked) ? await findDatasets(sql, observatory, [asked], null, 1) : [];
    if (row === undefined) throw datasetUnknown(observatory, asked);
    const values = await headerOf(core, observatory, row);
    const header = Object.entries(values)
      .map(([name, value]) => ({ name, value }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return { ...apiDatasetRow(row), observatory, header };
  });
}

/** Both halves of an id. */
const DatasetPlace = Type.Tuple([Type.String({ maxLength: 128 }), Type.String({ maxLength: 128 })]);
type DatasetPlace = Static<typeof DatasetPlace>;

async function answerPage(
  core: Core,
  request: FastifyRequest,
  { limit = usualRows, cursor, instrument, text, since, before }: CrdsDatasetQuery,
): Promise<CrdsDatasetPage> {
  const startedMs = performance.now();
  const { observatory } = await observatoryAsked(core, request);
  const filter = {
    ...(instrument === undefined ? {} : { instrument: instrument.toLowerCase() }),
    ...(text === undefined ? {} : { text }),
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(before === undefined ? {} : { before: new Date(before) }),
  };
  const start = readForward(DatasetPlace, cursor);
  const [product, exposure] = start.after ?? ['', ''];
  const found = await listDatasets(core.db.sql, observatory, filter, { product, exposure }, limit + 1);
  const page = cutForward(found, limit, start, (row): DatasetPlace => [row.product, row.exposure]);
  return { ...page, rows: page.rows.map(apiDatasetRow), tookMs: performance.now() - startedMs };
}

function apiDatasetRow(row: DatasetRow): CrdsDatasetRow {
  return {
    id: idOf(row),
    instrument: row.instrument,
    date: row.exposedAt.toISOString(),
    registeredAt: row.registeredAt.toISOString(),
  };
}
