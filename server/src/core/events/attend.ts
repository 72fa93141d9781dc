import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Events } from './events.ts';
import type { Event } from './feed.ts';

/** How long nothing is done after a failure: whatever failed, a database mostly, gets time to come back. */
const againMs = 1000;

/** What a part of a process wants to hear of, and what it does then. */
export interface Attention {
  /** Topics, each whole or ending in `*`. */
  topics: readonly string[];
  /** Gets the events of a moment together; the next ones come when it has ended. */
  take(events: readonly Event[], signal: AbortSignal): Promise<void> | void;
  /** For the log: what a failure means, and what makes up for it. */
  missed: string;
}

/**
 * Hands on the events from now on until it is stopped, each at least once. It goes on from where it was when the feed
 * ends it for being too slow, or fails. Events that could not be taken are not given again, since they might never be
 * taken: a schedule of the caller has to make up for them. `stop` returns when nothing is being taken any more.
 */
export function attend(
  { events, log }: { readonly events: Pick<Events, 'follow' | 'settled'>; readonly log: Log },
  attention: Attention,
): { stop(): Promise<void> } {
  const ending = new AbortController();
  const work = listen(events, log, attention, ending.signal);
  return {
    async stop() {
      ending.abort();
      await work;
    },
  };
}

async function listen(
  feed: Pick<Events, 'follow' | 'settled'>,
  log: Log,
  { topics, take, missed }: Attention,
  signal: AbortSignal,
): Promise<void> {
  const rest = async (error: unknown): Promise<void> => {
    if (signal.aborted) return;
    log.warn({ err: error }, missed);
    await pause(againMs, undefined, { signal }).catch(() => undefined);
  };
  let after = feed.settled;
  while (!signal.aborted) {
    try {
      for await (const { events, settled } of feed.follow({ topics, after, signal })) {
        if (signal.aborted) return;
        try {
          await take(events, signal);
        } catch (error) {
          await rest(error);
        }
        after = Math.max(after, settled);
      }
    } catch (error) {
      await rest(error);
    }
  }
}
