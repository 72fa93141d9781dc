import type { Endpoint } from './endpoints.ts';
import type { Queue } from './queues.store.ts';

/**
 * The queue as pilots read it: one flat object with the status that counts. What they cannot do without is filled in;
 * `pilotFactory` is between us and operators.
 */
export function flatQueue(queue: Queue): Record<string, unknown> {
  const { pilotFactory: _pilotFactory, ...document } = queue.document;
  return {
    panda_resource: queue.queue,
    state: 'ACTIVE',
    ...document,
    nickname: queue.queue,
    status: queue.status,
  };
}

/** The form pilots call schedconfig: an object keyed by queue. */
export function keyedQueue(queue: Queue): Record<string, unknown> {
  return { [queue.queue]: flatQueue(queue) };
}

export function allQueues(queues: readonly Queue[]): Record<string, unknown> {
  return Object.fromEntries(queues.map((queue) => [queue.queue, flatQueue(queue)]));
}

/** Storage keyed by endpoint. */
export function allEndpoints(endpoints: readonly Endpoint[]): Record<string, unknown> {
  return Object.fromEntries(endpoints.map(({ endpoint, document }) => [endpoint, document]));
}
