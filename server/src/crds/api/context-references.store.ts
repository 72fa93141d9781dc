import Type, { type Static } from 'typebox';
import type { Sql } from '../../core/db/index.ts';
import { nameCondition } from '../catalogue/name-condition.ts';
import type { Cursor } from './cursor.ts';

export interface ContextReferenceFilter {
  /** The rmaps of the context that are in view. */
  rmaps: readonly string[];
  text?: string;
  bad?: boolean;
}

/** Rmap and name. */
export const ContextReferencePlace = Type.Tuple([
  Type.String({ maxLength: 128 }),
  Type.String({ maxLength: 128 }),
]);
export type ContextReferencePlace = Static<typeof ContextReferencePlace>;

/** By rmap, then by name; one row more than `limit` tells that there are more. */
export async function listContextReferences(
  sql: Sql,
  observatory: string,
  filter: ContextReferenceFilter,
  limit: number,
  from?: Cursor<ContextReferencePlace>,
): Promise<Array<{ rmap: string; name: string }>> {
  const goesNewer = from?.direction === 'newer';
  const rows = await sql<Array<{ rmap: string; name: string }>>`
    select u.mapping as rmap, u.used as name from ${tables(sql)}
    where ${conditions(sql, observatory, filter)} ${from === undefined ? sql`` : beyond(sql, from)}
    order by ${goesNewer ? sql`u.mapping desc, u.used desc` : sql`u.mapping, u.used`} limit ${limit + 1}`;
  return goesNewer ? rows.reverse() : rows;
}

export async function countContextReferences(
  sql: Sql,
  observatory: string,
  filter: ContextReferenceFilter,
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from ${tables(sql)} where ${conditions(sql, observatory, filter)}`;
  return row?.count ?? 0;
}

function tables(sql: Sql) {
  return sql`crds.mapping_use u left join crds.file f on f.observatory = u.observatory and f.name = u.used`;
}

function beyond(sql: Sql, { direction, place: [rmap, name] }: Cursor<ContextReferencePlace>) {
  return direction === 'older'
    ? sql`and (u.mapping, u.used) > (${rmap}, ${name})`
    : sql`and (u.mapping, u.used) < (${rmap}, ${name})`;
}

function conditions(sql: Sql, observatory: string, { rmaps, text, bad }: ContextReferenceFilter) {
  const parts = [
    sql`u.observatory = ${observatory} and u.mapping = any(${[...rmaps]}::text[])`,
    text === undefined ? null : nameCondition(sql, sql`u.used`, text),
    bad === undefined ? null : sql`coalesce(f.rejected or f.blacklisted, false) = ${bad}`,
  ];
  return parts.filter((part) => part !== null).reduce((all, part) => sql`${all} and ${part}`);
}
