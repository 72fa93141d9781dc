import type { Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';
import type { Service } from '../service.ts';
import { laneOf, resetFetch } from './fetch.store.ts';
import { addTurn } from './fetch-inputs.task.ts';
import { submitRun } from './submit.ts';

/** Has every file of the job its bytes? */
export function inputsComplete(job: Pick<Job, 'parameters'>): boolean {
  return job.parameters.every((parameter) => (parameter.files ?? []).every((file) => file.hash !== null));
}

/**
 * Takes a QUEUED job further in the same transaction: to the computer, or first into the line of those whose
 * inputs are fetched. Throws `forbidden` when the computer takes no runs of this user.
 */
export async function startJob(service: Service, tx: Tx, job: Job, asAdmin: boolean): Promise<void> {
  if (inputsComplete(job)) return submitRun(service, tx, job, asAdmin);
  await resetFetch(tx, job.jobId, asAdmin);
  await addTurn(service.core, tx, { ownerId: job.ownerId, lane: laneOf(job.jobId) });
}
