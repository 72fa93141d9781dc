import { partRemoved, partUnknown } from '../errors.ts';
import type { Job, JobResult } from '../jobs/job.ts';

const logs = ['stdout', 'stderr'];

/** The result of this name. Throws `missing`; `gone` for one that an archived job had. */
export function resultNamed(job: Job, name: string): JobResult {
  const result = job.results.find((each) => each.name === name);
  if (result !== undefined) return result;
  if (wasRemoved(job, name)) throw partRemoved(`result ${name}`);
  throw partUnknown(`result ${name}`);
}

/** Did archiving the job take this result away? */
export function wasRemoved(job: Job, name: string): boolean {
  if (job.phase !== 'ARCHIVED') return false;
  return logs.includes(name) || job.removedResults.some((result) => result.name === name);
}
