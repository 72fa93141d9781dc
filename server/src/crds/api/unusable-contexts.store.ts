import type { Sql } from '../../core/db/index.ts';

/** Faulty mappings that are followed to their contexts; there are a handful, if any. */
const mostFaulty = 100;

/** Contexts that lead to a mapping whose rules cannot be used, and the fault of one: `file:line:column: expected …`. */
export async function unusableContexts(sql: Sql, observatory: string): Promise<Map<string, string>> {
  const rows = await sql<{ name: string; fault: string }[]>`
    with recursive faulty as materialized (
      select name, name || ':' || fault as fault from crds.file
      where observatory = ${observatory} and fault <> '' order by name limit ${mostFaulty}),
    users(name, fault) as (
      select name, fault from faulty
      union
      select u.mapping, s.fault from users s
      join crds.mapping_use u on u.observatory = ${observatory} and u.used = s.name)
    select name, min(fault) as fault from users where name like '%.pmap' group by name`;
  return new Map(rows.map(({ name, fault }) => [name, fault]));
}
