import {
  type CrdsContents,
  CrdsContentsQuery,
  type CrdsFile,
  type CrdsLinkPage,
  CrdsLinkQuery,
  CrdsMarkBad,
  type CrdsMarkedBad,
  type CrdsMatches,
  CrdsMatchesQuery,
  type CrdsReferenceHeader,
} from '@orrery/contracts/crds';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { markBad, unmarkBad } from '../catalogue/bad-files.ts';
import type { CatalogueFile } from '../catalogue/file.ts';
import { resolveIn } from '../contexts/resolve.ts';
import { type Observatory, observatoryOf } from '../observatory/observatory.ts';
import { observatoryAsked, observatoryOperated, operates, pathPart } from './asked.ts';
import { apiConfig } from './config.ts';
import { contentsOf } from './contents.ts';
import { readCursor } from './cursor.ts';
import { describeFile, fileSeen } from './describe-file.ts';
import { instantOrNull } from './file.wire.ts';
import { LinkPlace, type LinkQuestion, listLinks } from './file-links.store.ts';
import { matchesOf } from './matches.ts';
import { cutPage } from './page.ts';
import { headerOfReference, textOfReference } from './reference-contents.ts';
import { answerTagged } from './tag.ts';

const usualRows = 100;
const base = '/api/crds/observatories/:observatory/files/:file';

/** One file: its record, its contents, what it uses and who uses it, and its mark. */
export function fileRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  scope.get(base, { config }, async (request): Promise<CrdsFile> => {
    const { observatory, file } = await fileAsked(core, request);
    return await describeFile(core, request, observatory, file);
  });
  scope.get(
    `${base}/contents`,
    { schema: { querystring: CrdsContentsQuery }, config },
    async (request, reply) => {
      const { observatory, file } = await fileAsked(core, request);
      return await answerTagged(request, reply, [observatory.version], (): Promise<CrdsContents> => {
        const query = request.query as CrdsContentsQuery;
        return file.kind === 'mapping'
          ? contentsOf(core, observatory.observatory, file.name, query)
          : textOfReference(core, file, query);
      });
    },
  );
  scope.get(`${base}/header`, { config }, async (request): Promise<CrdsReferenceHeader> => {
    const { file } = await fileAsked(core, request);
    return await headerOfReference(core, file);
  });
  for (const way of ['uses', 'used-by'] as const) {
    scope.get(`${base}/${way}`, { schema: { querystring: CrdsLinkQuery }, config }, (request) =>
      answerLinks(core, request, way),
    );
  }
  scope.get(
    `${base}/matches`,
    { schema: { querystring: CrdsMatchesQuery }, config },
    async (request, reply) => {
      const { observatory, file } = await fileAsked(core, request);
      const { context: spec = null } = request.query as CrdsMatchesQuery;
      const context = await resolveIn(core.db.sql, observatory, spec);
      return await answerTagged(
        request,
        reply,
        [context],
        (): Promise<CrdsMatches> => matchesOf(core, observatory.observatory, context, file.name),
      );
    },
  );
  scope.post(`${base}/bad`, { schema: { body: CrdsMarkBad }, config: apiConfig('crds.operate') }, (request) =>
    answerMark(core, request, request.body as CrdsMarkBad),
  );
}

async function fileAsked(
  core: Core,
  request: FastifyRequest,
): Promise<{ observatory: Observatory; file: CatalogueFile }> {
  const observatory = await observatoryAsked(core, request);
  return { observatory, file: await fileSeen(core, request, observatory, pathPart(request, 'file')) };
}

async function answerLinks(
  core: Core,
  request: FastifyRequest,
  way: LinkQuestion['way'],
): Promise<CrdsLinkPage> {
  const startedMs = performance.now();
  const { sql } = core.db;
  const { limit = usualRows, cursor, text = '', deep = false } = request.query as CrdsLinkQuery;
  const { observatory, file } = await fileAsked(core, request);
  const question: LinkQuestion = {
    observatory: observatory.observatory,
    name: file.name,
    way,
    deep,
    unconfirmed: operates(request, observatory),
    ...(text === '' ? {} : { text }),
  };
  const from = cursor === undefined ? undefined : readCursor(LinkPlace, cursor);
  const { rows: found, total } = await listLinks(sql, question, limit, from);
  const page = cutPage(found, limit, from, ({ name }) => name);
  const rows = page.rows.map(({ filekind, addedAt, ...row }) => ({
    ...row,
    type: filekind,
    addedAt: instantOrNull(addedAt),
  }));
  const about = from === undefined ? total : null;
  return { ...page, rows, about, tookMs: performance.now() - startedMs };
}

async function answerMark(
  core: Core,
  request: FastifyRequest,
  { bad, reason, force = false }: CrdsMarkBad,
): Promise<CrdsMarkedBad> {
  const { observatory } = await observatoryOperated(core, request);
  const { file } = await fileAsked(core, request);
  const mark = { observatory, names: [file.name], reason };
  const actor = actorOf(request);
  const { blacklisted } = bad
    ? await markBad(core, { ...mark, force }, actor)
    : await unmarkBad(core, mark, actor);
  const after = await observatoryOf(core, observatory);
  return {
    file: await describeFile(core, request, after, await fileSeen(core, request, after, file.name)),
    mappings: blacklisted,
  };
}
