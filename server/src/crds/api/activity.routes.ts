import { type CrdsActivityPage, CrdsActivityQuery } from '@orrery/contracts/crds';
import { type AuditFilter, listAudit } from '../../core/audit/index.ts';
import type { Core } from '../../core/core.ts';
import type { App } from '../../core/http/index.ts';
import { observatoryAsked, operates, pathPart } from './asked.ts';
import { apiConfig } from './config.ts';
import { fileSeen } from './describe-file.ts';

const usualRows = 50;
const base = '/api/crds/observatories/:observatory';

/** Acts of people on an observatory and its files, from the audit trail. */
export function activityRoutes(scope: App, core: Core): void {
  const config = apiConfig('crds.read');
  const schema = { querystring: CrdsActivityQuery };
  scope.get(`${base}/activity`, { schema, config }, async (request): Promise<CrdsActivityPage> => {
    const observatory = await observatoryAsked(core, request);
    const { object, ...query } = request.query as CrdsActivityQuery;
    const isOperator = operates(request, observatory);
    return await answerPage(core, observatory.observatory, query, object, isOperator);
  });
  scope.get(
    `${base}/files/:file/activity`,
    { schema, config },
    async (request): Promise<CrdsActivityPage> => {
      const observatory = await observatoryAsked(core, request);
      const { name } = await fileSeen(core, request, observatory, pathPart(request, 'file'));
      const { object: _object, ...query } = request.query as CrdsActivityQuery;
      const isOperator = operates(request, observatory);
      return await answerPage(core, observatory.observatory, query, name, isOperator);
    },
  );
}

/** Details that only operators are shown. */
const inward: ReadonlySet<string> = new Set(['settings', 'folder', 'path', 'upstream']);

async function answerPage(
  core: Core,
  observatory: string,
  { limit = usualRows, cursor, actor, action = 'crds.' }: Omit<CrdsActivityQuery, 'object'>,
  object: string | undefined,
  isOperator: boolean,
): Promise<CrdsActivityPage> {
  const startedMs = performance.now();
  const filter: AuditFilter = {
    objectKind: 'crds.observatory',
    objectId: observatory,
    action,
    limit,
    ...(actor === undefined || actor === '' ? {} : { actor }),
    ...(cursor === undefined ? {} : { cursor }),
    // Marks name their files in a list, changes of contexts the one before and the one after.
    ...(object === undefined
      ? {}
      : { details: [{ files: [object] }, { context: object }, { former: object }] }),
  };
  const { rows, newer, older } = await listAudit(core.db.sql, filter);
  return {
    rows: rows.map((row) => ({
      id: row.auditId,
      at: row.at.toISOString(),
      actor: row.actor,
      action: row.action,
      objectKind: row.objectKind,
      objectId: object ?? row.objectId,
      details: isOperator
        ? row.details
        : Object.fromEntries(Object.entries(row.details).filter(([name]) => !inward.has(name))),
    })),
    newer,
    older,
    about: null,
    tookMs: performance.now() - startedMs,
  };
}
