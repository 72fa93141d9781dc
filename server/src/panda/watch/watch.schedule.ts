import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { pandaSettings } from '../settings.ts';
import { act } from './act.ts';
import { lockLate } from './late.store.ts';
import { pilotLimits, type TimeLimit, waitingLimits } from './limits.ts';

const batchJobs = 500;

/** Jobs that a pilot holds, or has told the end of (the Watcher of the daemon's copyArchive). */
export const watchPilotsSchedule = defineSchedule({
  name: 'panda.watcher',
  everySeconds: 120,
  catchUp: 'once',
  maxSeconds: 600,
  run: (core, { signal }) => watchLimits(core, pilotLimits, signal),
});

/** Jobs that wait (the time-outs of the daemon's copyArchive). */
export const watchWaitingSchedule = defineSchedule({
  name: 'panda.copy-archive',
  everySeconds: 600,
  catchUp: 'once',
  maxSeconds: 600,
  run: (core, { signal }) => watchLimits(core, waitingLimits, signal),
});

/**
 * Does with every job that is past one of these limits what the limit says, some hundred of them in a transaction;
 * returns how many there were.
 */
export async function watchLimits(
  core: Core,
  limits: readonly TimeLimit[],
  signal?: AbortSignal,
): Promise<number> {
  const settings = settingsOf(core.config, 'panda', pandaSettings).watch;
  let all = 0;
  for (const limit of limits) {
    for (;;) {
      if (signal?.aborted === true) return all;
      const found = await core.db.transaction(async (tx) => {
        const late = await lockLate(tx, limit, settings, batchJobs);
        if (late.length > 0) await act(core, tx, limit, settings, late);
        return late.length;
      });
      all += found;
      if (found > 0) core.events.committed();
      if (found < batchJobs) break;
    }
  }
  return all;
}
