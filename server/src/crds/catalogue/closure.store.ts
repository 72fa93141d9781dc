import type { Sql } from '../../core/db/index.ts';
import { isMappingFile } from './file-name.ts';

/** All files that a mapping leads to, itself among them; sorted by code points. */
export interface Closure {
  mappings: string[];
  references: string[];
}

/**
 * Follows a mapping to all it names, directly or through others. A mapping that is not known gives itself alone;
 * whether the names are in the catalogue is another question.
 */
export async function closureOf(sql: Sql, observatory: string, mapping: string): Promise<Closure> {
  const [row] = await sql<{ names: string[] }[]>`
    with recursive ${closureQuery(sql, observatory, mapping)}
    select array_agg(name order by name) as names from reached`;
  const names = row?.names ?? [];
  return {
    mappings: names.filter(isMappingFile),
    references: names.filter((name) => !isMappingFile(name)),
  };
}

/** The mappings of a closure alone, sorted; an order of magnitude cheaper where contexts have many references. */
export async function mappingsUnder(sql: Sql, observatory: string, mapping: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    with recursive reached(name) as (
      select ${mapping}::text collate "C"
      union
      select u.used from reached r
      join crds.mapping_use u on u.observatory = ${observatory} and u.mapping = r.name and u.used ~ '\\.[pir]map$')
    select name from reached order by name`;
  return rows.map(({ name }) => name);
}

/** The table `reached(name)` for a `with recursive`. References use nothing: they are not looked up again. */
export function closureQuery(sql: Sql, observatory: string, mapping: string) {
  return sql`
    reached(name) as (
      select ${mapping}::text collate "C"
      union
      select u.used from reached r
      join crds.mapping_use u on u.observatory = ${observatory} and u.mapping = r.name
      where r.name ~ '\\.[pir]map$')`;
}

/** Contexts (pmaps) that lead to a file, over any number of mappings between; sorted. */
export async function contextsUsing(sql: Sql, observatory: string, name: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    with recursive users(name) as (
      select ${name}::text collate "C"
      union
      select u.mapping from users s
      join crds.mapping_use u on u.observatory = ${observatory} and u.used = s.name)
    select name from users where name like '%.pmap' order by name`;
  return rows.map((row) => row.name);
}
