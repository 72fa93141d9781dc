import type { Tally } from '../jobs/tally.store.ts';
import type { JobFilter } from './request.ts';

/** A share with fewer activated jobs is read to the end in a few milliseconds. */
const largeShare = 2000;

/** The counters by queue, worked out once for each reading of them. */
const byQueue = new WeakMap<readonly Tally[], Map<string, Tally[]>>();

/**
 * Shares of a queue that hold thousands of activated jobs and, as the counters said a moment ago, none with the label
 * and the resource type that a pilot asks for. Without this each such pilot would have all of them read. A job that
 * came since is found when the counters are read again, at most ten seconds later; small shares are always read.
 */
export function hopelessShares(tally: readonly Tally[], queue: string, filter: JobFilter): string[] {
  // A processing type is not counted.
  if (filter.processingType !== null) return [];
  const shares = new Map<string, { jobs: number; fitting: number }>();
  for (const { share, label, resourceType, jobs } of activatedOf(tally, queue)) {
    const known = shares.get(share) ?? { jobs: 0, fitting: 0 };
    shares.set(share, known);
    known.jobs += jobs;
    const fits =
      filter.labels.includes(label) && (filter.resourceType === null || filter.resourceType === resourceType);
    if (fits) known.fitting += jobs;
  }
  return [...shares]
    .filter(([, { jobs, fitting }]) => jobs >= largeShare && fitting === 0)
    .map(([share]) => share);
}

function activatedOf(tally: readonly Tally[], queue: string): readonly Tally[] {
  let queues = byQueue.get(tally);
  if (queues === undefined) {
    const activated = tally.filter(({ status }) => status === 'activated');
    queues = Map.groupBy(activated, (row) => row.queue);
    byQueue.set(tally, queues);
  }
  return queues.get(queue) ?? [];
}
