import type { Sql, Tx } from '../../core/db/index.ts';
import type { JobFile } from '../jobs/file.ts';
import type { Job } from '../jobs/job.ts';
import type { JudgedFile } from './judge.ts';

/** A final report that waits, with its job and everything its outcome depends on. */
export interface Waiting {
  job: Job;
  files: readonly JobFile[];
  attributes: Readonly<Record<string, unknown>>;
  state: 'finished' | 'failed';
  report: string;
  receivedAt: Date;
  metadata: string | null;
  nEvents: number | null;
  hasLostInputs: boolean;
}

export interface ReportKey {
  jobId: number;
  attempt: number;
}

type Row = Omit<Waiting, 'job' | 'files'> & { jobId: number };

/**
 * The reports of this list that a job waits for: it is live, at that attempt, and not waiting for a merge. In a
 * transaction with `lock` the jobs stay as they are until it ends.
 */
export async function listWaiting(
  sql: Sql | Tx,
  keys: readonly ReportKey[],
  lock = false,
): Promise<Waiting[]> {
  if (keys.length === 0) return [];
  const jobs = await sql<Job[]>`
    select j.* from panda.job j
    join unnest(${keys.map(({ jobId }) => jobId)}::bigint[], ${keys.map(({ attempt }) => attempt)}::int[])
      as k (job_id, attempt) using (job_id, attempt)
    where j.status <> 'merging' order by j.job_id ${lock ? sql`for update of j` : sql``}`;
  if (jobs.length === 0) return [];
  const jobIds = jobs.map(({ jobId }) => jobId);
  const rows = await sql<Row[]>`
    select j.job_id, s.attributes, r.state, r.report, r.received_at, h.n_events, m.content as metadata,
      exists (select from panda.file f join panda.task_file t using (task_dataset_id, task_file_id)
        where f.job_id = j.job_id and f.type in ('input', 'pseudo_input') and t.attempt <> f.attempt) as has_lost_inputs
    from panda.job j
    join panda.output_report r using (job_id, attempt)
    join panda.job_spec s using (job_id)
    left join panda.heartbeat h using (job_id)
    left join panda.job_text m on m.job_id = j.job_id and m.kind = 'metadata'
    where j.job_id = any(${jobIds}::bigint[])`;
  const files = await sql<JobFile[]>`
    select * from panda.file where job_id = any(${jobIds}::bigint[]) order by job_id, ordinal, file_id`;
  const rowOf = new Map(rows.map((row) => [row.jobId, row]));
  const filesOf = Map.groupBy(files, ({ jobId }) => jobId);
  return jobs.flatMap((job) => {
    const row = rowOf.get(job.jobId);
    return row === undefined ? [] : [{ ...row, job, files: filesOf.get(job.jobId) ?? [] }];
  });
}

/** Writes what reports said of files; files without an id are new. */
export async function storeFiles(tx: Tx, files: readonly JudgedFile[]): Promise<void> {
  const changed = files.filter(({ changed: isChanged }) => isChanged);
  if (changed.length === 0) return;
  const rows = JSON.stringify(changed);
  await tx`
    with given as (
      select * from jsonb_to_recordset(${rows}::text::jsonb) as n ("jobId" bigint, "fileId" bigint, ordinal int,
        type text, lfn text, scope text, dataset text, guid text, status text, "sizeBytes" bigint, checksum text,
        endpoint text, surl text, "nEvents" bigint, optional boolean, attributes jsonb, "taskId" bigint,
        "taskDatasetId" bigint, "taskFileId" bigint, attempt int)),
    made as (
      insert into panda.file (job_id, ordinal, type, lfn, scope, dataset, guid, status, size_bytes, checksum, endpoint,
        surl, n_events, optional, attributes, task_id, task_dataset_id, task_file_id, attempt)
      select "jobId", ordinal, type, lfn, scope, dataset, guid, status, "sizeBytes", checksum, endpoint, surl, "nEvents",
        optional, attributes, "taskId", "taskDatasetId", "taskFileId", attempt
      from given where "fileId" is null)
    update panda.file f set lfn = n.lfn, guid = n.guid, status = n.status, size_bytes = n."sizeBytes",
      checksum = n.checksum, endpoint = n.endpoint, surl = n.surl, n_events = n."nEvents"
    from given n where f.job_id = n."jobId" and f.file_id = n."fileId"`;
}

/** Numbers and sizes of outputs, and the end of the job where the pilot told none. */
export async function noteOutputs(
  tx: Tx,
  notes: ReadonlyArray<{ jobId: number; files: number; bytes: number; clearsErrors: boolean }>,
): Promise<void> {
  if (notes.length === 0) return;
  await tx`
    update panda.job j set ended_at = coalesce(j.ended_at, clock_timestamp()), reported = false,
      facts = coalesce(j.facts, '{}') || jsonb_build_object('nOutputDataFiles', n.files::text, 'outputFileBytes', n.bytes::text),
      errors = case when n."clearsErrors" then nullif(j.errors - 'jobDispatcher', '{}') else j.errors end
    from jsonb_to_recordset(${JSON.stringify(notes)}::text::jsonb)
      as n ("jobId" bigint, files int, bytes bigint, "clearsErrors" boolean)
    where j.job_id = n."jobId"`;
}

/** The plugin could not yet: the report stays. */
export async function notePostponed(
  tx: Tx,
  reports: ReadonlyArray<ReportKey & { problem: string }>,
): Promise<void> {
  if (reports.length === 0) return;
  await tx`
    update panda.output_report r set tries = r.tries + 1, problem = p.problem
    from jsonb_to_recordset(${JSON.stringify(reports)}::text::jsonb) as p ("jobId" bigint, attempt int, problem text)
    where r.job_id = p."jobId" and r.attempt = p.attempt`;
}

/** These reports have been dealt with, or nobody waits for them. */
export async function deleteReports(tx: Tx, keys: readonly ReportKey[]): Promise<void> {
  if (keys.length === 0) return;
  await tx`
    delete from panda.output_report r
    using unnest(${keys.map(({ jobId }) => jobId)}::bigint[], ${keys.map(({ attempt }) => attempt)}::int[])
      as k (job_id, attempt)
    where r.job_id = k.job_id and r.attempt = k.attempt`;
}

/**
 * Reports that nobody has dealt with for so long, by job after `after`. Those that a plugin lets wait have tasks of their
 * own, and an additional run of them does no harm.
 */
export async function listForgotten(
  sql: Sql,
  seconds: number,
  after: number,
  limit: number,
): Promise<ReportKey[]> {
  return await sql<ReportKey[]>`
    select job_id, attempt from panda.output_report
    where received_at < clock_timestamp() - make_interval(secs => ${seconds}) and tries = 0 and job_id > ${after}
    order by job_id limit ${limit}`;
}
