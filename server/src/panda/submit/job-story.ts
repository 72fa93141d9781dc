import type { Sql } from '../../core/db/index.ts';
import type { JobFile } from '../jobs/file.ts';
import type { Job } from '../jobs/job.ts';

/** A job, live or final, with what happened to it. */
export interface JobStory {
  job: Job;
  files: JobFile[];
  /** Oldest first. */
  history: Array<{
    at: Date;
    status: string;
    previous: string | null;
    attempt: number;
    why: string;
    changedBy: string;
  }>;
}

export async function findJobStory(sql: Sql, jobId: number): Promise<JobStory | null> {
  const [live] = await sql<Job[]>`select * from panda.job where job_id = ${jobId}`;
  const [job] =
    live === undefined ? await sql<Job[]>`select * from panda.job_archive where job_id = ${jobId}` : [live];
  if (job === undefined) return null;
  const files = await sql<JobFile[]>`select * from panda.file where job_id = ${jobId} order by ordinal`;
  const history = await sql<JobStory['history']>`
    select at, status, previous, attempt, why, changed_by from panda.job_history where job_id = ${jobId}
    order by at, attempt`;
  return { job, files, history };
}
