import { availableParallelism } from 'node:os';
import { entriesOf, readInteger } from '../front/values.ts';
import type { Queue } from '../queues/queues.store.ts';

/**
 * The most cores that a job may ask for to be given to a pilot of the queue; 0 = no matter. `corecount` is what a pilot
 * has; zero, -1 and none mean any (the core rule of panda-server's brokerage, which jobs that name their queue never
 * meet). Pilots that this server starts on its own machine have no more than that has.
 */
export function mostCoresOf(queue: Pick<Queue, 'document'> | null): number {
  if (queue === null) return 0;
  const given = new Map(entriesOf(queue.document));
  const cores = readInteger(given.get('corecount')) ?? 0;
  if (cores > 0) return cores;
  const factory = given.get('pilotFactory');
  if (factory === undefined || factory === null) return 0;
  const backend = new Map(entriesOf(factory)).get('backend') ?? 'local';
  return backend === 'local' ? availableParallelism() : 0;
}
