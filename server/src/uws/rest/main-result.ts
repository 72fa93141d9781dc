import type { JobResult } from '../jobs/job.ts';

/** What the program printed is kept as results as well, but nobody asked for it. */
const logs = new Set(['stdout', 'stderr']);

/**
 * The result a synchronous caller is led to: the one named `result`, otherwise the first. Results are kept in the
 * order of the definition, so that is the first it generates, or the only one. Null = nothing but logs.
 */
export function mainResult(results: readonly JobResult[]): JobResult | null {
  const made = results.filter((result) => !logs.has(result.name));
  return made.find((result) => result.name === 'result') ?? made[0] ?? null;
}
