import type { Sql } from '../../core/db/index.ts';
import type { Jobref } from '../jobs/jobs.wire.ts';
import { conditions, type JobFilter, type Place } from '../jobs/list.store.ts';

interface HashedJobref extends Jobref {
  hash: string;
}

/**
 * 64 bits over everything in a jobref that can change; the rest never does while the job has its id. No phase is
 * the beginning of another one, so phase and run id cannot run into each other.
 */
const hash = (sql: Sql) => sql`hashtextextended(job_id || phase || coalesce(run_id, E'\\x01'), 0)`;

/** The jobs of a list, newest first, at most `limit`, after a place. Reads the index of `listJobs`. */
export async function readJobrefs(
  sql: Sql,
  filter: JobFilter,
  limit: number,
  after?: Place,
): Promise<{ rows: Jobref[]; state: string }> {
  const older =
    after === undefined ? sql`` : sql`and (created_at, job_id) < (${after.createdAt}, ${after.jobId})`;
  const rows = await sql<HashedJobref[]>`
    select job_id, phase, run_id, owner_id, created_at, ${hash(sql)}::text as hash
    from uws.job where ${conditions(sql, filter)} ${older}
    order by created_at desc, job_id desc limit ${limit}`;
  let sum = 0n;
  for (const row of rows) sum ^= BigInt(row.hash);
  return { rows, state: stateOf(rows.length, String(sum)) };
}

/** What `readJobrefs` would say of the state, computed where the rows are: nothing is sent and nothing rendered. */
export async function readListState(
  sql: Sql,
  filter: JobFilter,
  limit: number,
): Promise<{ count: number; state: string }> {
  const [row] = await sql<[{ count: number; sum: string }]>`
    select count(*)::int as count, coalesce(bit_xor(${hash(sql)}), 0)::text as sum from (
      select job_id, phase, run_id from uws.job where ${conditions(sql, filter)}
      order by created_at desc, job_id desc limit ${limit}) as shown`;
  return { count: row.count, state: stateOf(row.count, row.sum) };
}

/** The order of a list follows from its members, so their number and the sum of their hashes say all of it. */
function stateOf(count: number, sum: string): string {
  return `${count}:${sum}`;
}
