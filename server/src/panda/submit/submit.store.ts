import type { Sql, Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';
import type { SaidOfJob, SpecifiedOfJob } from './job.ts';
import { mostCounted } from './priority.ts';

/** A row of `panda.job` that is about to be written, with its specification. */
export interface JobRow
  extends SaidOfJob,
    SpecifiedOfJob,
    Pick<
      Job,
      | 'jobId'
      | 'maxAttempt'
      | 'ownerAccountId'
      | 'owner'
      | 'priority'
      | 'assignedPriority'
      | 'share'
      | 'resourceType'
      | 'hs06'
    > {
  vo: string;
  /** Stands in the history. */
  by: string;
}

/** So many new job ids, rising. */
export async function takeJobIds(tx: Tx, count: number): Promise<number[]> {
  const rows = await tx<{ jobId: number }[]>`
    select nextval('panda.job_id_seq') as job_id from generate_series(1, ${count}::int)`;
  return rows.map(({ jobId }) => jobId);
}

/** Jobs that the account has queued or running; stops counting at `mostCounted`. */
export async function countOwnerJobs(sql: Sql, accountId: number | null, owner: string): Promise<number> {
  if (accountId === null) return 0;
  const [row] = await sql<{ jobs: number }[]>`
    select count(*)::int as jobs from (
      select from panda.job where owner_account_id = ${accountId} and owner = ${owner} and label = 'user'
      limit ${mostCounted}) counted`;
  return row?.jobs ?? 0;
}

/** Writes jobs as `defined`, with their specifications and files. */
export async function insertJobs(tx: Tx, rows: readonly JobRow[]): Promise<void> {
  const jobs = JSON.stringify(rows.map(({ files: _files, attributes: _attributes, ...job }) => job));
  await tx`
    insert into panda.job (job_id, status, status_why, changed_by, attempt, max_attempt, task_id, request_id, jobset_id, name,
      queue, label, processing_type, working_group, vo, owner_account_id, owner, priority, assigned_priority, share,
      resource_type, cores, memory_mb, disk_mb, walltime_seconds, cpu_seconds, hs06, background, debug)
    select "jobId", 'defined', 'submitted by ' || by, by, attempt, "maxAttempt", "taskId", "requestId", "jobsetId", name,
      queue, label, "processingType", "workingGroup", vo, "ownerAccountId", owner, priority, "assignedPriority", share,
      "resourceType", cores, "memoryMb", "diskMb", "walltimeSeconds", "cpuSeconds", hs06, background, debug
    from jsonb_to_recordset(${jobs}::text::jsonb) as j ("jobId" bigint, by text, attempt int, "maxAttempt" int,
      "taskId" bigint, "requestId" bigint, "jobsetId" bigint, name text, queue text, label text, "processingType" text,
      "workingGroup" text, vo text, "ownerAccountId" bigint, owner text, priority int, "assignedPriority" int,
      share text, "resourceType" text, cores int, "memoryMb" int, "diskMb" int, "walltimeSeconds" int,
      "cpuSeconds" int, hs06 real, background boolean, debug boolean)`;
  const specs = JSON.stringify(
    rows.map(({ jobId, parameters, transformation, attributes }) => ({
      jobId,
      parameters,
      transformation,
      attributes,
    })),
  );
  await tx`
    insert into panda.job_spec (job_id, parameters, transformation, attributes)
    select "jobId", parameters, transformation, attributes
    from jsonb_to_recordset(${specs}::text::jsonb)
      as s ("jobId" bigint, parameters text, transformation text, attributes jsonb)`;
  await insertFiles(tx, rows);
}

async function insertFiles(tx: Tx, rows: readonly JobRow[]): Promise<void> {
  const files = rows.flatMap(({ jobId, taskId, files: list }) =>
    list.map(({ taskFile, ...file }, ordinal) => ({
      ...file,
      ...taskFile,
      jobId,
      ordinal,
      taskId: taskFile === undefined ? null : taskId,
    })),
  );
  if (files.length === 0) return;
  await tx`
    insert into panda.file (job_id, ordinal, type, lfn, scope, dataset, guid, status, size_bytes, checksum, endpoint,
      optional, attributes, task_id, task_dataset_id, task_file_id, attempt)
    select "jobId", ordinal, type, lfn, scope, dataset, guid,
      case when type in ('input', 'pseudo_input') then 'ready' else 'defined' end, "sizeBytes", checksum, endpoint,
      optional, attributes, "taskId", "taskDatasetId", "taskFileId", coalesce(attempt, 0)
    from jsonb_to_recordset(${JSON.stringify(files)}::text::jsonb) as f ("jobId" bigint, ordinal int, type text,
      lfn text, scope text, dataset text, guid text, "sizeBytes" bigint, checksum text, endpoint text,
      optional boolean, attributes jsonb, "taskId" bigint, "taskDatasetId" bigint, "taskFileId" bigint, attempt int)`;
}
