import type { Core } from '../../core/core.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { makeDocument } from '../dispatch/document.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { moveJobs, storeDocuments, withSpecs } from '../setup/setup.store.ts';
import { closeComplete, lockArrived, lockTransferred } from './datasets.store.ts';

const batch = 200;
const by = 'catalogue';

/**
 * What the state of datasets means for jobs, and that of jobs for datasets (the daemon's datasetManager): closes what is
 * complete, activates jobs whose inputs have arrived, finishes those whose outputs have.
 */
export const datasetsSchedule = defineSchedule({
  name: 'panda.datasets',
  everySeconds: 120,
  catchUp: 'once',
  async run(core, { signal }) {
    for (const step of [closeDatasets, activateArrived, finishTransferred]) {
      while (!signal.aborted && (await step(core)) === batch);
    }
  },
});

/** Returns how many datasets were closed. */
export function closeDatasets({ db }: Core): Promise<number> {
  return closeComplete(db.sql, batch);
}

/** Returns how many jobs were activated. */
export async function activateArrived(core: Core): Promise<number> {
  const count = await core.db.transaction(async (tx) => {
    const works = await withSpecs(tx, await lockArrived(tx, batch));
    await storeDocuments(
      tx,
      works.map((work) => ({ jobId: work.job.jobId, document: makeDocument(work) })),
    );
    const moves = works.map(({ job: { jobId } }) => ({
      jobId,
      status: 'activated',
      why: 'its inputs have arrived',
    }));
    await moveJobs(tx, moves, by);
    return works.length;
  });
  core.events.committed();
  return count;
}

/** Returns how many jobs were finished. */
export async function finishTransferred(core: Core): Promise<number> {
  const count = await core.db.transaction(async (tx) => {
    const jobs = await lockTransferred(tx, batch);
    const ends = jobs.map(({ jobId }) => ({
      jobId,
      status: 'finished' as const,
      why: 'its outputs have arrived',
      by,
    }));
    return (await endJobs(tx, ends)).length;
  });
  core.events.committed();
  return count;
}
