import type { Sql } from '../../core/db/index.ts';
import type { Specification } from '../api/job.store.ts';
import { inSight, type Sight } from '../api/sight.ts';
import type { JobFile } from '../jobs/file.ts';

/** How much there is to say of jobs: characters of what users and pilots wrote, and files. */
export async function measureJobs(
  sql: Sql,
  jobIds: readonly number[],
): Promise<{ characters: number; files: number }> {
  const ids = [...jobIds];
  const [row] = await sql<[{ characters: number; files: number }]>`
    select
      (select coalesce(sum(octet_length(parameters) + pg_column_size(attributes)), 0)
        from panda.job_spec where job_id = any(${ids}::bigint[]))::float8
      + (select coalesce(sum(octet_length(content)), 0) from panda.job_text
        where kind = 'metadata' and job_id = any(${ids}::bigint[]))::float8 as characters,
      (select count(*)::float8 from panda.file where job_id = any(${ids}::bigint[])) as files`;
  return row;
}

export interface SpecificationRow extends Specification {
  jobId: number;
  /** What the pilot reported beside figures; JSON as a rule. */
  metadata: string | null;
}

/** Specifications of jobs, live or final, in no order. */
export function listSpecifications(sql: Sql, jobIds: readonly number[]): Promise<SpecificationRow[]> {
  return sql<SpecificationRow[]>`
    select s.job_id, s.parameters, s.transformation, s.attributes, t.content as metadata
    from panda.job_spec s left join panda.job_text t on t.job_id = s.job_id and t.kind = 'metadata'
    where s.job_id = any(${[...jobIds]}::bigint[])`;
}

/** Files of jobs, in the order in which each job names them. */
export function listFilesOf(sql: Sql, jobIds: readonly number[]): Promise<JobFile[]> {
  return sql<JobFile[]>`
    select * from panda.file where job_id = any(${[...jobIds]}::bigint[]) order by job_id, ordinal`;
}

/** Metadata of the finished users' jobs of a task that are in sight, the latest jobs first, so many bytes at most. */
export function listTaskMetadata(
  sql: Sql,
  taskId: number,
  sight: Sight,
  mostBytes: number,
): Promise<Array<{ jobId: number; metadata: string }>> {
  return sql<Array<{ jobId: number; metadata: string }>>`
    with finished as materialized (
      select job_id from panda.job_archive
      where task_id = ${taskId} and status = 'finished' and label = 'user' and ${inSight(sql, sight)}),
    measured as (
      select job_id, sum(octet_length(content)) over (order by job_id desc) as so_far
      from panda.job_text join finished using (job_id) where kind = 'metadata')
    select job_id, content as metadata from measured join panda.job_text using (job_id)
    where kind = 'metadata' and so_far <= ${mostBytes} order by job_id`;
}
