import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { isConnectionLoss } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { putSecretsIn } from '../creds/job-secrets.ts';
import { debugSecrets } from '../creds/pilot-secrets.ts';
import type { Caller } from '../front/caller.ts';
import type { Queue } from '../queues/queues.store.ts';
import { queueOf, queuesOf } from '../queues/queues.ts';
import { pandaSettings } from '../settings.ts';
import { recentTally } from '../shares/shares.ts';
import { noteRequest } from './activity.ts';
import { type ClaimedJob, findDocumentInput, giveBack } from './claim.store.ts';
import { type Claim, claimTogether } from './claim.ts';
import { makeDocument } from './document.ts';
import { memoryPerCoreLimit } from './mean-memory.ts';
import { mostCoresOf } from './most-cores.ts';
import { filterOf, type JobFilter, type JobRequest, type Refusal } from './request.ts';
import { untilActivated } from './wake.ts';

/** A job as its pilot gets it. */
export type JobDocument = Record<string, unknown>;

/** What a pilot is answered: jobs, or why there are none. */
export type Acquired = { jobs: JobDocument[] } | { refusal: Refusal };

/**
 * Gives a pilot jobs of its queue, at once or when some get ready within the time it waits. Never throws for what a
 * pilot asks; a database that does not answer is the refusal `timed-out`, after which pilots ask again.
 */
export async function acquireJobs(core: Core, caller: Caller, request: JobRequest): Promise<Acquired> {
  let queue: Queue | null = null;
  try {
    queue = await findQueue(core, request.queue);
    const refusal = refuseBefore(caller, request, queue);
    if (refusal !== null) return refuse(core, queue, request, refusal);
    return await takeJobs(core, caller, request, queue);
  } catch (error) {
    if (!isPassing(error)) throw error;
    return refuse(core, queue, request, 'timed-out');
  }
}

async function takeJobs(
  core: Core,
  caller: Caller,
  request: JobRequest,
  queue: Queue | null,
): Promise<Acquired> {
  const name = queue?.queue ?? request.queue;
  const claim = claimOf(caller, request, queue, name, await memoryPerCoreLimit(core, queue));
  const jobs = await claimOrWait(core, caller, request, claim);
  if (jobs.length === 0) return refuse(core, queue, request, 'nothing-fits', claim.filter);
  if (caller.signal.aborted) {
    await giveBack(core.db.sql, jobs);
    core.events.committed();
    return refuse(core, queue, request, 'gone', claim.filter);
  }
  if (queue !== null) noteRequest(core, name, request, { given: jobs.length });
  const sentNow = await countSent(core, name, request);
  return { jobs: await Promise.all(jobs.map((job) => present(core, caller, job, request, sentNow))) };
}

/** Only of queues that exist: names that somebody made up leave no rows. */
function refuse(
  core: Core,
  queue: Queue | null,
  request: JobRequest,
  refusal: Refusal,
  filter: JobFilter | null = null,
): Acquired {
  if (queue !== null) noteRequest(core, queue.queue, request, { refusal, filter });
  return { refusal };
}

/** Pilots name the queue as its document says (`panda_resource`), which is nearly always its name. */
async function findQueue(core: Core, name: string): Promise<Queue | null> {
  const queue = await queueOf(core, name);
  if (queue !== null) return queue;
  const all = await queuesOf(core);
  return all.find(({ document }) => document.panda_resource === name) ?? null;
}

/**
 * Refusals that need no look at the jobs. `brokeroff` still gives out what it has; jobs of a queue that is not
 * described are given out as the reference does.
 */
function refuseBefore(caller: Caller, request: JobRequest, queue: Queue | null): Refusal | null {
  if (!caller.isPilot && (request.label !== 'user' || caller.identity.accountId === null)) return 'role';
  if (queue?.status === 'offline' || queue?.status === 'paused') return queue.status;
  return null;
}

function claimOf(
  caller: Caller,
  request: JobRequest,
  queue: Queue | null,
  name: string,
  memoryPerCoreMb: number,
): Claim {
  const { slots, node, computingElement, schedulerId, harvesterId, workerId } = request;
  const facts = {
    isTest: queue?.status === 'test',
    isUnified: queue?.document.type === 'unified',
    memoryPerCoreMb,
    mostCores: mostCoresOf(queue),
  };
  return {
    queue: name,
    filter: filterOf(request, caller, facts),
    slots,
    taker: {
      background: request.background,
      node,
      computingElement,
      schedulerId,
      ...(harvesterId === null || workerId === null ? {} : { harvesterId, workerId }),
      why: node === null ? 'a pilot took it' : `a pilot on ${node} took it`,
      by: caller.name,
    },
    signal: caller.signal,
  };
}

/** Asks at once, and again whenever jobs of the queue get ready while the caller waits. */
async function claimOrWait(
  core: Core,
  caller: Caller,
  { waitSeconds }: JobRequest,
  claim: Claim,
): Promise<ClaimedJob[]> {
  const { dispatch } = settingsOf(core.config, 'panda', pandaSettings);
  const seconds = Math.min(waitSeconds ?? dispatch.waitSeconds, dispatch.maxWaitSeconds);
  const ask = () => claimTogether(core, claim);
  if (seconds <= 0 || claim.slots === 0) return ask();
  const began = performance.now();
  try {
    return await untilActivated(core, claim.queue, caller, seconds * 1000, ask);
  } finally {
    caller.waited(performance.now() - began);
  }
}

/** The stored dictionary with what may have changed since it was made. */
async function present(
  core: Core,
  { publicBase, isPilot }: Caller,
  job: ClaimedJob,
  request: JobRequest,
  nSent: number,
): Promise<JobDocument> {
  const stored = job.document === null ? await makeNow(core, job.jobId) : JSON.parse(job.document);
  const document = await putSecretsIn(core, job.jobId, stored as JobDocument);
  const { transformation } = document;
  return {
    ...document,
    // A script without a server is one of ours, at the address by which the pilot has found us.
    ...(typeof transformation === 'string' && transformation.startsWith('/trf/')
      ? { transformation: `${publicBase}${transformation}` }
      : {}),
    StatusCode: 0,
    attemptNr: job.attempt,
    currentPriority: job.priority,
    nSent,
    ...(job.debug ? { debug: 'True', ...(await debugSecrets(core)) } : {}),
    ...(request.proxyKey && isPilot ? { credname: '', myproxy: '' } : {}),
  };
}

async function makeNow(core: Core, jobId: number): Promise<JobDocument> {
  const input = await findDocumentInput(core.db.sql, jobId);
  if (input === null) throw new Error(`job ${jobId} has no specification`);
  return makeDocument(input);
}

/** `nSent`: production jobs that pilots of the queue have just taken; for other requests the reference says 0. */
async function countSent(core: Core, queue: string, { label }: JobRequest): Promise<number> {
  if (label !== null && label !== 'managed') return 0;
  const tally = await recentTally(core);
  return tally
    .filter((one) => one.queue === queue && one.status === 'sent')
    .filter((one) => one.label === 'managed' || one.label === 'test')
    .reduce((sum, { jobs }) => sum + jobs, 0);
}

/** Too much to do, a statement that took too long, or a database that has gone away: asking again may help. */
function isPassing(error: unknown): boolean {
  if ((error as { code?: unknown }).code === '57014' || isConnectionLoss(error)) return true;
  return error instanceof AppError && error.kind === 'busy';
}
