import type { Why } from '@orrery/contracts/explain';
import type { PandaJob } from '@orrery/contracts/panda';
import type { Identity } from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { controllerOf } from '../control/controller.ts';
import { whyJob } from '../dispatch/why-job.ts';
import { queueOf } from '../queues/queues.ts';
import { isFinal, queuedStates } from '../states.ts';
import { jobAttributes } from './attributes.ts';
import { limitsOf } from './deadlines.ts';
import { promiseOf, storyOf } from './explain-job.ts';
import { waitingStory } from './explain-waiting.ts';
import {
  countSameErrors,
  type FoundJob,
  getSpecification,
  listFiles,
  listHistory,
  listJobWorkers,
  listTexts,
} from './job.store.ts';
import { apiErrors, apiFile, apiHistory, apiJobWorker, apiMetrics } from './job.wire.ts';
import { canRetry } from './job-acts.ts';
import { apiRow } from './job-row.wire.ts';
import { listFolders } from './stored-file.ts';

/** Everything about a job that the caller may see. */
export async function describeJob(core: Core, job: FoundJob, identity: Identity): Promise<PandaJob> {
  const { sql } = core.db;
  const { jobId } = job;
  const [spec, files, history, texts, workers, folders] = await Promise.all([
    getSpecification(sql, jobId),
    listFiles(sql, jobId),
    listHistory(sql, jobId),
    listTexts(sql, jobId),
    listJobWorkers(sql, jobId),
    listFolders(sql),
  ]);
  const now = core.clock.now();
  const limits = limitsOf(core);
  const timed = { ...job, heardAt: heardAt(job) };
  return {
    ...apiRow(timed, limits, now),
    statusWhy: job.statusWhy,
    changedBy: job.changedBy,
    live: job.isLive,
    request: job.requestId,
    jobset: job.jobsetId,
    assignedPriority: job.assignedPriority,
    memoryMb: job.memoryMb,
    diskMb: job.diskMb,
    walltimeSeconds: job.walltimeSeconds,
    cpuSeconds: job.cpuSeconds,
    hs06: job.hs06,
    background: job.background,
    command: job.command,
    debug: job.debug,
    scheduler: job.schedulerId,
    pilot: job.pilotId,
    batchId: job.batchId,
    computingElement: job.computingElement,
    sentCount: job.sentCount,
    reported: job.reported,
    transformation: spec.transformation,
    parameters: spec.parameters,
    errors: apiErrors(job),
    history: apiHistory(history),
    files: files.map((file) => apiFile(file, folders)),
    metrics: apiMetrics(job, now),
    workers: workers.map(apiJobWorker),
    texts: texts.map(({ kind, characters, at }) => ({ kind, characters, at: at.toISOString() })),
    attributes: jobAttributes(job, spec),
    promise: promiseOf(timed, limits),
    acts: actsOf(job, identity),
  };
}

function heardAt({ figures }: FoundJob): Date | null {
  return typeof figures?.at === 'string' ? new Date(figures.at) : null;
}

function actsOf(job: FoundJob, identity: Identity): PandaJob['acts'] {
  const mayAct = identity.may('panda.submit');
  const isLive = !isFinal(job.status);
  const isProduction = controllerOf(identity).powerOver(job) === 'production';
  return {
    kill: mayAct && isLive && job.command !== 'tobekilled',
    retry: mayAct && canRetry(job),
    debug: mayAct && isLive,
    command: mayAct && isLive && job.command !== 'tobekilled',
    priority: isProduction && (queuedStates as readonly string[]).includes(job.status),
  };
}

/** Why the job is where it is. */
export async function explainJob(core: Core, job: FoundJob): Promise<Why> {
  const { sql } = core.db;
  const [history, files, same] = await Promise.all([
    listHistory(sql, job.jobId),
    listFiles(sql, job.jobId),
    job.status === 'failed' ? countSameErrors(sql, job, 24) : 0,
  ]);
  const story = storyOf(job, history, files, same);
  if (job.status !== 'activated') return story;
  const [waiting, queue] = await Promise.all([whyJob(core, job.jobId), queueOf(core, job.queue)]);
  // Taken in the meantime: its own story has it.
  if (waiting === null) return story;
  return waitingStory(waiting, queue?.statusReason ?? '', story.evidence, story.acts);
}
