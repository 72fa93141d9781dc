import type { Sql } from '../../core/db/index.ts';
import type { ErrorSource } from '../jobs/job.ts';
import { inSight, type Sight } from './sight.ts';

export interface WorkerRow {
  harvesterId: string;
  workerId: number;
  batchId: string | null;
  queue: string;
  status: string;
  pilotStatus: string | null;
  resourceType: string | null;
  computingElement: string | null;
  node: string | null;
  cores: number | null;
  submittedAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
  modifiedAt: Date;
  errorCode: number | null;
  jobs: number;
}

export interface WorkerFilter {
  queue?: string;
  queues?: readonly string[];
  harvester?: string;
  statuses?: readonly string[];
  /** Machine, without a slot. */
  host?: string;
}

/** A place in the order of the list. */
export interface WorkerPlace {
  modifiedAt: Date;
  harvesterId: string;
  workerId: number;
}

export interface WorkerFrom {
  direction: 'older' | 'newer';
  place: WorkerPlace;
}

const columns = (sql: Sql) => sql`
  harvester_id, worker_id, batch_id, queue, status, pilot_status, resource_type, computing_element, node, cores,
  submitted_at, started_at, ended_at, modified_at, error_code,
  (select count(*)::int from panda.job_worker j
   where j.harvester_id = w.harvester_id and j.worker_id = w.worker_id) as jobs`;

function conditions(sql: Sql, { queue, queues, harvester, statuses, host }: WorkerFilter) {
  const parts = [
    ...(queue === undefined ? [] : [sql`queue = ${queue}`]),
    ...(queues === undefined ? [] : [sql`queue = any(${[...queues]}::text[])`]),
    ...(harvester === undefined ? [] : [sql`harvester_id = ${harvester}`]),
    ...(statuses === undefined ? [] : [sql`status = any(${[...statuses]}::text[])`]),
    ...(host === undefined ? [] : [sql`node is not null and panda.host_of(node) = ${host}`]),
  ];
  return parts.reduce((all, part) => sql`${all} and ${part}`, sql`true`);
}

/** Last changed first. */
export async function listWorkers(
  sql: Sql,
  filter: WorkerFilter,
  limit: number,
  from?: WorkerFrom,
): Promise<WorkerRow[]> {
  const place =
    from === undefined
      ? null
      : sql`(${from.place.modifiedAt}::timestamptz, ${from.place.harvesterId}, ${from.place.workerId}::bigint)`;
  if (from?.direction === 'newer') {
    const rows = await sql<WorkerRow[]>`
      select ${columns(sql)} from panda.worker w
      where ${conditions(sql, filter)} and (modified_at, harvester_id, worker_id) > ${place}
      order by modified_at, harvester_id, worker_id limit ${limit}`;
    return [...rows].reverse();
  }
  const before = place === null ? sql`` : sql`and (modified_at, harvester_id, worker_id) < ${place}`;
  return await sql<WorkerRow[]>`
    select ${columns(sql)} from panda.worker w where ${conditions(sql, filter)} ${before}
    order by modified_at desc, harvester_id desc, worker_id desc limit ${limit}`;
}

/** As the planner guesses. */
export async function guessWorkers(sql: Sql, filter: WorkerFilter): Promise<number> {
  const [plan] = await sql<Record<string, Array<{ Plan: { 'Plan Rows': number } }>>[]>`
    explain (format json) select from panda.worker w where ${conditions(sql, filter)}`;
  return Object.values(plan ?? {})[0]?.[0]?.Plan['Plan Rows'] ?? 0;
}

export interface FoundWorker extends WorkerRow {
  attributes: Record<string, unknown>;
  pilotStartedAt: Date | null;
  pilotEndedAt: Date | null;
  syncedAt: Date | null;
  syncLevel: number | null;
}

export async function findWorker(
  sql: Sql,
  harvesterId: string,
  workerId: number,
): Promise<FoundWorker | null> {
  const [row] = await sql<FoundWorker[]>`
    select ${columns(sql)}, attributes, pilot_started_at, pilot_ended_at, synced_at, sync_level from panda.worker w
    where harvester_id = ${harvesterId} and worker_id = ${workerId}`;
  return row ?? null;
}

export interface WorkerJob {
  jobId: number;
  status: string;
  errorSource: ErrorSource | null;
  errorCode: number | null;
  diag: string | null;
  failedByWorker: boolean;
}

/** Its jobs in sight, last first; with what task buffer error 300 stands for (worker-jobs.store.ts). */
export function listWorkerJobs(
  sql: Sql,
  harvesterId: string,
  workerId: number,
  sight: Sight,
): Promise<WorkerJob[]> {
  const outline = sql`
    job_id, status, error_source, error_code, left(errors->error_source->>'diag', 300) as diag,
    coalesce(errors->'taskBuffer'->>'code' = '300', false) as failed_by_worker`;
  return sql<WorkerJob[]>`
    with ran as materialized (
      select job_id, modified_at from panda.job_worker
      where harvester_id = ${harvesterId} and worker_id = ${workerId} order by modified_at desc limit 1000),
    found as (
      select ${outline} from panda.job where job_id in (select job_id from ran) and ${inSight(sql, sight)}
      union all
      select ${outline} from panda.job_archive where job_id in (select job_id from ran) and ${inSight(sql, sight)})
    select found.* from found join ran using (job_id) order by ran.modified_at desc, job_id desc limit 200`;
}
