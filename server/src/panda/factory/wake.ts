import { setTimeout as pause } from 'node:timers/promises';
import type { Core } from '../../core/core.ts';
import { attend, type Event } from '../../core/events/index.ts';
import { queuesOf } from '../queues/queues.ts';
import { startPilots } from './start-pilots.ts';

/** Looks at a queue again at most so often, whatever comes. */
const pauseMs = 200;

/**
 * Starts pilots as soon as jobs wait for them, in any process; returns how to stop. The web processes of an
 * installation that has workers leave it to those.
 */
export function wakeFactory(core: Core): { stop(): Promise<void> } {
  const ending = new AbortController();
  const waiting = new Map<string, 'once' | 'again'>();
  const turning = new Map<string, Promise<void>>();
  const wake = (queue: string): void => {
    if (waiting.has(queue)) waiting.set(queue, 'again');
    else turning.set(queue, turns(core, queue, waiting, ending.signal));
  };
  const attention = attend(core, {
    topics: ['panda.job', 'panda.queue'],
    async take(events) {
      for (const queue of await queuesWith(core, events)) wake(queue);
    },
    missed: 'pilots are started by the clock alone for a second',
  });
  return {
    async stop() {
      ending.abort();
      await attention.stop();
      await Promise.all(turning.values());
    },
  };
}

async function turns(
  core: Core,
  queue: string,
  waiting: Map<string, 'once' | 'again'>,
  signal: AbortSignal,
): Promise<void> {
  do {
    waiting.set(queue, 'once');
    try {
      await startPilots(core, queue);
    } catch (error) {
      if (!signal.aborted) core.log.warn({ err: error, queue }, 'pilots are started by the clock alone');
    }
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
  } while (waiting.get(queue) === 'again' && !signal.aborted);
  waiting.delete(queue);
}

/** Queues with a factory that these events may have given something to do. */
async function queuesWith(core: Core, events: readonly Event[]): Promise<string[]> {
  const named = new Set<string>();
  for (const { topic, data } of events) {
    const { status, queue } = data as { status?: unknown; queue?: unknown };
    if ((topic === 'panda.queue' || status === 'activated') && typeof queue === 'string') named.add(queue);
  }
  if (named.size === 0) return [];
  const queues = await queuesOf(core);
  return queues
    .filter(({ queue, document }) => named.has(queue) && document.pilotFactory !== undefined)
    .map(({ queue }) => queue);
}
