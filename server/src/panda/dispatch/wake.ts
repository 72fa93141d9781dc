import { setTimeout as pause } from 'node:timers/promises';
import type { Core } from '../../core/core.ts';
import { attend, type Event } from '../../core/events/index.ts';
import type { Caller } from '../front/caller.ts';
import { perCore } from '../per-core.ts';

/** Waits of pilots for their queue; nothing is published under it, this process wakes its own. */
const topic = 'panda.queue-activated';

/** Pauses between two looks of one pilot: jobs that do not fit it may come by the hundred. */
const firstPauseMs = 50;
const longestPauseMs = 2000;

/**
 * Asks until there is something, the time is over or the caller has gone. Between two looks nothing is done: a job of
 * the queue that becomes `activated` in any process wakes those who wait for it.
 */
export async function untilActivated<T>(
  core: Core,
  queue: string,
  { identity, signal }: Pick<Caller, 'identity' | 'signal'>,
  forMs: number,
  ask: () => Promise<readonly T[]>,
): Promise<T[]> {
  const deadline = performance.now() + forMs;
  const leave = followerOf(core).join();
  using waiter = core.events.waits.open(topic, queue, identity.name);
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const found = await ask();
      if (found.length > 0) return [...found];
      const end = await waiter.changed(deadline - performance.now(), signal);
      if (end !== 'changed') return [];
      if (pauseMs > firstPauseMs) await pause(pauseMs / 2, undefined, { signal }).catch(() => {});
    }
  } finally {
    leave();
  }
}

/** Reads the feed for all who wait in this process, and only while somebody does. */
class Follower {
  readonly #core: Core;
  #members = 0;
  #reading: { stop(): Promise<void> } | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Returns how to leave. From here on no activation is missed. */
  join(): () => void {
    this.#members += 1;
    this.#reading ??= attend(this.#core, {
      topics: ['panda.job'],
      take: (events) => {
        for (const queue of activatedQueues(events)) this.#core.events.waits.wake(topic, queue);
      },
      missed: 'pilots that wait are not woken for a second',
    });
    let gone = false;
    return () => {
      if (gone) return;
      gone = true;
      this.#members -= 1;
      if (this.#members === 0) void this.stop();
    };
  }

  async stop(): Promise<void> {
    const reading = this.#reading;
    this.#reading = undefined;
    await reading?.stop();
  }
}

const followerOf = perCore((core, onStop) => {
  const follower = new Follower(core);
  onStop(() => follower.stop());
  return follower;
});

function activatedQueues(events: readonly Event[]): Set<string> {
  const queues = new Set<string>();
  for (const { data } of events) {
    const { status, queue } = data as { status?: unknown; queue?: unknown };
    if (status === 'activated' && typeof queue === 'string') queues.add(queue);
  }
  return queues;
}
