import type { Tx } from '../../core/db/index.ts';
import { type Cause, isFinal } from '../phases.ts';
import { discardRun } from '../run/submit.ts';
import type { Service } from '../service.ts';
import { internalProvenanceName, type Job, type JobParameter } from './job.ts';
import { changePhase, jobTopic, updateJob } from './jobs.store.ts';

const dayMs = 86_400_000;

/**
 * Takes from a locked job what needs room: inputs, results, logs, the folder of its run. Its description stays,
 * with names, sizes and hashes of what was there. A job that has not ended is ABORTED with the reason first.
 */
export async function archiveLocked(
  service: Service,
  tx: Tx,
  job: Job,
  who: Extract<Cause, 'client' | 'server'>,
  why: string,
): Promise<void> {
  const { core, settings } = service;
  const at = core.clock.now();
  if (!isFinal(job.phase)) await changePhase(tx, job.jobId, { to: 'ABORTED', who: 'server', why, at });
  await changePhase(tx, job.jobId, { to: 'ARCHIVED', who, why, at });
  core.db.afterCommit(tx, core.events.committed);
  await updateJob(tx, job.jobId, {
    parameters: job.parameters.map(withoutBytes),
    removeAt: new Date(at.getTime() + settings.archiveDays * dayMs),
    computeRunId: null,
  });
  const owner = { kind: jobTopic, id: job.jobId };
  await core.files.releaseOwner(tx, owner);
  if (job.internalProvenance !== null) {
    const name = internalProvenanceName;
    await core.files.reference(tx, job.internalProvenance, 'result', { ...owner, name });
  }
  await discardRun(service, tx, job, why);
}

/** The same parameter without its files' bytes: nothing that looks for a hash finds one. */
function withoutBytes(parameter: JobParameter): JobParameter {
  if (parameter.files === undefined) return parameter;
  const files = parameter.files.map((file) =>
    file.hash === null ? file : { ...file, hash: null, removedHash: file.hash },
  );
  return { ...parameter, files };
}
