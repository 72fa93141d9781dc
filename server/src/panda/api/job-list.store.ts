import type { Sql } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';
import type { Direction } from './cursor.ts';
import {
  along,
  conditions,
  type Fragment,
  type JobFilter,
  type JobTable,
  type Leads,
  leadsOf,
  startsWith,
} from './job-filter.ts';

/** What lists show of a job. */
export type JobRow = Pick<
  Job,
  | 'jobId'
  | 'name'
  | 'status'
  | 'statusSince'
  | 'subStatus'
  | 'taskId'
  | 'queue'
  | 'owner'
  | 'ownerAccountId'
  | 'vo'
  | 'workingGroup'
  | 'label'
  | 'processingType'
  | 'share'
  | 'resourceType'
  | 'cores'
  | 'priority'
  | 'attempt'
  | 'maxAttempt'
  | 'node'
  | 'createdAt'
  | 'startedAt'
  | 'endedAt'
  | 'modifiedAt'
  | 'reported'
  | 'errors'
  | 'errorSource'
  | 'errorCode'
> & {
  /** When its pilot was last heard of; null = never, or final. */
  heardAt: Date | null;
};

/**
 * Rows that one statement looks at; those it does not want cost as much as those it does. Live jobs lie together and
 * have few indexes, since each would be written with every change of a state.
 */
export const chunkRows: Readonly<Record<JobTable, number>> = { live: 100_000, archive: 20_000 };
/** Up to so many jobs are taken together and sorted, instead of looking for them along the job ids. */
const fewJobs = 5000;

export interface Walk {
  table: JobTable;
  direction: Direction;
  limit: number;
  /** Jobs beyond this one, in the direction of the walk; undefined = from the end. */
  from?: number;
  /** Ids outside are of jobs that were made at other times. */
  lowest?: number;
  highest?: number;
  /** Rows that one statement looks at. */
  chunk: number;
  /** `performance.now()` at which the walk gives up. */
  untilMs: number;
}

export interface Found {
  /** In the order of the walk. */
  rows: JobRow[];
  /** The job up to which all were looked at; null = there is nothing further that way. */
  reached: number | null;
}

/** Jobs of one table that meet the filter, along the job ids, until there are enough or the time is over. */
export async function walkJobs(sql: Sql, filter: JobFilter, walk: Walk): Promise<Found> {
  const few = walk.table === 'archive' ? await fewLead(sql, filter) : null;
  if (few !== null) {
    const rows = await readChunk(sql, filter, walk, [few.lead], walk.from, fewJobs);
    return { rows, reached: rows.length < walk.limit ? null : (rows.at(-1)?.jobId ?? null) };
  }
  const leads = leadsOf(sql, walk.table, filter);
  const rows: JobRow[] = [];
  let from = walk.from;
  for (;;) {
    const found = await readChunk(
      sql,
      filter,
      { ...walk, limit: walk.limit - rows.length },
      leads,
      from,
      walk.chunk,
    );
    rows.push(...found);
    if (rows.length >= walk.limit) return { rows, reached: rows.at(-1)?.jobId ?? null };
    const reached = await endOfChunk(sql, walk, leads, from);
    if (reached === null || performance.now() >= walk.untilMs) return { rows, reached };
    from = reached;
  }
}

/** Kept apart by `offset 0`: such a condition has an index of its own, and its jobs are sorted afterwards. */
async function fewLead(sql: Sql, filter: JobFilter): Promise<{ lead: Fragment } | null> {
  const leads: Fragment[] = [];
  if (filter.namePrefix !== undefined) leads.push(startsWith(sql, filter.namePrefix));
  // What changed last changed before it came into the archive.
  if (filter.modifiedAfter !== undefined) leads.push(sql`archived_at >= ${filter.modifiedAfter}`);
  for (const lead of leads) {
    const [row] = await sql<[{ count: number }]>`
      select count(*)::int as count from (select from panda.job_archive where ${lead} limit ${fewJobs + 1}) part`;
    if (row.count <= fewJobs)
      return { lead: sql`job_id in (select job_id from panda.job_archive where ${lead} offset 0)` };
  }
  return null;
}

