import type { Sql } from '../../core/db/index.ts';

export interface HarvesterRow {
  harvesterId: string;
  description: string;
  owner: string | null;
  host: string | null;
  softwareVersion: string | null;
  commitStamp: string | null;
  startedAt: Date | null;
  lastSeenAt: Date | null;
  createdAt: Date;
  /** What it wants to be told: {command, computingSite, resourceType} */
  commands: unknown;
  newCommands: number;
  problems: number;
}

/** By name; all of them, or one. */
export function listHarvesters(sql: Sql, harvesterId: string | null = null): Promise<HarvesterRow[]> {
  return sql<HarvesterRow[]>`
    select h.harvester_id, description, owner, host, software_version, commit_stamp, started_at, last_seen_at,
      created_at, commands,
      (select count(*)::int from panda.harvester_command c
       where c.harvester_id = h.harvester_id and c.status = 'new') as new_commands,
      (select count(*)::int from (
        select from panda.harvester_dialog d
        where d.harvester_id = h.harvester_id and d.at > clock_timestamp() - interval '24 hours'
          and upper(d.level) in ('WARNING', 'ERROR', 'CRITICAL') limit 10000) found) as problems
    from panda.harvester h where ${harvesterId}::text is null or h.harvester_id = ${harvesterId}
    order by h.harvester_id limit 1000`;
}

/** The last heartbeat of a Harvester, null = it never came; undefined when nobody knows it. */
export async function findHeartbeat(sql: Sql, harvesterId: string): Promise<Date | null | undefined> {
  const [row] = await sql<{ lastSeenAt: Date | null }[]>`
    select last_seen_at from panda.harvester where harvester_id = ${harvesterId}`;
  return row?.lastSeenAt;
}

export interface LiveWorkers {
  harvesterId: string;
  queue: string;
  status: string;
  workers: number;
}

/** Workers that have not left their batch system; read from the index of those alone. */
export function countLiveWorkers(sql: Sql, harvesterId: string | null = null): Promise<LiveWorkers[]> {
  return sql<LiveWorkers[]>`
    select harvester_id, queue, status, count(*)::int as workers from panda.worker
    where status in ('submitted', 'ready', 'running', 'idle')
      and (${harvesterId}::text is null or harvester_id = ${harvesterId})
    group by harvester_id, queue, status order by harvester_id, queue, status`;
}

export interface ReportedWorkers {
  queue: string;
  status: string;
  workers: number;
  at: Date;
}

/** What a Harvester counted last, over all kinds of jobs. */
export function listReported(sql: Sql, harvesterId: string): Promise<ReportedWorkers[]> {
  return sql<ReportedWorkers[]>`
    select queue, status, sum(workers)::float8 as workers, max(at) as at from panda.worker_statistics
    where harvester_id = ${harvesterId} group by queue, status order by queue, status limit 2000`;
}

export interface TargetSlotsRow {
  queue: string;
  share: string;
  resourceType: string;
  slots: number;
  expiresAt: Date | null;
  modifiedAt: Date;
  modifiedBy: string;
}

/** Target slots of queues, those that have run out as well; a thousand at most. */
export function listTargetSlots(sql: Sql, queues: readonly string[]): Promise<TargetSlotsRow[]> {
  return sql<TargetSlotsRow[]>`
    select queue, share, resource_type, slots, expires_at, modified_at, modified_by from panda.target_slots
    where queue = any(${[...queues]}::text[]) order by queue, share, resource_type limit 1000`;
}

/** How many orders stand how, and since when the oldest waits that was not taken. */
export async function countCommands(
  sql: Sql,
  harvesterId: string,
): Promise<{ counts: Record<string, number>; oldestNewAt: Date | null }> {
  const rows = await sql<{ status: string; commands: number; oldest: Date }[]>`
    select status, count(*)::int as commands, min(created_at) as oldest from panda.harvester_command
    where harvester_id = ${harvesterId} group by status`;
  return {
    counts: Object.fromEntries(rows.map(({ status, commands }) => [status, commands])),
    oldestNewAt: rows.find(({ status }) => status === 'new')?.oldest ?? null,
  };
}

/** Messages of the last day by level and module. */
export function countDialogs(
  sql: Sql,
  harvesterId: string,
): Promise<{ level: string; module: string; messages: number }[]> {
  return sql`
    select level, module, count(*)::int as messages from panda.harvester_dialog
    where harvester_id = ${harvesterId} and at > clock_timestamp() - interval '24 hours'
    group by level, module order by messages desc, level, module limit 200`;
}
