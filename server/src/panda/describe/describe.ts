import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { mapInTurns } from '../../core/turns.ts';
import { listJobs } from '../api/job.store.ts';
import type { Sight } from '../api/sight.ts';
import type { JobFile } from '../jobs/file.ts';
import { listFilesOf, listSpecifications, listTaskMetadata, measureJobs } from './describe.store.ts';
import { type DescribedJob, describedJob } from './job-spec.ts';

/** Jobs of one call (panda-server 1.0.3). */
export const mostDescribed = 5500;
/** What one answer may carry: it is made in memory. */
const mostCharacters = 32 * 1024 * 1024;
const mostFiles = 100_000;

/**
 * Jobs in sight, live or final, in the order asked; null for those that there are not. Only the first 5,500 are looked
 * at. Throws `panda.answer-too-large` when there is more to say of them than one answer carries.
 */
export async function describeJobs(
  { db }: Core,
  sight: Sight,
  jobIds: readonly number[],
): Promise<Array<DescribedJob | null>> {
  const asked = jobIds.slice(0, mostDescribed);
  const jobs = await listJobs(
    db.sql,
    [...new Set(asked)].filter((jobId) => jobId > 0),
    sight,
  );
  const ids = jobs.map(({ jobId }) => jobId);
  const { characters, files } = await measureJobs(db.sql, ids);
  const times = mostOften(asked, new Set(ids));
  if (characters * times > mostCharacters || files * times > mostFiles) throw tooLarge();
  const specs = new Map((await listSpecifications(db.sql, ids)).map((spec) => [spec.jobId, spec]));
  const filesOf = Map.groupBy<number, JobFile>(await listFilesOf(db.sql, ids), ({ jobId }) => jobId);
  const described = new Map(
    await mapInTurns(jobs, (job): [number, DescribedJob] => {
      const spec = specs.get(job.jobId) ?? null;
      return [job.jobId, describedJob(job, spec, filesOf.get(job.jobId) ?? [])];
    }),
  );
  return asked.map((jobId) => described.get(jobId) ?? null);
}

/** How often that is asked for which is asked for most often: all of it is said so often. */
function mostOften(asked: readonly number[], known: ReadonlySet<number>): number {
  const counts = new Map<number, number>();
  let most = 1;
  for (const jobId of asked) {
    if (!known.has(jobId)) continue;
    const count = (counts.get(jobId) ?? 0) + 1;
    counts.set(jobId, count);
    most = Math.max(most, count);
  }
  return most;
}

function tooLarge(): AppError {
  return new AppError(
    'invalid',
    'panda.answer-too-large',
    'There is too much to say of these jobs at once.',
    {
      next: 'Ask for fewer.',
    },
  );
}

/**
 * What pilots reported beside figures for the finished users' jobs of a task, by job; what is no JSON is left out. Of
 * tasks that have more than one answer carries, that of the latest jobs.
 */
export async function describeMetadata(
  { db }: Core,
  sight: Sight,
  taskId: number,
): Promise<Record<string, unknown>> {
  const rows = await listTaskMetadata(db.sql, taskId, sight, mostCharacters);
  const read = rows.map(({ jobId, metadata }) => [String(jobId), parsed(metadata)] as const);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
