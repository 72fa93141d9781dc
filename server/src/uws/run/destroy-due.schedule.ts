import type { Core } from '../../core/core.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { listDoomed, lockJob } from '../jobs/jobs.store.ts';
import { destroyLocked } from '../jobs/jobs.ts';
import { serviceOf } from '../service.ts';

const batchJobs = 200;

/** Destroys jobs whose time has come; one transaction each, so that a bad one holds up no other. */
export const destroyDueSchedule = defineSchedule({
  name: 'uws.destroy-due',
  everySeconds: 30,
  catchUp: 'once',
  maxSeconds: 300,
  run: (core, { signal }) => destroyDue(core, signal),
});

/** Returns how many jobs were destroyed. */
export async function destroyDue(core: Core, signal?: AbortSignal): Promise<number> {
  const service = serviceOf(core);
  let destroyed = 0;
  for (;;) {
    const now = core.clock.now();
    const jobIds = await listDoomed(core.db.sql, now, batchJobs);
    let here = 0;
    for (const jobId of jobIds) {
      if (signal?.aborted === true) return destroyed;
      here += await core.db.transaction(async (tx) => {
        const job = await lockJob(tx, jobId);
        // The owner may have moved the time since the list was read.
        if (job?.destructionAt == null || job.destructionAt > now) return 0;
        await destroyLocked(service, tx, job, 'Its destruction time has come.');
        return 1;
      });
    }
    destroyed += here;
    if (jobIds.length < batchJobs || here === 0) return destroyed;
  }
}
