import {
  type CrdsContext,
  type CrdsContextReferencePage,
  CrdsContextReferenceQuery,
  CrdsContextSet,
  type CrdsHome,
  type CrdsHomeInstrument,
  CrdsHomeQuery,
} from '@orrery/contracts/crds';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { filesOf } from '../catalogue/files.store.ts';
import { resolveIn } from '../contexts/resolve.ts';
import { setContext } from '../contexts/set-context.ts';
import { observatoryOf } from '../observatory/observatory.ts';
import { observatoryAsked, observatoryOperated, pathPart } from './asked.ts';
import { apiConfig } from './config.ts';
import {
  ContextReferencePlace,
  countContextReferences,
  listContextReferences,
} from './context-references.store.ts';
import { contextTree } from './context-tree.ts';
import { readCursor } from './cursor.ts';
import { describeContext } from './describe-context.ts';
import { apiFileRow } from './file.wire.ts';
import { cutPage } from './page.ts';
import { answerTagged } from './tag.ts';

const usualRows = 100;
const base = '/api/crds/observatories/:observatory';

/** One context, what it leads to, and setting it. */
export function contextRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  scope.get(`${base}/home`, { schema: { querystring: CrdsHomeQuery }, config }, (request, reply) =>
    answerHome(core, request, reply),
  );
  scope.get(`${base}/contexts/:context`, { config }, async (request): Promise<CrdsContext> => {
    const observatory = await observatoryAsked(core, request);
    const name = await contextAsked(core, request);
    return await describeContext(core, observatory, name, request.identity);
  });
  scope.get(
    `${base}/contexts/:context/references`,
    { schema: { querystring: CrdsContextReferenceQuery }, config },
    (request) => answerReferences(core, request, request.query as CrdsContextReferenceQuery),
  );
  scope.post(
    `${base}/contexts`,
    { schema: { body: CrdsContextSet }, config: apiConfig('crds.operate') },
    async (request): Promise<CrdsContext> => {
      const before = await observatoryOperated(core, request);
      const { context: spec, ...wish } = request.body as CrdsContextSet;
      const context = await resolveIn(core.db.sql, before, spec);
      const { observatory } = before;
      await setContext(core, { ...wish, observatory, context }, actorOf(request));
      return await describeContext(core, await observatoryOf(core, observatory), context, request.identity);
    },
  );
}

/** The context in the address; a name such as `hst-latest` is resolved. Operators also see unconfirmed ones. */
async function contextAsked(core: Core, request: FastifyRequest): Promise<string> {
  const observatory = await observatoryAsked(core, request);
  const spec = pathPart(request, 'context');
  if (spec.endsWith('.pmap')) return spec;
  return await resolveIn(core.db.sql, observatory, spec);
}

async function answerHome(
  core: Core,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<CrdsHome | FastifyReply> {
  const startedMs = performance.now();
  const { context: spec = null } = request.query as CrdsHomeQuery;
  const observatory = await observatoryAsked(core, request);
  const context = await resolveIn(core.db.sql, observatory, spec);
  return await answerTagged(request, reply, [observatory.version, context], async () => {
    const { mappings, references, instruments } = await contextTree(core, observatory, context);
    return { context, mappings, references, instruments, tookMs: performance.now() - startedMs };
  });
}

async function answerReferences(
  core: Core,
  request: FastifyRequest,
  { limit = usualRows, cursor, instrument, type, text = '', bad }: CrdsContextReferenceQuery,
): Promise<CrdsContextReferencePage> {
  const startedMs = performance.now();
  const { sql } = core.db;
  const observatory = await observatoryAsked(core, request);
  const context = await resolveIn(sql, observatory, pathPart(request, 'context'));
  const { instruments } = await contextTree(core, observatory, context);
  const places = placesOf(instruments, instrument?.toLowerCase(), type?.toLowerCase());
  const filter = {
    rmaps: [...places.keys()],
    ...(text === '' ? {} : { text }),
    ...(bad === undefined ? {} : { bad }),
  };
  const from = cursor === undefined ? undefined : readCursor(ContextReferencePlace, cursor);
  const { observatory: name } = observatory;
  const [found, about] = await Promise.all([
    listContextReferences(sql, name, filter, limit, from),
    from === undefined ? countContextReferences(sql, name, filter) : null,
  ]);
  const page = cutPage(found, limit, from, (row): ContextReferencePlace => [row.rmap, row.name]);
  const files = await filesOf(sql, name, [...new Set(page.rows.map((row) => row.name))]);
  const byName = new Map(files.map((file) => [file.name, file]));
  const rows = page.rows.map((row) => {
    const file = byName.get(row.name);
    const { instrument = '', type = '' } = places.get(row.rmap) ?? {};
    return { ...row, instrument, type, file: file === undefined ? null : apiFileRow(file) };
  });
  return { ...page, rows, about, tookMs: performance.now() - startedMs };
}

/** The rmaps in view with what they are for. */
function placesOf(
  instruments: readonly CrdsHomeInstrument[],
  wantedInstrument: string | undefined,
  wantedType: string | undefined,
): Map<string, { instrument: string; type: string }> {
  const places = new Map<string, { instrument: string; type: string }>();
  for (const { instrument, types } of instruments) {
    if (wantedInstrument !== undefined && instrument !== wantedInstrument) continue;
    for (const { type, rmap } of types) {
      if (rmap !== null && (wantedType === undefined || type === wantedType))
        places.set(rmap, { instrument, type });
    }
  }
  return places;
}
