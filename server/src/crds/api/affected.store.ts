import type { Sql } from '../../core/db/index.ts';

/** Affected datasets of a run by instrument and type. */
export async function countTypesOf(
  sql: Sql,
  runId: number,
): Promise<Array<{ instrument: string; type: string; datasets: number }>> {
  return await sql<Array<{ instrument: string; type: string; datasets: number }>>`
    select p.instrument, c.type, sum(c.datasets)::bigint as datasets
    from crds.affected_count c join crds.affected_part p using (affected_run_id, part)
    where c.affected_run_id = ${runId} and c.type <> '' group by p.instrument, c.type`;
}
