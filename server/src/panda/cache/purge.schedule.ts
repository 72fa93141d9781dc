import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { pandaSettings } from '../settings.ts';
import { deleteStale } from './cache.store.ts';
import { keeper } from './cache.ts';

const batch = 200;

/** Files go that were neither put, touched nor read for the days of the setting. Returns how many. */
export async function purgeCache(core: Core, signal?: AbortSignal): Promise<number> {
  const { keepDays } = settingsOf(core.config, 'panda', pandaSettings).cache;
  for (let purged = 0; ; ) {
    signal?.throwIfAborted();
    const count = await core.db.transaction(async (tx) => {
      const files = await deleteStale(tx, keepDays, batch);
      for (const { name, sha256 } of files) await core.files.release(tx, sha256, 'cache', keeper(name));
      return files.length;
    });
    purged += count;
    if (count < batch) return purged;
  }
}

export const purgeCacheSchedule = defineSchedule({
  name: 'panda.purge-cache',
  everySeconds: 600,
  catchUp: 'once',
  async run(core, { signal }) {
    await purgeCache(core, signal);
  },
});
