/** Steps of memory that jobs are raised by, MB per core (panda-server 1.0.3). */
const memorySteps = [1000, 2000, 3000, 4000, 6000, 8000] as const;

/** What a task says of memory in retries, MB per core. */
export interface MemoryRule {
  offset: number | null;
  step: number | null;
  max: number | null;
}

/**
 * Memory of the next attempt, MB per core: the task's own offset and step where it has them, else the next step above
 * what the job had; never more than the task allows and never less than before.
 */
export function nextMemory(before: number, attempt: number, { offset, step, max }: MemoryRule): number {
  const own = offset === null && step === null ? null : (offset ?? before) + (step ?? 0) * attempt;
  const next = own ?? memorySteps.find((one) => one > before) ?? before;
  return Math.max(before, max === null ? next : Math.min(next, max));
}

/** Memory times the number of the attempt that comes, from what the first one had; or times `factor`, from the last. */
export function timesMemory(
  before: number,
  attempt: number,
  { max }: MemoryRule,
  factor: number | null = null,
): number {
  const base = before / Math.max(1, attempt);
  const next = Math.ceil(factor === null ? base * (attempt + 1) : before * factor);
  return Math.max(before, max === null ? next : Math.min(next, max));
}
