import type { UwsPhase } from '@orrery/contracts/uws';
import type { Sql, Tx } from '../../core/db/index.ts';
import { type Cause, isFinal, sourcesOf } from '../phases.ts';
import type { Ending, InputFile, Job, JobError, JobParameter, JobRow, PhaseEntry, Place } from './job.ts';
import { usageKey } from './usage.store.ts';

export interface NewJob {
  jobId: string;
  definitionId: number;
  definition: string;
  runId: string | null;
  ownerId: string | null;
  createdAt: Date;
  executionDuration: number;
  destructionAt: Date | null;
  parameters: JobParameter[];
  why: string;
}

/** Topic of every change of a job; the key is the job's id. */
export const jobTopic = 'uws.job';

/** Columns of a list row. */
const rowColumns = (sql: Sql) => sql`
  job_id, definition, run_id, owner_id, phase, phase_since, created_at, started_at, ended_at, execution_duration,
  destruction_at, error, remove_at`;

const resultList = (sql: Sql) => sql`
  (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'fileName', file_name, 'mediaType', media_type,
      'sizeBytes', size_bytes, 'hash', hash) order by ordinal), '[]')
   from uws.result where result.job_id = job.job_id)`;

/** The rows of an archived job's results stay as facts; as `results` nobody finds them any more. */
const jobColumns = (sql: Sql) => sql`
  ${rowColumns(sql)}, definition_id, parameters, compute_run_id, ending, place, archived_from,
  internal_provenance,
  case when phase = 'ARCHIVED' then '[]' else ${resultList(sql)} end as results,
  case when phase = 'ARCHIVED' then ${resultList(sql)} else '[]' end as removed_results`;

/**
 * Makes any number of PENDING jobs with their history and events in one statement, and returns the ids of those
 * for which their owners have room (`maxJobs`, 0 = always; it needs their rows in uws.owner_usage, which it
 * locks). The caller says `events.committed()` after the commit.
 */
export async function insertJobs(sql: Sql, jobs: readonly NewJob[], maxJobs = 0): Promise<Set<string>> {
  const made = await sql<{ jobId: string }[]>`
    with asked as (
      select *, row_number() over (partition by "ownerId" order by ordinality) as turn
      from rows from (jsonb_to_recordset(${JSON.stringify(jobs)}::text::jsonb) as ("jobId" text,
        "definitionId" bigint, definition text, "runId" text, "ownerId" text, "createdAt" timestamptz,
        "executionDuration" integer, "destructionAt" timestamptz, parameters jsonb, why text)) with ordinality),
    admitted as (${admitted(sql, jobs, maxJobs)}),
    made as (
      insert into uws.job (job_id, definition_id, definition, run_id, owner_id, phase, phase_since, created_at,
        execution_duration, destruction_at, parameters)
      select "jobId", "definitionId", definition, "runId", "ownerId", 'PENDING', "createdAt", "createdAt",
        "executionDuration", "destructionAt", parameters
      from admitted
      returning job_id, definition, owner_id, created_at),
    history as (
      insert into uws.job_phase (job_id, ordinal, phase, at, why)
      select "jobId", 1, 'PENDING', "createdAt", why from admitted)
    select job_id, core.publish_event(${jobTopic}, job_id,
      jsonb_build_object('definition', definition, 'phase', 'PENDING', 'ownerId', owner_id)) from made`;
  return new Set(made.map(({ jobId }) => jobId));
}

/** Of the jobs asked for those that fit, the first of each owner first; the locks are taken in one order. */
function admitted(sql: Sql, jobs: readonly NewJob[], maxJobs: number) {
  if (maxJobs === 0) return sql`select * from asked`;
  const owners = [...new Set(jobs.map(({ ownerId }) => usageKey(ownerId)))];
  return sql`
    select asked.* from asked join (
      select owner_id, jobs from uws.owner_usage where owner_id = any(${owners}) order by owner_id for update) as room
      on room.owner_id = coalesce("ownerId", '')
    where room.jobs + turn <= ${maxJobs}`;
}

/** The whole job in one statement, by primary key. */
export async function findJob(sql: Sql, jobId: string): Promise<Job | null> {
  const [job] = await sql<Job[]>`select ${jobColumns(sql)} from uws.job where job_id = ${jobId}`;
  return job ?? null;
}

/** Whole jobs by id, in one statement; those that are gone are left out. */
export async function findJobs(sql: Sql, jobIds: readonly string[]): Promise<Map<string, Job>> {
  const jobs = await sql<Job[]>`select ${jobColumns(sql)} from uws.job where job_id = any(${[...jobIds]})`;
  return new Map(jobs.map((job) => [job.jobId, job]));
}

/** The whole job, locked until the transaction ends. */
export async function lockJob(tx: Tx, jobId: string): Promise<Job | null> {
  const [job] = await tx<
    Job[]
  >`select ${jobColumns(tx)} from uws.job where job_id = ${jobId} for update of job`;
  return job ?? null;
}

export interface Change {
  to: UwsPhase;
  who: Cause;
  why: string;
  at: Date;
  error?: JobError | null;
  place?: Place | null;
}

