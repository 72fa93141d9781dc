import Type from 'typebox';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Hold } from '../../core/files/index.ts';
import { defineTask } from '../../core/queue/index.ts';
import { inputName, type Job, type JobParameter } from '../jobs/job.ts';
import { changePhase, findJob, jobTopic, lockJob, updateJob } from '../jobs/jobs.store.ts';
import { demandInputRoom } from '../jobs/limits.ts';
import { type Service, serviceOf } from '../service.ts';
import { beginNext, nextIn, postpone, type Turn, wasAskedByAdmin } from './fetch.store.ts';
import { fetchInputs } from './fetch-input.ts';
import { submitOrHold } from './submit.ts';

/** How often an address that does not answer is asked before the job is given up. */
const attempts = 4;
/** Attempts that ended with their process count as well; so many are given up without a further one. */
const mostBegun = 10;

/**
 * Fetches the addresses among the inputs of one QUEUED job and hands the job to the computer; then the user's next
 * job goes to the end of the line, so that users take turns however many jobs each has. An address that cannot be
 * had ends its job with ERROR and the reason; a job that is aborted or deleted stops its download.
 */
export const fetchInputsTask = defineTask({
  name: 'uws.fetch-inputs',
  payload: Type.Object({ ownerId: Type.Union([Type.String(), Type.Null()]), lane: Type.Integer() }),
  retry: { attempts: 10, firstDelaySeconds: 1, factor: 2, maxDelaySeconds: 60 },
  concurrency: 8,
  maxSeconds: 900,
  async run({ core, payload: turn, signal, progress, hold }) {
    const service = serviceOf(core);
    const begun = await beginNext(core.db.sql, turn);
    const job = begun === null ? null : await findJob(core.db.sql, begun.jobId);
    // What a job that was refused, aborted or is tried again brought in goes with the end of this attempt.
    await using kept = core.files.hold('result');
    const outcome =
      begun === null || job === null
        ? null
        : await attempt(service, job, begun.attempt, kept, signal, (note) => progress(null, note));
    signal.throwIfAborted();
    await core.db.transaction(async (tx) => {
      await hold(tx);
      if (job !== null && outcome !== null) await settle(service, tx, job, outcome);
      await addTurn(core, tx, turn);
    });
  },
});

/** Puts the lane of a user at the end of the line, unless it stands there or has nothing to fetch. */
export async function addTurn(core: Core, tx: Tx, turn: Turn): Promise<void> {
  const seconds = await nextIn(tx, turn);
  if (seconds === null) return;
  const key = `${turn.lane} ${turn.ownerId ?? ''}`;
  if (seconds === 0) {
    await core.queue.add(tx, fetchInputsTask, turn, { key, dedupe: key });
    return;
  }
  // A word of its own: a job that is asked to run meanwhile does not wait for one that is tried again later.
  const runAt = new Date(Date.now() + Math.ceil(seconds) * 1000);
  await core.queue.add(tx, fetchInputsTask, turn, { key, dedupe: `${key} again`, runAt });
}

type Outcome = { parameters: JobParameter[] } | { error: AppError } | { error: AppError; againIn: number };

/** Tries to fetch; null when the job needs its inputs no more. */
async function attempt(
  service: Service,
  job: Job,
  count: number,
  kept: Hold,
  signal: AbortSignal,
  progress: (note: string) => void,
): Promise<Outcome | null> {
  if (count > mostBegun) {
    return {
      error: new AppError('invalid', 'uws.input-hopeless', `It was begun ${mostBegun} times without an end.`),
    };
  }
  using wanted = watchWanted(service, job, signal);
  try {
    return { parameters: await fetchInputs(service, job, kept, wanted.signal, progress) };
  } catch (error) {
    if (wanted.signal.aborted) return null;
    const known =
      error instanceof AppError
        ? error
        : new AppError('busy', 'uws.input-broken', `It broke off: ${messageOf(error)}.`, { cause: error });
    if (known.kind !== 'busy' || count >= attempts) return { error: known };
    return { error: known, againIn: 2 * 4 ** (count - 1) };
  }
}

const lookMs = 1000;

/** A signal that aborts once the job is no longer QUEUED, or gone; told by its events, and looked at each second. */
function watchWanted({ core }: Service, job: Job, outer: AbortSignal): { signal: AbortSignal } & Disposable {
  const over = new AbortController();
  const unwanted = new AbortController();
  const signal = AbortSignal.any([outer, unwanted.signal]);
  const watch = async () => {
    using waiter = core.events.waits.open(jobTopic, job.jobId, `fetch ${job.jobId}`);
    while (!over.signal.aborted && !signal.aborted) {
      const [row] = await core.db.sql<
        { phase: string }[]
      >`select phase from uws.job where job_id = ${job.jobId}`;
      if (row?.phase !== 'QUEUED') unwanted.abort(new Error('the job does not wait for its inputs any more'));
      else await waiter.changed(lookMs, over.signal);
    }
  };
  // A database that does not answer is no reason to stop: the end of the attempt looks again.
  void watch().catch((error: unknown) =>
    core.log.warn({ jobId: job.jobId, reason: messageOf(error) }, 'a download is not watched'),
  );
  return { signal, [Symbol.dispose]: () => over.abort() };
}

/** Stores what came of the attempt, unless the job was aborted, deleted or handed over meanwhile. */
async function settle(service: Service, tx: Tx, { jobId }: Job, outcome: Outcome): Promise<void> {
  const { core } = service;
  const job = await lockJob(tx, jobId);
  if (job === null || job.phase !== 'QUEUED' || job.computeRunId !== null) return;
  if ('againIn' in outcome) return postpone(tx, jobId, outcome.againIn);
  if ('error' in outcome) return giveUp(service, tx, job, outcome.error);
  const { parameters } = outcome;
  await updateJob(tx, jobId, { parameters });
  try {
    await demandInputRoom(service, tx, job.ownerId);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await updateJob(tx, jobId, { parameters: job.parameters });
    return giveUp(service, tx, job, error);
  }
  for (const parameter of parameters) {
    for (const [index, file] of (parameter.files ?? []).entries()) {
      if (file.hash === null) continue;
      const owner = { kind: jobTopic, id: jobId, name: inputName(parameter.name, index) };
      await core.files.reference(tx, file.hash, 'result', owner);
    }
  }
  await submitOrHold(service, tx, { ...job, parameters }, await wasAskedByAdmin(tx, jobId));
}

async function giveUp({ core }: Service, tx: Tx, job: Job, error: AppError): Promise<void> {
  const message = `An input could not be fetched: ${error.message}`;
  const change = { to: 'ERROR', who: 'server', why: message, at: core.clock.now() } as const;
  const type = error.kind === 'busy' ? 'transient' : 'fatal';
  await changePhase(tx, job.jobId, { ...change, error: { type, message, detail: error.next ?? null } });
  core.db.afterCommit(tx, core.events.committed);
}
