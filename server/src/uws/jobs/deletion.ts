import type { Identity } from '../../core/auth/index.ts';
import type { Sql } from '../../core/db/index.ts';
import { jobUnknown } from '../errors.ts';
import { deleteJobTask, deletionLock } from '../run/delete-job.task.ts';
import type { Service } from '../service.ts';
import type { Job } from './job.ts';
import { jobTopic, lockJob } from './jobs.store.ts';
import { demandControl } from './jobs.ts';

const holder = 'uws.delete-job';
/** The lease outlives the moment by this, so that a busy queue is still allowed to delete. */
const spareSeconds = 86_400;

/** Deletes the job after some seconds, unless `keepJob` comes first. Returns when; asked again it counts anew. */
export async function deleteJobLater(
  service: Service,
  jobId: string,
  undoSeconds: number,
  identity: Identity,
): Promise<Date> {
  const { core } = service;
  return await core.db.transaction(async (tx) => {
    const job = await lockJob(tx, jobId);
    if (job === null) throw jobUnknown(jobId);
    demandControl(identity, job);
    const at = new Date(core.clock.now().getTime() + undoSeconds * 1000);
    const name = deletionLock(jobId);
    const lease = await core.locks.acquire(tx, name, holder, undoSeconds + spareSeconds, at.toISOString());
    if (lease === null) throw new Error(`${name} is held by another part of the program`);
    const why = `${identity.name} deleted the job.`;
    await core.queue.add(tx, deleteJobTask, { jobId, fence: lease.fence, why }, { key: jobId, runAt: at });
    await announce(service, tx, job);
    return at;
  });
}

/** Takes such a deletion back; does nothing when none is under way. Throws `uws.job-unknown` when it is too late. */
export async function keepJob(service: Service, jobId: string, identity: Identity): Promise<void> {
  const { core } = service;
  await core.db.transaction(async (tx) => {
    const job = await lockJob(tx, jobId);
    if (job === null) throw jobUnknown(jobId);
    demandControl(identity, job);
    if ((await core.locks.force(tx, deletionLock(jobId))) !== null) await announce(service, tx, job);
  });
}

/** When the job goes, as an instant; null when nobody has deleted it. */
export async function deletionOf({ core }: Service, sql: Sql, jobId: string): Promise<string | null> {
  return (await core.locks.find(sql, deletionLock(jobId)))?.note ?? null;
}

async function announce({ core }: Service, tx: Parameters<typeof lockJob>[0], job: Job): Promise<void> {
  const { definition, phase, ownerId } = job;
  await core.events.publish(tx, jobTopic, job.jobId, { definition, phase, ownerId });
}
