import type { Sql, Tx } from '../../core/db/index.ts';
import { pilotStates } from '../states.ts';

/** A pilot that this server has started. */
export interface PilotRun {
  pilotRunId: number;
  queue: string;
  runId: string | null;
  tokenId: string;
  demand: number;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  host: string | null;
  /** How it ended, for people. */
  ending: string | null;
  exitCode: number | null;
  /** The end of what it printed. */
  lastWords: string | null;
  jobs: number | null;
}

/** How the pilots of a queue stand. */
export interface PilotCounts {
  /** Not started yet, for want of a free slot. */
  queued: number;
  running: number;
  /** Of those, the ones that had a job and hold none: they are about to ask again, or to end. */
  spent: number;
}

/** One at a time decides on the pilots of a queue, over all processes; until the end of `tx`. */
export async function lockFactory(tx: Tx, queue: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`panda.factory ${queue}`}, 0))`;
}

export async function countPilots(sql: Sql, queue: string): Promise<PilotCounts> {
  const [row] = await sql<[PilotCounts]>`
    select count(*) filter (where started_at is null)::int as queued,
      count(*) filter (where started_at is not null)::int as running,
      count(*) filter (where given.jobs > 0 and given.held = 0)::int as spent
    from panda.pilot_run p cross join lateral (
      select count(*) as jobs, count(job.job_id) as held
      from panda.job_worker w left join panda.job on job.job_id = w.job_id and job.status = any(${[...pilotStates]}::text[])
      where w.harvester_id = ${ourHarvester} and w.worker_id = p.pilot_run_id) given
    where queue = ${queue} and ended_at is null`;
  return row;
}

/** The id of the next pilot; its run is submitted under it before it is written. */
export async function takePilotRunId(tx: Tx): Promise<number> {
  const [row] = await tx<[{ id: number }]>`
    select nextval(pg_get_serial_sequence('panda.pilot_run', 'pilot_run_id')) as id`;
  return row.id;
}

export async function insertPilotRun(
  tx: Tx,
  run: Pick<PilotRun, 'pilotRunId' | 'queue' | 'tokenId' | 'demand'> & { runId: string },
): Promise<void> {
  await tx`
    insert into panda.pilot_run (pilot_run_id, queue, run_id, token_id, demand) overriding system value
    values (${run.pilotRunId}, ${run.queue}, ${run.runId}, ${run.tokenId}, ${run.demand})`;
}

/** The last pilots of a queue that have ended, the newest first. */
export function listEnded(
  sql: Sql,
  queue: string,
  limit: number,
): Promise<Array<PilotRun & { endedAt: Date }>> {
  return sql`
    select * from panda.pilot_run where queue = ${queue} and ended_at is not null
    order by ended_at desc limit ${limit}`;
}

/** Pilots of a queue: those that live first, then by age. */
export function listPilotRuns(sql: Sql, queue: string, limit = 100): Promise<PilotRun[]> {
  return sql<PilotRun[]>`
    (select * from panda.pilot_run where queue = ${queue} and ended_at is null order by pilot_run_id desc limit ${limit})
    union all
    (select * from panda.pilot_run where queue = ${queue} and ended_at is not null order by ended_at desc limit ${limit})
    limit ${limit}`;
}

export async function findPilotRun(sql: Sql, pilotRunId: number): Promise<PilotRun | null> {
  const [row] = await sql<PilotRun[]>`select * from panda.pilot_run where pilot_run_id = ${pilotRunId}`;
  return row ?? null;
}

export async function noteStarted(tx: Tx, pilotRunId: number, host: string | null): Promise<void> {
  await tx`
    update panda.pilot_run set started_at = coalesce(started_at, clock_timestamp()), host = ${host}
    where pilot_run_id = ${pilotRunId} and ended_at is null`;
}

/** Returns the queue; null when there is no such pilot or its end is known. */
export async function noteEnded(
  tx: Tx,
  pilotRunId: number,
  ending: string,
  exitCode: number | null = null,
): Promise<string | null> {
  const [row] = await tx<{ queue: string }[]>`
    update panda.pilot_run set ended_at = clock_timestamp(), ending = ${ending}, exit_code = ${exitCode}
    where pilot_run_id = ${pilotRunId} and ended_at is null returning queue`;
  return row?.queue ?? null;
}

export async function noteLookedAt(
  sql: Sql,
  pilotRunId: number,
  seen: { lastWords: string; jobs: number },
): Promise<void> {
  await sql`
    update panda.pilot_run set run_id = null, last_words = ${seen.lastWords}, jobs = ${seen.jobs}
    where pilot_run_id = ${pilotRunId}`;
}

/** Pilots whose run should still be known to the computer. */
export function listWithRun(
  sql: Sql,
): Promise<Array<Pick<PilotRun, 'pilotRunId' | 'endedAt'> & { runId: string }>> {
  return sql`
    select pilot_run_id, ended_at, run_id from panda.pilot_run
    where run_id is not null and created_at < clock_timestamp() - interval '1 minute'`;
}

export async function noteTrouble(sql: Sql, queue: string, why: string | null): Promise<void> {
  if (why === null) {
    await sql`delete from panda.pilot_trouble where queue = ${queue}`;
    return;
  }
  await sql`
    insert into panda.pilot_trouble (queue, why) values (${queue}, ${why})
    on conflict (queue) do update set why = excluded.why, at = clock_timestamp()`;
}

export async function findTrouble(sql: Sql, queue: string): Promise<{ why: string; at: Date } | null> {
  const [row] = await sql<{ why: string; at: Date }[]>`
    select why, at from panda.pilot_trouble where queue = ${queue}`;
  return row ?? null;
}

/** Pilots of ours among the workers of others. */
export const ourHarvester = 'orrery';

/** As its jobs name it (`schedulerID`). */
export function schedulerIdOf(pilotRunId: number): string {
  return `${ourHarvester}-${pilotRunId}`;
}

/**
 * Jobs that this pilot still holds: nobody else will ever report on them. pilot3 names its scheduler with its first
 * report only.
 */
export function listHeldJobs(
  tx: Tx,
  pilotRunId: number,
  states: readonly string[],
): Promise<{ jobId: number }[]> {
  return tx`
    select job_id from panda.job_worker join panda.job using (job_id)
    where harvester_id = ${ourHarvester} and worker_id = ${pilotRunId}
      and coalesce(job.scheduler_id, ${schedulerIdOf(pilotRunId)}) = ${schedulerIdOf(pilotRunId)}
      and job.status = any(${[...states]}::text[])
    order by job_id`;
}

/** Jobs that this pilot was given. */
export async function countJobs(sql: Sql, pilotRunId: number): Promise<number> {
  const [row] = await sql<[{ jobs: number }]>`
    select count(*)::int as jobs from panda.job_worker
    where harvester_id = ${ourHarvester} and worker_id = ${pilotRunId}`;
  return row.jobs;
}

/** The pilot as one of the workers of the field: what knows workers knows it, too. */
export async function upsertWorker(
  tx: Tx,
  worker: {
    pilotRunId: number;
    queue: string;
    status: 'submitted' | 'running' | 'finished' | 'failed';
    node: string | null;
  },
): Promise<void> {
  const { pilotRunId, queue, status, node } = worker;
  await tx`
    insert into panda.worker as known (harvester_id, worker_id, queue, status, node, submitted_at)
    values (${ourHarvester}, ${pilotRunId}, ${queue}, ${status}, ${node}, clock_timestamp())
    on conflict (harvester_id, worker_id) do update set status = excluded.status,
      node = coalesce(excluded.node, known.node), modified_at = clock_timestamp(),
      started_at = case when ${status === 'running'} then coalesce(known.started_at, clock_timestamp()) else known.started_at end,
      ended_at = case when ${status === 'finished' || status === 'failed'} then clock_timestamp() else known.ended_at end`;
}
