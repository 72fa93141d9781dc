import { defineSchedule } from '../../core/schedule/index.ts';
import { listObservatories } from '../observatory/observatory.ts';
import { claimDue, forgetOthers } from './mirror.store.ts';
import { refreshMirrorTask } from './refresh.task.ts';

/** Upstream servers are asked when their time has come; each by one task, whatever the number of processes. */
export const refreshMirrorsSchedule = defineSchedule({
  name: 'crds.refresh-mirrors',
  everySeconds: 5,
  catchUp: 'skip',
  async run(core) {
    const mirrors = (await listObservatories(core.db.sql))
      .map(({ observatory, settings: { mirror } }) => ({ observatory, ...mirror }))
      .filter(({ upstream }) => upstream !== '');
    await core.db.transaction(async (tx) => {
      await forgetOthers(
        tx,
        mirrors.map(({ observatory }) => observatory),
      );
      for (const observatory of await claimDue(tx, mirrors)) {
        await core.queue.add(
          tx,
          refreshMirrorTask,
          { observatory },
          { key: observatory, dedupe: observatory },
        );
      }
    });
  },
});
