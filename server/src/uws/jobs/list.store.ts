import { type UwsPhase, uwsPhases } from '@orrery/contracts/uws';
import type { Sql } from '../../core/db/index.ts';
import type { JobRow } from './job.ts';

/** `any` = all jobs; otherwise those of one owner, null = of callers without an identity. */
export type Whose = 'any' | { ownerId: string | null };

export interface JobFilter {
  whose: Whose;
  phases?: readonly UwsPhase[];
  definition?: string;
  ownerId?: string;
  /** Part of the run id. */
  runId?: string;
  createdAfter?: Date;
  createdBefore?: Date;
}

/** A place in the order of (created_at, job_id). */
export interface Place {
  createdAt: Date;
  jobId: string;
}

/** One phase is compared as itself: only then is job_phase_created_at_idx read in the order of the list. */
function inPhases(sql: Sql, phases: readonly UwsPhase[] = []) {
  const [only, ...more] = phases;
  if (only === undefined) return sql`phase <> 'ARCHIVED'`;
  return more.length === 0 ? sql`phase = ${only}` : sql`phase = any(${[...phases]})`;
}

export function conditions(sql: Sql, filter: JobFilter) {
  const { whose, phases, definition, ownerId, runId, createdAfter, createdBefore } = filter;
  const parts = [
    inPhases(sql, phases),
    ...(whose === 'any'
      ? []
      : [whose.ownerId === null ? sql`owner_id is null` : sql`owner_id = ${whose.ownerId}`]),
    ...(definition === undefined ? [] : [sql`definition = ${definition}`]),
    ...(ownerId === undefined ? [] : [sql`owner_id = ${ownerId}`]),
    ...(runId === undefined ? [] : [sql`run_id ilike ${`%${runId.replace(/[\\%_]/g, '\\$&')}%`}`]),
    ...(createdAfter === undefined ? [] : [sql`created_at > ${createdAfter}`]),
    ...(createdBefore === undefined ? [] : [sql`created_at < ${createdBefore}`]),
  ];
  return parts.reduce((all, part) => sql`${all} and ${part}`, sql`true`);
}

/**
 * Jobs of a view, newest first; `older` than a place or `newer` than it (then the nearest to it are given, newest
 * first as well). Reads backwards along an index that ends in (created_at, job_id).
 */
export async function listJobs(
  sql: Sql,
  filter: JobFilter,
  limit: number,
  from?: { direction: 'older' | 'newer'; place: Place },
): Promise<JobRow[]> {
  const columns = sql`job_id, definition, run_id, owner_id, phase, phase_since, created_at, started_at, ended_at,
    execution_duration, destruction_at, error, remove_at`;
  if (from?.direction === 'newer') {
    const rows = await sql<JobRow[]>`
      select ${columns} from uws.job where ${conditions(sql, filter)}
        and (created_at, job_id) > (${from.place.createdAt}, ${from.place.jobId})
      order by created_at, job_id limit ${limit}`;
    return [...rows].reverse();
  }
  const before =
    from === undefined
      ? sql``
      : sql`and (created_at, job_id) < (${from.place.createdAt}, ${from.place.jobId})`;
  return await sql<JobRow[]>`
    select ${columns} from uws.job where ${conditions(sql, filter)} ${before}
    order by created_at desc, job_id desc limit ${limit}`;
}

/** How many jobs a view has, to the unit: reads the whole view. */
export async function countExactly(sql: Sql, filter: JobFilter): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from uws.job where ${conditions(sql, filter)}`;
  return row?.count ?? 0;
}

/** Counting stops here: beyond it nobody reads the number to the unit. */
export const countLimit = 10_000;

/** A view of one owner or one definition is counted in one scan up to this many jobs. */
const scanLimit = 50_000;

type PhaseCounts = { phases: Record<UwsPhase, number>; exact: boolean };

/** Jobs per phase. Narrow views are counted whole; of wide ones each phase up to `countLimit`, one index scan each. */
export async function countByPhase(sql: Sql, filter: Omit<JobFilter, 'phases'>): Promise<PhaseCounts> {
  const isNarrow = filter.whose !== 'any' || filter.ownerId !== undefined || filter.definition !== undefined;
  return (isNarrow ? await countByScan(sql, filter) : null) ?? (await countEachPhase(sql, filter));
}

/** Null when there are too many. */
async function countByScan(sql: Sql, filter: JobFilter): Promise<PhaseCounts | null> {
  const rows = await sql<{ phase: UwsPhase; count: number }[]>`
    select phase, count(*)::int as count from (
      select phase from uws.job where ${conditions(sql, { ...filter, phases: uwsPhases })} limit ${scanLimit}) as part
    group by phase`;
  if (rows.reduce((sum, row) => sum + row.count, 0) >= scanLimit) return null;
  return { phases: phaseCounts(rows), exact: true };
}

async function countEachPhase(sql: Sql, filter: JobFilter): Promise<PhaseCounts> {
  const rows = await sql<{ phase: UwsPhase; count: number }[]>`
    select wanted.phase, counted.count from unnest(${[...uwsPhases]}::text[]) as wanted (phase)
    cross join lateral (
      select count(*)::int as count from (
        select from uws.job where job.phase = wanted.phase and ${conditions(sql, { ...filter, phases: uwsPhases })}
        limit ${countLimit}) as part) as counted`;
  return { phases: phaseCounts(rows), exact: rows.every((row) => row.count < countLimit) };
}

function phaseCounts(rows: ReadonlyArray<{ phase: UwsPhase; count: number }>): Record<UwsPhase, number> {
  const counts = new Map(rows.map((row) => [row.phase, row.count]));
  const entries = uwsPhases.map((phase) => [phase, counts.get(phase) ?? 0]);
  return Object.fromEntries(entries) as Record<UwsPhase, number>;
}

/** How many jobs a view has: exact up to `countLimit`, the planner's estimate beyond. */
export async function countAbout(sql: Sql, filter: JobFilter): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (
      select from uws.job where ${conditions(sql, filter)} limit ${countLimit}) as part`;
  const count = row?.count ?? 0;
  if (count < countLimit) return count;
  const [plan] = await sql<Record<string, Array<{ Plan: { 'Plan Rows': number } }>>[]>`
    explain (format json) select from uws.job where ${conditions(sql, filter)}`;
  const estimate = Object.values(plan ?? {})[0]?.[0]?.Plan['Plan Rows'] ?? count;
  return Math.max(count, estimate);
}
