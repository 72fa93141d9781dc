import type { CrdsContext } from '@orrery/contracts/crds';
import type { Identity } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { closureQuery } from '../catalogue/closure.store.ts';
import { contextUnknown } from '../contexts/errors.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { apiContextRow, apiReign } from './context.wire.ts';
import { contextRow, neighboursOf } from './context-list.store.ts';
import { contextTree } from './context-tree.ts';
import { listReigns } from './history.store.ts';
import { obstaclesOf } from './obstacles.ts';
import { unusableContexts } from './unusable-contexts.store.ts';

const mostReigns = 50;
const mostBad = 100;

/** Everything about one context. Throws `crds.context-unknown`, and what reading its rules throws. */
export async function describeContext(
  core: Core,
  observatory: Observatory,
  name: string,
  identity: Identity,
): Promise<CrdsContext> {
  const { sql } = core.db;
  const mayOperate = identity.may('crds.operate', observatory.observatory);
  const row = await contextRow(sql, observatory.observatory, name, mayOperate);
  if (row === null) throw contextUnknown(observatory.observatory, name);
  const [tree, neighbours, reigns, badFiles, obstacles, unusable] = await Promise.all([
    contextTree(core, observatory, name),
    neighboursOf(sql, observatory.observatory, row),
    listReigns(sql, observatory.observatory, mostReigns, undefined, name),
    badFilesBelow(sql, observatory.observatory, name),
    mayOperate ? obstaclesOf(core, observatory, name) : null,
    unusableContexts(sql, observatory.observatory),
  ]);
  return {
    ...apiContextRow(row, observatory, unusable),
    observatory: observatory.observatory,
    mappings: tree.mappings,
    references: tree.references,
    badFiles,
    instruments: tree.instruments,
    instrumentKey: tree.instrumentKey,
    history: reigns.slice(0, mostReigns).map(apiReign),
    neighbours,
    obstacles,
  };
}

/** Files that the context leads to and that are marked bad, by name. */
function badFilesBelow(
  sql: Sql,
  observatory: string,
  context: string,
): Promise<Array<{ name: string; reason: string }>> {
  return sql<Array<{ name: string; reason: string }>>`
    with recursive ${closureQuery(sql, observatory, context)}
    select f.name, f.bad_reason as reason from crds.file f join reached r using (name)
    where f.observatory = ${observatory} and f.rejected order by f.name limit ${mostBad}`;
}
