import Type from 'typebox';
import { defineTask } from '../../core/queue/index.ts';
import { destroyLocked } from '../jobs/jobs.ts';
import { serviceOf } from '../service.ts';
import { lockWithRun } from './submit.ts';

/** A deletion that can still be taken back is a lease of this name; its note is when the job goes. */
export const deletionLock = (jobId: string): string => `uws.delete-job:${jobId}`;

/** Deletes a job whose owner let the time for taking it back go by. */
export const deleteJobTask = defineTask({
  name: 'uws.delete-job',
  payload: Type.Object({ jobId: Type.String(), fence: Type.Integer(), why: Type.String() }),
  async run({ core, payload: { jobId, fence, why }, hold }) {
    const service = serviceOf(core);
    await core.db.transaction(async (tx) => {
      await hold(tx);
      // The job's row first, as whoever takes the deletion back does: one of the two comes to see the other's end.
      const job = await lockWithRun(service, tx, jobId);
      const lock = await core.locks.find(tx, deletionLock(jobId));
      if (lock?.fence !== fence) return;
      if (job !== null) await destroyLocked(service, tx, job, why);
      await core.locks.release(tx, deletionLock(jobId), fence);
    });
  },
});
