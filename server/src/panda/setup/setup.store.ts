import type { Sql, Tx } from '../../core/db/index.ts';
import type { JobFile } from '../jobs/file.ts';
import type { Job } from '../jobs/job.ts';
import type { JobToSetUp, Setup } from './plugin.ts';

type Spec = Pick<JobToSetUp, 'parameters' | 'transformation' | 'attributes'> & { jobId: number };

/** Jobs of this list that still wait for their setup. In a transaction with `lock` they stay so until it ends. */
export async function listDefined(
  sql: Sql | Tx,
  jobIds: readonly number[],
  lock = false,
): Promise<JobToSetUp[]> {
  const jobs = await sql<Job[]>`
    select * from panda.job where job_id = any(${jobIds}::bigint[]) and status = 'defined'
    order by job_id ${lock ? sql`for update` : sql``}`;
  return await withSpecs(sql, jobs);
}

/** Adds specifications and files to jobs. */
export async function withSpecs(sql: Sql | Tx, jobs: readonly Job[]): Promise<JobToSetUp[]> {
  if (jobs.length === 0) return [];
  const found = jobs.map(({ jobId }) => jobId);
  const specs = await sql<Spec[]>`
    select job_id, parameters, transformation, attributes from panda.job_spec where job_id = any(${found}::bigint[])`;
  const files = await sql<JobFile[]>`
    select * from panda.file where job_id = any(${found}::bigint[]) order by job_id, ordinal`;
  const specOf = new Map(specs.map((spec) => [spec.jobId, spec]));
  const filesOf = Map.groupBy(files, ({ jobId }) => jobId);
  return jobs.flatMap((job) => {
    const spec = specOf.get(job.jobId);
    return spec === undefined ? [] : [{ ...spec, job, files: filesOf.get(job.jobId) ?? [] }];
  });
}

/** The files as the plugin left them. */
export function changedFiles({ files }: JobToSetUp, setup: Setup): JobFile[] {
  return files.map((file) => ({ ...file, ...setup.files.get(file.fileId) }));
}

export async function updateFiles(tx: Tx, files: readonly JobFile[]): Promise<void> {
  if (files.length === 0) return;
  const rows = files.map(({ jobId, fileId, guid, endpoint, status, attributes }) => ({
    jobId,
    fileId,
    guid,
    endpoint,
    status,
    attributes,
  }));
  await tx`
    update panda.file f set guid = n.guid, endpoint = n.endpoint, status = n.status, attributes = n.attributes
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      as n ("jobId" bigint, "fileId" bigint, guid text, endpoint text, status text, attributes jsonb)
    where f.job_id = n."jobId" and f.file_id = n."fileId"`;
}

/** Stores what pilots will get for these jobs. */
export async function storeDocuments(
  tx: Tx,
  documents: ReadonlyArray<{ jobId: number; document: Record<string, unknown> }>,
): Promise<void> {
  if (documents.length === 0) return;
  await tx`
    update panda.job_spec s set document = d.document
    from unnest(${documents.map(({ jobId }) => jobId)}::bigint[],
      ${documents.map(({ document }) => JSON.stringify(document))}::text[]) as d (job_id, document)
    where s.job_id = d.job_id`;
}

export async function moveJobs(
  tx: Tx,
  moves: ReadonlyArray<{ jobId: number; status: string; why: string }>,
  by: string,
): Promise<void> {
  if (moves.length === 0) return;
  await tx`
    update panda.job j set status = m.status, status_why = m.why, changed_by = ${by},
      status_since = clock_timestamp(), modified_at = clock_timestamp()
    from unnest(${moves.map(({ jobId }) => jobId)}::bigint[], ${moves.map(({ status }) => status)}::text[],
      ${moves.map(({ why }) => why)}::text[]) as m (job_id, status, why)
    where j.job_id = m.job_id`;
}
