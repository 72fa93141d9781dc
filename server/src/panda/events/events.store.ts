import type { Sql } from '../../core/db/index.ts';

/** Commands for the pilots of live jobs by job id; null = none. Jobs that are not live are left out. */
export async function listCommands(sql: Sql, jobIds: readonly number[]): Promise<Map<number, string | null>> {
  if (jobIds.length === 0) return new Map();
  const rows = await sql<{ jobId: number; command: string | null }[]>`
    select job_id, command from panda.job where job_id = any(${[...jobIds]}::bigint[])`;
  return new Map(rows.map(({ jobId, command }) => [jobId, command]));
}
