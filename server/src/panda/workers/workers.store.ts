import type { Sql, Tx } from '../../core/db/index.ts';
import { finalWorkerStates, type StoredWorker, type WorkerReport } from './worker.ts';

/**
 * Makes or changes workers; what a report does not name stays. A final state younger than three hours stays too
 * (panda-server 1.0.3, updateWorkers). `reports` are of different workers, by id.
 */
export async function upsertWorkers(
  tx: Tx,
  harvesterId: string,
  reports: readonly WorkerReport[],
): Promise<StoredWorker[]> {
  const rows = reports.map(({ workerId, columns, attributes }) => ({
    workerId,
    columns: Object.fromEntries(
      Object.entries(columns).filter(
        ([name, value]) => value !== null || (name !== 'queue' && name !== 'status'),
      ),
    ),
    attributes,
  }));
  return tx<StoredWorker[]>`
    with given as materialized (
      select (e->>'workerId')::bigint as worker_id, e->'columns' as columns, e->'attributes' as attributes
      from jsonb_array_elements(${JSON.stringify(rows)}::text::jsonb) e),
    old as materialized (
      select w.worker_id, w as row_ from panda.worker w
      where harvester_id = ${harvesterId} and worker_id in (select worker_id from given)
      order by worker_id for update),
    merged as (
      select given.worker_id, given.attributes as new_attributes, (old.row_).attributes as old_attributes,
        case when (old.row_).status = any(${[...finalWorkerStates]})
            and (old.row_).modified_at > clock_timestamp() - interval '3 hours'
          then (old.row_).status else coalesce(m.status, 'submitted') end as status_now,
        m.batch_id, m.queue, m.resource_type, m.computing_element, m.node, m.cores, m.submitted_at, m.started_at,
        m.ended_at, m.sync_level, m.error_code
      from given left join old using (worker_id)
      cross join lateral jsonb_populate_record(old.row_, given.columns) m)
    insert into panda.worker as known (harvester_id, worker_id, batch_id, queue, status, resource_type,
      computing_element, node, cores, submitted_at, started_at, ended_at, sync_level, error_code, modified_at, attributes)
    select ${harvesterId}, merged.worker_id, batch_id, coalesce(queue, ''), status_now, resource_type,
      computing_element, node, cores, submitted_at, started_at, ended_at, sync_level, error_code, clock_timestamp(),
      coalesce(old_attributes, '{}') || new_attributes
    from merged order by merged.worker_id
    on conflict (harvester_id, worker_id) do update set
      batch_id = excluded.batch_id, queue = excluded.queue, status = excluded.status,
      resource_type = excluded.resource_type, computing_element = excluded.computing_element, node = excluded.node,
      cores = excluded.cores, submitted_at = excluded.submitted_at, started_at = excluded.started_at,
      ended_at = excluded.ended_at, sync_level = excluded.sync_level, error_code = excluded.error_code,
      modified_at = excluded.modified_at, attributes = excluded.attributes
    returning worker_id, status, error_code, attributes->>'diagMessage' as diagnosis`;
}

/** The jobs of each report instead of those its worker had; reports without jobs are left out. */
export async function replaceJobs(
  tx: Tx,
  harvesterId: string,
  reports: readonly WorkerReport[],
): Promise<void> {
  const rows = reports.flatMap(({ workerId, jobIds }) => jobIds.map((jobId) => ({ workerId, jobId })));
  if (rows.length === 0) return;
  const pairs = JSON.stringify(rows);
  await tx`
    with given as materialized (
      select "workerId" as worker_id, "jobId" as job_id
      from jsonb_to_recordset(${pairs}::text::jsonb) as r ("workerId" bigint, "jobId" bigint))
    delete from panda.job_worker known
    where harvester_id = ${harvesterId} and worker_id in (select worker_id from given)
      and not exists (select from given where given.worker_id = known.worker_id and given.job_id = known.job_id)`;
  await tx`
    insert into panda.job_worker (harvester_id, worker_id, job_id)
    select ${harvesterId}, "workerId", "jobId"
    from jsonb_to_recordset(${pairs}::text::jsonb) as r ("workerId" bigint, "jobId" bigint)
    order by "workerId", "jobId"
    on conflict (harvester_id, worker_id, job_id) do update set modified_at = excluded.modified_at`;
}

/** What its pilot says of a worker; a worker nobody knows is passed over, so that forged ids do nothing. */
export async function updatePilotStatus(
  sql: Sql,
  report: { harvesterId: string; workerId: number; status: 'started' | 'finished'; node: string | null },
): Promise<void> {
  const { harvesterId, workerId, status, node } = report;
  await sql`
    update panda.worker set pilot_status = ${status}, node = coalesce(${node}, node),
      pilot_started_at = case when ${status} = 'started' then clock_timestamp() else pilot_started_at end,
      pilot_ended_at = case when ${status} = 'finished' then clock_timestamp() else pilot_ended_at end
    where harvester_id = ${harvesterId} and worker_id = ${workerId}`;
}

/** The highest number of a worker that a Harvester has used; null when it has none. */
export async function findHighestWorkerId(sql: Sql, harvesterId: string): Promise<number | null> {
  const [row] = await sql<{ highest: number | null }[]>`
    select max(worker_id) as highest from panda.worker where harvester_id = ${harvesterId}`;
  return row?.highest ?? null;
}

/** Where workers stand; those that nobody knows are left out. */
export function listWorkerPlaces(
  sql: Sql,
  harvesterId: string,
  workerIds: readonly number[],
): Promise<{ workerId: number; queue: string; status: string }[]> {
  return sql`
    select worker_id, queue, status from panda.worker
    where harvester_id = ${harvesterId} and worker_id = any(${[...workerIds]}::bigint[]) order by worker_id`;
}
