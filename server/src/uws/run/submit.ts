import type { Tx } from '../../core/db/index.ts';
import type { Job } from '../jobs/job.ts';
import { updateJob } from '../jobs/jobs.store.ts';
import type { Service } from '../service.ts';
import { runRequest } from './request.ts';

/** Hands a QUEUED job with all its inputs to the computer, in the same transaction. */
export async function submitRun(service: Service, tx: Tx, job: Job, asAdmin: boolean): Promise<void> {
  const { content } = await service.catalog.byId(job.definitionId);
  const computeRunId = await service.core.compute.submit(tx, runRequest(service, job, content, asAdmin));
  await updateJob(tx, job.jobId, { computeRunId });
}

/** Ends the run of a job, if it has one. */
export async function stopRun(service: Service, tx: Tx, job: Job, why: string): Promise<void> {
  if (job.computeRunId !== null) await service.core.compute.cancel(job.computeRunId, why, tx);
}
