import type { Tx } from '../../core/db/index.ts';
import type { JobResult } from '../jobs/job.ts';

/** Replaces the results of a job by these, in order: collecting twice gives the same. */
export async function replaceResults(tx: Tx, jobId: string, results: readonly JobResult[]): Promise<void> {
  await tx`delete from uws.result where job_id = ${jobId}`;
  await tx`
    insert into uws.result (job_id, name, ordinal, file_name, media_type, size_bytes, hash)
    select ${jobId}, name, ordinality, "fileName", "mediaType", "sizeBytes", hash
    from rows from (jsonb_to_recordset(${JSON.stringify(results)}::text::jsonb)
      as (name text, "fileName" text, "mediaType" text, "sizeBytes" bigint, hash text)) with ordinality`;
}