/**
 * Changes the phase with its history row and its event, if the table of transitions allows it from where the job
 * is; false when it does not. The row is written only then, so a final phase cannot be left.
 */
export async function changePhase(tx: Tx, jobId: string, change: Change): Promise<boolean> {
  const { to, who, why, at, error = null, place = null } = change;
  const started = to === 'EXECUTING' ? at : null;
  const ended = isFinal(to) && to !== 'ARCHIVED' ? at : null;
  const rows = await tx`
    with changed as (
      update uws.job set phase = ${to}, phase_since = ${at}, started_at = coalesce(started_at, ${started}),
        ended_at = coalesce(ended_at, ${ended}), error = coalesce(${asJson(error)}::text::jsonb, error),
        place = coalesce(${asJson(place)}::text::jsonb, place), ending = case when ${isFinal(to)} then null else ending end,
        archived_from = case when ${to === 'ARCHIVED'} then phase else archived_from end
      where job_id = ${jobId} and phase = any(${sourcesOf(to, who)})
      returning job_id, definition, owner_id, phase),
    history as (
      insert into uws.job_phase (job_id, ordinal, phase, at, why)
      select job_id, 1 + (select coalesce(max(ordinal), 0) from uws.job_phase where job_id = ${jobId}), phase, ${at}, ${why}
      from changed)
    select core.publish_event(${jobTopic}, job_id,
      jsonb_build_object('definition', definition, 'phase', phase, 'ownerId', owner_id)) from changed`;
  return rows.length === 1;
}

function asJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

export interface JobFields {
  runId?: string | null;
  parameters?: JobParameter[];
  executionDuration?: number;
  destructionAt?: Date | null;
  computeRunId?: string | null;
  ending?: Ending | null;
  place?: Place;
  removeAt?: Date;
  internalProvenance?: string;
}

/** Writes what is given and leaves the rest; for a job that the caller has locked. */
export async function updateJob(tx: Tx, jobId: string, fields: JobFields): Promise<void> {
  const { runId, parameters, executionDuration, destructionAt, computeRunId, ending, place } = fields;
  const { removeAt, internalProvenance } = fields;
  const sets = [
    ...(runId === undefined ? [] : [tx`run_id = ${runId}`]),
    ...(parameters === undefined ? [] : [tx`parameters = ${JSON.stringify(parameters)}::text::jsonb`]),
    ...(executionDuration === undefined ? [] : [tx`execution_duration = ${executionDuration}`]),
    ...(destructionAt === undefined ? [] : [tx`destruction_at = ${destructionAt}`]),
    ...(computeRunId === undefined ? [] : [tx`compute_run_id = ${computeRunId}`]),
    ...(ending === undefined ? [] : [tx`ending = ${asJson(ending)}::text::jsonb`]),
    ...(place === undefined ? [] : [tx`place = ${JSON.stringify(place)}::text::jsonb`]),
    ...(removeAt === undefined ? [] : [tx`remove_at = ${removeAt}`]),
    ...(internalProvenance === undefined ? [] : [tx`internal_provenance = ${internalProvenance}`]),
  ];
  const [first, ...rest] = sets;
  if (first === undefined) return;
  const list = rest.reduce((all, one) => tx`${all}, ${one}`, tx`${first}`);
  await tx`update uws.job set ${list} where job_id = ${jobId}`;
}

export async function listPhases(sql: Sql, jobId: string): Promise<PhaseEntry[]> {
  return await sql<
    PhaseEntry[]
  >`select phase, at, why from uws.job_phase where job_id = ${jobId} order by ordinal`;
}

/** Deletes a job with history and results; true when it was there. */
export async function deleteJob(tx: Tx, jobId: string): Promise<boolean> {
  const { count } = await tx`delete from uws.job where job_id = ${jobId}`;
  return count === 1;
}

/** A job and the time that has come for it. */
export interface DuePlace {
  jobId: string;
  dueAt: Date;
}

/** Jobs whose destruction time has come, the longest due first, after `from`. Uses job_destruction_at_idx. */
export async function listDestructionDue(
  sql: Sql,
  now: Date,
  limit: number,
  from: DuePlace | null,
): Promise<DuePlace[]> {
  return await sql<DuePlace[]>`
    select job_id, destruction_at as due_at from uws.job
    where destruction_at <= ${now} and phase <> 'ARCHIVED'
      ${from === null ? sql`` : sql`and (destruction_at, job_id) > (${from.dueAt}, ${from.jobId})`}
    order by destruction_at, job_id limit ${limit}`;
}

/** Archived jobs that are to be removed, the longest due first, after `from`. Uses job_remove_at_idx. */
export async function listRemovalDue(
  sql: Sql,
  now: Date,
  limit: number,
  from: DuePlace | null,
): Promise<DuePlace[]> {
  return await sql<DuePlace[]>`
    select job_id, remove_at as due_at from uws.job
    where remove_at <= ${now} and phase = 'ARCHIVED'
      ${from === null ? sql`` : sql`and (remove_at, job_id) > (${from.dueAt}, ${from.jobId})`}
    order by remove_at, job_id limit ${limit}`;
}

export type { InputFile, JobRow };
