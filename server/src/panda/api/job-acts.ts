import type { PandaJobRetry } from '@orrery/contracts/panda';
import type { FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { killJobs, setCommand } from '../control/control.ts';
import { controllerOf } from '../control/controller.ts';
import { setDebugMode } from '../control/debug.ts';
import type { JobFile } from '../jobs/file.ts';
import { isFinal } from '../states.ts';
import { submitJobs } from '../submit/index.ts';
import type { NewFile, NewJob } from '../submit/job.ts';
import { type FoundJob, getSpecification, listFiles, type Specification } from './job.store.ts';
import { setPriority } from './priority.store.ts';
import { actRefused } from './seen-job.ts';

/** With this code a production role reaches jobs of users too (panda-server 1.0.3, killJob). */
const byProduction = 91;

const controllerFor = ({ identity, clientAddress }: FastifyRequest) => controllerOf(identity, clientAddress);

/** Ends the job, or tells its pilot to. Throws `panda.act-refused`. */
export async function killJob(core: Core, request: FastifyRequest, job: FoundJob): Promise<void> {
  const [done] = await killJobs(core, controllerFor(request), [job.jobId], { code: byProduction });
  if (done === true) return;
  if (isFinal(job.status)) throw actRefused(`The job is ${job.status} already.`);
  if (job.command === 'tobekilled')
    throw actRefused('Its pilot was told already.', 'It ends with the pilot’s next report.');
  throw actRefused('The job has changed just now, or is not yours to kill.');
}

/** The same for several in few transactions; true for those that ended or whose pilots are told. */
export async function killAll(
  core: Core,
  request: FastifyRequest,
  jobIds: readonly number[],
): Promise<Map<number, boolean>> {
  const done = await killJobs(core, controllerFor(request), jobIds, { code: byProduction });
  return new Map(jobIds.map((jobId, n) => [jobId, done[n] === true]));
}

/** Throws `panda.act-refused`. */
export async function debugJob(
  core: Core,
  request: FastifyRequest,
  job: FoundJob,
  on: boolean,
): Promise<void> {
  if (job.debug === on) return;
  const { ok, message } = await setDebugMode(core, controllerFor(request), job.jobId, on);
  if (!ok) throw actRefused(`The debug mode stays as it is: ${message}.`);
}

/** Throws `panda.act-refused`. */
export async function commandJob(
  core: Core,
  request: FastifyRequest,
  job: FoundJob,
  command: string,
): Promise<void> {
  const { ok, message } = await setCommand(core, controllerFor(request), job.jobId, command);
  if (!ok) throw actRefused(`The pilot gets no command: ${message}.`);
}

/** Throws `panda.act-refused` when the job is no longer in a queue. */
export async function prioritizeJob(
  core: Core,
  { identity, clientAddress }: FastifyRequest,
  job: FoundJob,
  priority: number,
): Promise<void> {
  const done = await core.db.transaction(async (tx) => {
    const changed = await setPriority(tx, job.jobId, priority);
    if (changed)
      await core.audit.record(tx, {
        actor: identity.name,
        action: 'panda.job-priority-set',
        object: { kind: 'job', id: String(job.jobId) },
        details: { priority, before: job.priority },
        address: clientAddress,
      });
    return changed;
  });
  if (!done) throw actRefused('Priorities are for jobs that no pilot has yet.');
}

/** Whether a job can be made again: it has ended without its result, and no task looks after it. */
export function canRetry({ status, taskId }: Pick<FoundJob, 'status' | 'taskId'>): boolean {
  return isFinal(status) && status !== 'finished' && taskId === null;
}

/**
 * A new job like this one, for the same owner; returns its number. What it made is made again, so only a job that has
 * none of its result is. Throws `panda.act-refused` and what `submitJobs` throws.
 */
export async function retryJob(
  core: Core,
  request: FastifyRequest,
  job: FoundJob,
  wish: PandaJobRetry,
): Promise<number> {
  if (job.taskId !== null)
    throw actRefused('Its task makes new jobs of what is not done.', 'Retry the task.');
  if (!canRetry(job)) throw actRefused(`A job that is ${job.status} is not made again.`, 'Kill it first.');
  const [spec, files] = await Promise.all([
    getSpecification(core.db.sql, job.jobId),
    listFiles(core.db.sql, job.jobId),
  ]);
  const isProduction = controllerFor(request).powerOver(job) !== null;
  const owner = {
    name: job.owner,
    accountId: job.ownerAccountId,
    vo: job.vo,
    isProduction,
    by: request.identity.displayName,
  };
  const [jobId] = await submitJobs(core, owner, [copyOf(job, spec, files, wish, isProduction)]);
  return jobId as number;
}

/** Its first attempt; what it was told and what became of it is left out. */
function copyOf(
  job: FoundJob,
  spec: Specification,
  files: readonly JobFile[],
  { memoryMb, queue }: PandaJobRetry,
  isProduction: boolean,
): NewJob {
  const isUsers = job.label === 'user' || job.label === 'panda';
  const { campaign, ...attributes } = spec.attributes;
  return {
    name: job.name,
    queue: queue ?? job.queue,
    label: job.label,
    processingType: job.processingType,
    workingGroup: job.workingGroup,
    campaign: typeof campaign === 'string' ? campaign : null,
    vo: job.vo,
    owner: job.owner,
    taskId: null,
    requestId: job.requestId,
    jobsetId: job.jobsetId,
    attempt: 1,
    maxAttempt: job.maxAttempt,
    cores: job.cores,
    memoryMb: memoryMb ?? job.memoryMb,
    diskMb: job.diskMb,
    walltimeSeconds: job.walltimeSeconds,
    cpuSeconds: job.cpuSeconds,
    background: job.background,
    debug: false,
    priority: isProduction && !isUsers ? job.assignedPriority : null,
    share: null,
    transformation: spec.transformation,
    parameters: spec.parameters,
    attributes,
    files: files.map(copyOfFile),
  };
}

/** Inputs keep what they are; outputs are other files than those of the first job. */
function copyOfFile(file: JobFile): NewFile {
  const { type, lfn, scope, dataset, endpoint, optional, attributes } = file;
  const isInput = type === 'input';
  return {
    ...{ type, lfn, scope, dataset, endpoint, optional, attributes },
    guid: isInput || type === 'pseudo_input' ? file.guid : null,
    sizeBytes: isInput ? file.sizeBytes : null,
    checksum: isInput ? file.checksum : null,
  };
}
