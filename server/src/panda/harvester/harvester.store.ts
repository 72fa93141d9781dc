import type { Sql, Tx } from '../../core/db/index.ts';

/** What a heartbeat says of its Harvester; null: not said, and what is known stays. */
export interface Heartbeat {
  harvesterId: string;
  owner: string;
  host: string;
  softwareVersion: string | null;
  commitStamp: string | null;
  startedAt: Date | null;
  /** What it wants to be told: `{command, computingSite, resourceType}`. */
  commands: readonly Record<string, string>[] | null;
}

/** True when it was known before. */
export async function beatHarvester(sql: Sql, beat: Heartbeat): Promise<boolean> {
  const commands = beat.commands === null ? null : JSON.stringify(beat.commands);
  const [row] = await sql<{ isKnown: boolean }[]>`
    insert into panda.harvester as known (harvester_id, description, owner, host, software_version, commit_stamp,
      started_at, last_seen_at, commands)
    values (${beat.harvesterId}, 'automatic', ${beat.owner}, ${beat.host}, ${beat.softwareVersion}, ${beat.commitStamp},
      ${beat.startedAt}, clock_timestamp(), coalesce(${commands}::text::jsonb, '[]'))
    on conflict (harvester_id) do update set owner = excluded.owner, host = excluded.host,
      software_version = coalesce(excluded.software_version, known.software_version),
      commit_stamp = coalesce(excluded.commit_stamp, known.commit_stamp),
      started_at = coalesce(excluded.started_at, known.started_at), last_seen_at = excluded.last_seen_at,
      commands = coalesce(${commands}::text::jsonb, known.commands)
    returning xmax <> 0 as is_known`;
  return row?.isKnown === true;
}

/** A message of a Harvester for people. */
export interface Dialog {
  dialogId: number;
  module: string;
  identifier: string | null;
  level: string;
  message: string;
  at: Date;
}

/** Stores messages; one of the same number is replaced. */
export async function putDialogs(sql: Sql, harvesterId: string, dialogs: readonly Dialog[]): Promise<void> {
  await sql`
    insert into panda.harvester_dialog as known (harvester_id, dialog_id, module, identifier, level, message, at)
    select ${harvesterId}, "dialogId", module, identifier, level, message, at
    from jsonb_to_recordset(${JSON.stringify(dialogs)}::text::jsonb) as d ("dialogId" bigint, module text,
      identifier text, level text, message text, at timestamptz)
    order by "dialogId"
    on conflict (harvester_id, dialog_id) do update set module = excluded.module, identifier = excluded.identifier,
      level = excluded.level, message = excluded.message, at = excluded.at`;
}

export interface Metric {
  host: string;
  at: Date;
  metrics: Record<string, unknown>;
}

/** Stores figures; the same host and instant again replaces them. */
export async function putMetrics(sql: Sql, harvesterId: string, metrics: readonly Metric[]): Promise<void> {
  await sql`
    insert into panda.harvester_metric (harvester_id, host, at, metrics)
    select ${harvesterId}, host, at, metrics
    from jsonb_to_recordset(${JSON.stringify(metrics)}::text::jsonb) as m (host text, at timestamptz, metrics jsonb)
    order by host, at
    on conflict (harvester_id, host, at) do update set metrics = excluded.metrics`;
}

/** Workers of one kind in a queue. */
export interface WorkerCount {
  jobType: string;
  resourceType: string;
  status: string;
  workers: number;
}

/** The counts of a Harvester in a queue, instead of those it had there. */
export async function replaceStatistics(
  tx: Tx,
  harvesterId: string,
  queue: string,
  counts: readonly WorkerCount[],
): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`panda.worker_statistics ${harvesterId} ${queue}`}, 0))`;
  await tx`delete from panda.worker_statistics where harvester_id = ${harvesterId} and queue = ${queue}`;
  await tx`
    insert into panda.worker_statistics (harvester_id, queue, job_type, resource_type, status, workers)
    select ${harvesterId}, ${queue}, "jobType", "resourceType", status, workers
    from jsonb_to_recordset(${JSON.stringify(counts)}::text::jsonb)
      as c ("jobType" text, "resourceType" text, status text, workers integer)`;
}

/** Counts that are no older; four hours are what panda-server 1.0.3 shows (getWorkerStats). */
export function listStatistics(
  sql: Sql,
  maxAgeMinutes = 240,
): Promise<Array<WorkerCount & { harvesterId: string; queue: string }>> {
  return sql`
    select harvester_id, queue, job_type, resource_type, status, workers from panda.worker_statistics
    where at > clock_timestamp() - make_interval(mins => ${maxAgeMinutes})
    order by queue, harvester_id, job_type, resource_type, status`;
}

export interface TargetSlots {
  queue: string;
  /** Empty: of every share. */
  share: string;
  /** Empty: of every resource type. */
  resourceType: string;
  slots: number;
  expiresAt: Date | null;
  by: string;
}

/** Sets how many slots a queue shall have; -1 takes the wish back. */
export async function putTargetSlots(sql: Sql, target: TargetSlots): Promise<void> {
  const { queue, share, resourceType, slots, expiresAt, by } = target;
  if (slots === -1) {
    await sql`delete from panda.target_slots
      where queue = ${queue} and share = ${share} and resource_type = ${resourceType}`;
    return;
  }
  await sql`
    insert into panda.target_slots (queue, share, resource_type, slots, expires_at, modified_by)
    values (${queue}, ${share}, ${resourceType}, ${slots}, ${expiresAt}, ${by})
    on conflict (queue, share, resource_type) do update set slots = excluded.slots, expires_at = excluded.expires_at,
      modified_at = excluded.modified_at, modified_by = excluded.modified_by`;
}
