import { setTimeout as sleep } from 'node:timers/promises';
import type { Core } from '../../core/core.ts';
import { perCore } from '../per-core.ts';
import { followContexts } from './monitor.ts';

const againMs = 1000;

/** Looks for affected data as soon as a latest context changes, until the service stops in this process. */
export const startAffectedMonitor = perCore((core, onStop) => {
  const stopping = new AbortController();
  const following = follow(core, stopping.signal);
  onStop(async () => {
    stopping.abort();
    await following;
  });
  return stopping;
});

/** A reader that fell behind is ended by the feed, and begins anew. */
async function follow(core: Core, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await followContexts(core, signal);
    } catch (error) {
      core.log.warn({ err: error }, 'the contexts are not followed for a moment');
    }
    await sleep(againMs, undefined, { signal }).catch(() => {});
  }
}
