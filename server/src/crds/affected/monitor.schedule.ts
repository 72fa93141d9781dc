import { defineSchedule } from '../../core/schedule/index.ts';
import { listObservatories } from '../observatory/observatory.ts';
import { endAbandonedRuns } from './abandoned.ts';
import { lookAtContext } from './monitor.ts';

/** Finds changes of the latest context whose event nobody heard, and comparisons that nobody goes on with. */
export const affectedMonitor = defineSchedule({
  name: 'crds.affected-monitor',
  everySeconds: 60,
  catchUp: 'skip',
  async run(core, { signal }) {
    for (const { observatory } of await listObservatories(core.db.sql)) {
      signal.throwIfAborted();
      await lookAtContext(core, observatory);
    }
    await endAbandonedRuns(core);
  },
});
