import type { Sql, Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';
import type { JobState } from '../states.ts';
import type { KilledJob } from './kill.rules.ts';

/** A live job as control looks at it. */
export type ControlledJob = KilledJob & Pick<Job, 'owner' | 'debug'>;

/** Locks the live ones of these jobs, in the order of their numbers, until `tx` ends. */
export function lockControlled(tx: Tx, jobIds: readonly number[]): Promise<ControlledJob[]> {
  return tx<ControlledJob[]>`
    select job_id, status, status_since, label, vo, working_group, owner_account_id, owner, command, debug
    from panda.job where job_id = any(${[...jobIds]}::bigint[]) order by job_id for update`;
}

/** Tells the pilots of these jobs to kill them; the command stays until the job ends. */
export async function tellToDie(tx: Tx, jobIds: readonly number[], diag: string): Promise<void> {
  if (jobIds.length === 0) return;
  await tx`
    update panda.job set command = 'tobekilled', modified_at = clock_timestamp(),
      errors = coalesce(errors, '{}') || jsonb_build_object('taskBuffer', jsonb_build_object('code', 0, 'diag', ${diag}::text))
    where job_id = any(${[...jobIds]}::bigint[])`;
}

/** A job in `starting` waited in a batch system and used nothing: its start is its end. */
export async function resetStarts(tx: Tx, jobIds: readonly number[]): Promise<void> {
  if (jobIds.length === 0) return;
  await tx`
    update panda.job set started_at = clock_timestamp()
    where job_id = any(${[...jobIds]}::bigint[]) and status = 'starting'`;
}

export async function setJobCommand(tx: Tx, jobId: number, command: string): Promise<void> {
  await tx`update panda.job set command = ${command}, modified_at = clock_timestamp() where job_id = ${jobId}`;
}

export async function setJobDebug(tx: Tx, jobId: number, on: boolean): Promise<void> {
  await tx`update panda.job set debug = ${on}, modified_at = clock_timestamp() where job_id = ${jobId}`;
}

/** Live jobs in debug mode of an owner, or of a working group. */
export async function listDebugged(
  sql: Sql,
  { accountId, workingGroup }: { accountId: number | null; workingGroup: string | null },
): Promise<number[]> {
  const rows = await sql<{ jobId: number }[]>`
    select job_id from panda.job where debug
      and case when ${workingGroup}::text is null then owner_account_id = ${accountId} else working_group = ${workingGroup} end
    order by job_id limit 100`;
  return rows.map(({ jobId }) => jobId);
}

/** Jobs that are prepared anew: they lose what the setup made and are `defined` again. */
export async function redefine(tx: Tx, jobIds: readonly number[], why: string, by: string): Promise<void> {
  const from: readonly JobState[] = ['pending', 'waiting', 'assigned', 'activated'];
  await tx`
    update panda.job set status = 'defined', status_since = clock_timestamp(), modified_at = clock_timestamp(),
      status_why = ${why}, changed_by = ${by}
    where job_id = any(${[...jobIds]}::bigint[]) and status = any(${[...from]}::text[])`;
}
