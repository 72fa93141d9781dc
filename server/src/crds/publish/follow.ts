import { setTimeout as sleep } from 'node:timers/promises';
import type { Core } from '../../core/core.ts';
import { observatoriesOf } from '../contexts/observatory.ts';
import { perCore } from '../per-core.ts';
import { publishSoon } from './publish.task.ts';

/** Publishes a new context at once: every process hears of it, and the queue makes one task of all. */
export const startPublishing = perCore((core, onStop) => {
  const stopping = new AbortController();
  const following = follow(core, stopping.signal);
  onStop(async () => {
    stopping.abort();
    await following;
  });
  return stopping;
});

async function follow(core: Core, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { events } of core.events.follow({ topics: ['crds.context'], signal })) {
        await publishOf(core, new Set(events.map(({ key }) => key)));
      }
    } catch (error) {
      core.log.warn(
        { err: error },
        'the publication of contexts was not asked for; the schedule makes up for it',
      );
    }
    // The stream ends for followers that are too slow.
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

async function publishOf(core: Core, observatories: ReadonlySet<string>): Promise<void> {
  const all = await observatoriesOf(core);
  const wanted = all.filter(
    (one) => observatories.has(one.observatory) && one.settings.publish.folder !== '',
  );
  if (wanted.length === 0) return;
  await core.db.transaction(async (tx) => {
    for (const { observatory } of wanted) await publishSoon(core, tx, observatory);
  });
}