function place(sql: Sql, { direction, lowest, highest }: Walk, from: number | undefined): Fragment {
  const parts = [
    ...(from === undefined ? [] : [direction === 'older' ? sql`job_id < ${from}` : sql`job_id > ${from}`]),
    ...(lowest === undefined ? [] : [sql`job_id >= ${lowest}`]),
    ...(highest === undefined ? [] : [sql`job_id <= ${highest}`]),
  ];
  return parts.reduce((all, part) => sql`${all} and ${part}`, sql`true`);
}

const order = (sql: Sql, direction: Direction) => (direction === 'older' ? sql`job_id desc` : sql`job_id`);
const tableName = (sql: Sql, table: JobTable) => (table === 'live' ? sql`panda.job` : sql`panda.job_archive`);

function readChunk(
  sql: Sql,
  filter: JobFilter,
  walk: Walk,
  leads: Leads,
  from: number | undefined,
  rows: number,
): Promise<JobRow[]> {
  const { table, direction, limit } = walk;
  const heardAt =
    table === 'live'
      ? sql`(select at from panda.heartbeat where heartbeat.job_id = part.job_id)`
      : sql`null::timestamptz`;
  return sql<JobRow[]>`
    select job_id, name, status, status_since, sub_status, task_id, queue, owner, owner_account_id, vo, working_group,
      label, processing_type, share, resource_type, cores, priority, attempt, max_attempt, node, created_at, started_at,
      ended_at, modified_at, reported, errors, error_source, error_code, ${heardAt} as heard_at
    from ${along(sql, table, leads, { where: place(sql, walk, from), order: order(sql, direction), limit: rows })} part
    where ${conditions(sql, filter)} order by ${order(sql, direction)} limit ${limit}`;
}

/** The last job a chunk looked at; null when it came to the end. */
async function endOfChunk(
  sql: Sql,
  walk: Walk,
  leads: Leads,
  from: number | undefined,
): Promise<number | null> {
  const { table, direction, chunk } = walk;
  const [row] = await sql<{ jobId: number }[]>`
    select job_id from ${along(sql, table, leads, { where: place(sql, walk, from), order: order(sql, direction), limit: chunk })} part
    order by ${order(sql, direction)} offset ${chunk - 1} limit 1`;
  return row?.jobId ?? null;
}

/** Ids are given out in the order of time, but a transaction may be so much later than its ids. */
const slackMs = 3_600_000;

/** The id of the first job made at `at` or after, less or more what may be out of order; found by halving. */
export async function idNear(sql: Sql, at: Date, side: 'below' | 'above'): Promise<number> {
  const wanted = new Date(at.getTime() + (side === 'below' ? -slackMs : slackMs));
  const [last] = await sql<[{ id: number }]>`select last_value::float8 as id from panda.job_id_seq`;
  let low = 1;
  let high = last.id + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [next] = await sql<{ jobId: number; createdAt: Date }[]>`
      select job_id, created_at from (
        (select job_id, created_at from panda.job where job_id >= ${middle} order by job_id limit 1)
        union all
        (select job_id, created_at from panda.job_archive where job_id >= ${middle} order by job_id limit 1)) next
      order by job_id limit 1`;
    if (next === undefined || next.createdAt >= wanted) high = middle;
    else low = next.jobId + 1;
  }
  return low;
}

/** When a job was made; null when there is none of that number. */
export async function madeAt(sql: Sql, jobId: number): Promise<Date | null> {
  const [row] = await sql<{ createdAt: Date }[]>`
    select created_at from panda.job where job_id = ${jobId}
    union all select created_at from panda.job_archive where job_id = ${jobId} limit 1`;
  return row?.createdAt ?? null;
}

/** How many jobs a view has, as the planner guesses; it reads none of them. */
export async function guessCount(sql: Sql, filter: JobFilter, tables: readonly JobTable[]): Promise<number> {
  let sum = 0;
  for (const table of tables) {
    const [plan] = await sql<Record<string, Array<{ Plan: { 'Plan Rows': number } }>>[]>`
      explain (format json) select from ${tableName(sql, table)} where ${conditions(sql, filter)}`;
    sum += Object.values(plan ?? {})[0]?.[0]?.Plan['Plan Rows'] ?? 0;
  }
  return sum;
}
