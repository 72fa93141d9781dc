import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { messageOf } from '../../core/errors.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { archiveLocked } from '../jobs/archive.ts';
import { type DuePlace, listDestructionDue, listRemovalDue, lockJob } from '../jobs/jobs.store.ts';
import { destroyLocked } from '../jobs/jobs.ts';
import { type Service, serviceOf } from '../service.ts';
import { lockWithRun } from './submit.ts';

const batchJobs = 200;
/** Transactions at a time: each of them waits for the disk most of its time. */
const atOnce = 4;

/** Archives or destroys jobs whose time has come, and removes archived ones whose time is over as well. */
export const destroyDueSchedule = defineSchedule({
  name: 'uws.destroy-due',
  everySeconds: 30,
  catchUp: 'once',
  maxSeconds: 300,
  run: (core, { signal }) => destroyDue(core, signal),
});

/** Returns how many jobs were archived or destroyed. Killed in between, the next call goes on where it was. */
export async function destroyDue(core: Core, signal?: AbortSignal): Promise<number> {
  const service = serviceOf(core);
  const now = core.clock.now();
  const ended = await eachDue(service, now, listDestructionDue, signal, async (tx, jobId) => {
    const job = await lockWithRun(service, tx, jobId);
    // The owner may have moved the time since the list was read.
    if (job?.destructionAt == null || job.destructionAt > now || job.phase === 'ARCHIVED') return false;
    const why = 'Its destruction time has come.';
    if (service.settings.archive) await archiveLocked(service, tx, job, 'server', why);
    else await destroyLocked(service, tx, job, why);
    return true;
  });
  const removed = await eachDue(service, now, listRemovalDue, signal, async (tx, jobId) => {
    const job = await lockJob(tx, jobId);
    if (job?.removeAt == null || job.removeAt > now) return false;
    await destroyLocked(service, tx, job, 'It was archived long enough.');
    return true;
  });
  return ended + removed;
}

/** One transaction for each job, the longest due first; one that fails is logged and holds up no other. */
async function eachDue(
  { core }: Service,
  now: Date,
  list: typeof listDestructionDue,
  signal: AbortSignal | undefined,
  act: (tx: Tx, jobId: string) => Promise<boolean>,
): Promise<number> {
  const end = async (jobId: string): Promise<boolean> => {
    try {
      return await core.db.transaction((tx) => act(tx, jobId));
    } catch (error) {
      core.log.warn({ jobId, reason: messageOf(error) }, 'a job past its time could not be ended');
      return false;
    }
  };
  let count = 0;
  let from: DuePlace | null = null;
  for (;;) {
    const due: DuePlace[] = await list(core.db.sql, now, batchJobs, from);
    for (let at = 0; at < due.length; at += atOnce) {
      if (signal?.aborted === true) return count;
      const outcomes = await Promise.all(due.slice(at, at + atOnce).map(({ jobId }) => end(jobId)));
      count += outcomes.filter((ended) => ended).length;
    }
    from = due.at(-1) ?? null;
    if (from === null || due.length < batchJobs) return count;
  }
}
