import type { Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';
import type { Service } from '../service.ts';
import { fetchInputsTask } from './fetch-inputs.task.ts';
import { submitRun } from './submit.ts';

/** Has every file of the job its bytes? */
export function inputsComplete(job: Pick<Job, 'parameters'>): boolean {
  return job.parameters.every((parameter) => (parameter.files ?? []).every((file) => file.hash !== null));
}

/**
 * Takes a QUEUED job further in the same transaction: to the computer, or first to the task that fetches its
 * inputs.
 */
export async function startJob(service: Service, tx: Tx, job: Job, asAdmin: boolean): Promise<void> {
  if (inputsComplete(job)) await submitRun(service, tx, job, asAdmin);
  else await service.core.queue.add(tx, fetchInputsTask, { jobId: job.jobId, asAdmin }, { key: job.jobId });
}
