import type { Sql } from '../../core/db/index.ts';

/** References of one rmap, counted. */
export interface RmapCounts {
  mapping: string;
  references: number;
  bad: number;
  /** The one whose use began last. */
  newest: string | null;
  newestAt: Date | null;
}

/** By name of the rmap. */
export async function countReferences(
  sql: Sql,
  observatory: string,
  rmaps: readonly string[],
): Promise<Map<string, RmapCounts>> {
  const rows = await sql<RmapCounts[]>`
    select u.mapping, count(*) as references, count(*) filter (where f.rejected or f.blacklisted) as bad,
      (array_agg(u.used order by f.activated_at desc nulls last, f.added_at desc nulls last, u.used desc))[1] as newest,
      max(f.activated_at) as newest_at
    from crds.mapping_use u left join crds.file f on f.observatory = u.observatory and f.name = u.used
    where u.observatory = ${observatory} and u.mapping = any(${[...rmaps]}::text[])
    group by u.mapping`;
  return new Map(rows.map((row) => [row.mapping, row]));
}

/** Different references that any of these rmaps names. */
export async function countDistinctReferences(
  sql: Sql,
  observatory: string,
  rmaps: readonly string[],
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(distinct used) as count from crds.mapping_use
    where observatory = ${observatory} and mapping = any(${[...rmaps]}::text[])`;
  return row?.count ?? 0;
}
