import type { Core } from '../../core/core.ts';
import { mapInTurns } from '../../core/turns.ts';
import { addOutputTask } from '../adder/adder.task.ts';
import type { Caller } from '../front/caller.ts';
import { pilotVos } from '../front/pilot-vos.ts';
import { isFinalWorker, type StoredWorker, type WorkerReport } from './worker.ts';
import { maxWorkers, mergeReports, readWorker } from './worker.wire.ts';
import { type EndedWorker, tellJobsOfWorkers } from './worker-jobs.store.ts';
import { replaceJobs, upsertWorkers } from './workers.store.ts';

/** Workers that are written in one transaction. */
const together = 500;

/** A message cannot be taken as a whole; the sentence is the answer. */
export class WorkersRefused extends Error {}

/**
 * Takes what a Harvester says of its workers, and tells their jobs. One answer for each in the order given: false for
 * one that does not say which worker it is. Taking a message twice does no harm, so jobs are told in a transaction of
 * their own: dispatch holds a job while it writes a worker, and the two must not wait for each other. Throws
 * WorkersRefused for what is no list, or longer than a message may be.
 */
export async function updateWorkers(
  core: Core,
  caller: Caller,
  harvesterId: string,
  workers: unknown,
): Promise<boolean[]> {
  if (!Array.isArray(workers)) throw new WorkersRefused('workers must be a list');
  if (workers.length > maxWorkers) {
    throw new WorkersRefused(`one message may have ${maxWorkers} workers, not ${workers.length}`);
  }
  const read = await mapInTurns(workers, readWorker);
  const reports = mergeReports(read.filter((one) => one !== null));
  // Some at a time, so that the rows of a long message are not held for as long as all of it takes.
  for (let from = 0; from < reports.length; from += together) {
    await takeReports(core, caller, harvesterId, reports.slice(from, from + together));
  }
  return read.map((one) => one !== null);
}

async function takeReports(
  core: Core,
  caller: Caller,
  harvesterId: string,
  reports: readonly WorkerReport[],
): Promise<void> {
  const stored = await core.db.transaction(async (tx) => {
    const after = await upsertWorkers(tx, harvesterId, reports);
    await replaceJobs(tx, harvesterId, reports);
    return after;
  });
  await failJobsOfFinalWorkers(core, harvesterId, endedOf(stored, reports), pilotVos(caller.identity));
}

async function failJobsOfFinalWorkers(
  core: Core,
  harvesterId: string,
  ended: readonly EndedWorker[],
  vos: readonly string[] | null,
): Promise<void> {
  if (ended.length === 0) return;
  await core.db.transaction(async (tx) => {
    const reported = await tellJobsOfWorkers(tx, harvesterId, ended, vos);
    const tasks = reported.map(({ jobId, attempt }) => ({ payload: { jobId, attempt }, key: String(jobId) }));
    await core.queue.addMany(tx, addOutputTask, tasks);
  });
}

function endedOf(stored: readonly StoredWorker[], reports: readonly WorkerReport[]): EndedWorker[] {
  const inSync = new Set(reports.filter(({ isInSync }) => isInSync).map(({ workerId }) => workerId));
  return stored
    .filter(({ status, workerId, errorCode }) => isFinalWorker(status) && (inSync.has(workerId) || errorCode))
    .map(({ workerId, status, errorCode, diagnosis }) => ({
      workerId,
      status,
      diagnosis: diagnosis ?? '',
      errorCode: errorCode === 0 ? null : errorCode,
      failsJobs: inSync.has(workerId),
    }));
}
