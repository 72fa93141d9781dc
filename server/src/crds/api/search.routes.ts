import { type CrdsFound, CrdsSearchQuery } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { type FoundFile, filesLike, filesNamed, filesOfSha1 } from '../catalogue/find-files.store.ts';
import { isAskedId } from '../datasets/dataset-id.ts';
import { findDatasets } from '../datasets/datasets.store.ts';
import { idOf } from '../datasets/read.ts';
import { observatoriesOf } from '../observatory/observatory.ts';
import { observatoryAsked } from './asked.ts';
import { apiConfig } from './config.ts';

const usualRows = 30;

/** Files and datasets by name, pattern or digest. */
export function searchRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  const schema = { querystring: CrdsSearchQuery };
  scope.get('/api/crds/search', { schema, config }, async (request): Promise<CrdsFound> => {
    const observatories = await observatoriesOf(core);
    return await search(
      core,
      observatories.map(({ observatory }) => observatory),
      request.query as CrdsSearchQuery,
    );
  });
  scope.get(
    '/api/crds/observatories/:observatory/search',
    { schema, config },
    async (request): Promise<CrdsFound> => {
      const { observatory } = await observatoryAsked(core, request);
      return await search(core, [observatory], request.query as CrdsSearchQuery);
    },
  );
}

async function search(
  core: Core,
  observatories: readonly string[],
  { q, limit = usualRows }: CrdsSearchQuery,
): Promise<CrdsFound> {
  const startedMs = performance.now();
  const { sql } = core.db;
  const wanted = q.trim();
  const rows: CrdsFound['rows'] = [];
  if (/^[0-9a-f]{40}$/i.test(wanted)) {
    const files = await filesOfSha1(sql, observatories, wanted.toLowerCase(), limit + 1);
    rows.push(...files.map((file) => fileFound(file, 'sha1')));
  }
  if (/[*?[]/.test(wanted)) {
    const files = await filesLike(sql, observatories, wanted, limit + 1);
    rows.push(...files.map((file) => fileFound(file, 'name')));
  } else if (wanted !== '') {
    rows.push(...(await datasetsFound(core, observatories, wanted, limit)));
    const files = await filesNamed(sql, observatories, wanted, limit + 1);
    rows.push(...files.map((file) => fileFound(file, 'name')));
  }
  return { rows: rows.slice(0, limit), cut: rows.length > limit, tookMs: performance.now() - startedMs };
}

async function datasetsFound(
  core: Core,
  observatories: readonly string[],
  wanted: string,
  limit: number,
): Promise<CrdsFound['rows']> {
  if (!isAskedId(wanted)) return [];
  const found: CrdsFound['rows'] = [];
  for (const observatory of observatories) {
    const datasets = await findDatasets(core.db.sql, observatory, [wanted], null, limit + 1);
    for (const dataset of datasets) {
      const name = idOf(dataset);
      const note = `${dataset.instrument}, ${dataset.exposedAt.toISOString().slice(0, 10)}`;
      const href = `/ui/calibration/${observatory}/datasets/${encodeURIComponent(name)}`;
      found.push({ observatory, what: 'dataset', name, by: 'name', note, href });
    }
  }
  return found;
}

function fileFound(
  { observatory, name, kind, state, isBad, description }: FoundFile,
  by: string,
): CrdsFound['rows'][number] {
  const what = name.endsWith('.pmap') ? 'context' : kind;
  const about = [isBad ? 'bad' : state, ...(description === '' ? [] : [description.slice(0, 120)])].join(
    ', ',
  );
  const page = what === 'context' ? 'contexts' : 'files';
  const href = `/ui/calibration/${observatory}/${page}/${encodeURIComponent(name)}`;
  return { observatory, what, name, by, note: about, href };
}
