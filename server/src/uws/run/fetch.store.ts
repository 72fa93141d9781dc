import type { Sql, Tx } from '../../core/db/index.ts';

/**
 * Downloads of one user at a time, over all processes. A job's lane follows from its id, so two lanes never want
 * the same job.
 */
export const lanesPerUser = 4;

/** Who is to be served next: a user, and one of the user's lanes. */
export interface Turn {
  ownerId: string | null;
  lane: number;
}

/** The lane of a job; the same rule as in the statements below. */
export function laneOf(jobId: string): number {
  return (jobId.codePointAt(jobId.length - 1) ?? 0) % lanesPerUser;
}

/** Jobs of a lane that are QUEUED and on no computer: their inputs are wanted. Uses job_fetch_idx. */
const isWanted = (sql: Sql, { ownerId, lane }: Turn) => sql`
  phase = 'QUEUED' and compute_run_id is null and ascii(right(job_id, 1)) % ${lanesPerUser}::int = ${lane}
  and ${ownerId === null ? sql`owner_id is null` : sql`owner_id = ${ownerId}`}`;

/**
 * Takes the job of a lane that has waited longest and counts the attempt, so that a job that brings down its
 * process is not tried for ever. Null when none is due.
 */
export async function beginNext(sql: Sql, turn: Turn): Promise<{ jobId: string; attempt: number } | null> {
  const [begun] = await sql<{ jobId: string; attempt: number }[]>`
    update uws.job set fetch_attempts = fetch_attempts + 1 where job_id = (
      select job_id from uws.job where ${isWanted(sql, turn)}
        and (fetch_after is null or fetch_after <= clock_timestamp())
      order by phase_since, job_id limit 1) and phase = 'QUEUED' and compute_run_id is null
    returning job_id, fetch_attempts as attempt`;
  return begun ?? null;
}

/** Seconds until the next job of a lane is due; 0 = now, null = there is none. */
export async function nextIn(sql: Sql, turn: Turn): Promise<number | null> {
  const [row] = await sql<[{ seconds: number | null }]>`
    select extract(epoch from min(coalesce(fetch_after, 'epoch')) - clock_timestamp())::float8 as seconds
    from uws.job where ${isWanted(sql, turn)}`;
  return row.seconds === null ? null : Math.max(0, row.seconds);
}

/** Notes that the job is not tried again before so many seconds. */
export async function postpone(tx: Tx, jobId: string, seconds: number): Promise<void> {
  await tx`
    update uws.job set fetch_after = clock_timestamp() + make_interval(secs => ${seconds}) where job_id = ${jobId}`;
}

/** Begins to count anew, for a job that was just asked to run. */
export async function resetFetch(tx: Tx, jobId: string, asAdmin: boolean): Promise<void> {
  await tx`
    update uws.job set fetch_attempts = 0, fetch_after = null, as_admin = ${asAdmin} where job_id = ${jobId}`;
}

export async function wasAskedByAdmin(tx: Tx, jobId: string): Promise<boolean> {
  const [row] = await tx<{ asAdmin: boolean }[]>`select as_admin from uws.job where job_id = ${jobId}`;
  return row?.asAdmin ?? false;
}

/** The lanes of jobs that have waited for their inputs longer than so many seconds. */
export async function listWaitingTurns(sql: Sql, seconds: number): Promise<Turn[]> {
  return await sql<Turn[]>`
    select distinct owner_id, ascii(right(job_id, 1)) % ${lanesPerUser}::int as lane from uws.job
    where phase = 'QUEUED' and compute_run_id is null
      and phase_since < clock_timestamp() - make_interval(secs => ${seconds})`;
}
