import type { CrdsMatches } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { closureQuery } from '../catalogue/closure.store.ts';
import { fileMatches } from '../rules/index.ts';
import { mappingsNamed } from './mapping-text.ts';

/** Ways that one answer has. */
const mostRows = 2000;

/** All ways through the rules of a mapping that end in a file. */
export async function matchesOf(
  core: Core,
  observatory: string,
  context: string,
  file: string,
): Promise<CrdsMatches> {
  const names = await rmapsNaming(core.db.sql, observatory, context, file);
  const rmaps = await mappingsNamed(core, observatory, names);
  const rows: CrdsMatches['rows'] = [];
  for (const [rmap, mapping] of rmaps) {
    for (const [subject = [], ...levels] of fileMatches([mapping], file)) {
      const { instrument = null, filekind = null } = Object.fromEntries(subject);
      rows.push({
        instrument,
        type: filekind,
        rmap,
        levels: levels.map((level) => ({ parameters: level.map(([name, value]) => ({ name, value })) })),
      });
    }
  }
  return { context, rows: rows.slice(0, mostRows), hidden: Math.max(0, rows.length - mostRows) };
}

/** The rmaps below a mapping that name the file themselves. */
async function rmapsNaming(sql: Sql, observatory: string, context: string, file: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    with recursive ${closureQuery(sql, observatory, context)}
    select r.name from reached r
    join crds.mapping_use u on u.observatory = ${observatory} and u.mapping = r.name and u.used = ${file}
    where right(r.name, 5) = '.rmap' order by r.name`;
  return rows.map(({ name }) => name);
}
