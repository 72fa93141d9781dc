import type { Core } from '../../core/core.ts';
import { messageOf } from '../../core/errors.ts';
import { defineSchedule } from '../../core/schedule/index.ts';
import { changePhase, lockJob } from '../jobs/jobs.store.ts';
import { collectResultsTask, giveUpResults } from '../results/collect-results.task.ts';
import { listWaitingTurns } from './fetch.store.ts';
import { addTurn } from './fetch-inputs.task.ts';
import { listOpenRuns, type OpenRun } from './look-after.store.ts';

/** A job may wait so long for its inputs before its place in the line is looked at, seconds. */
const turnSeconds = 60;
/** A job may be with a computer so long before somebody asks whether the run is still known, seconds. */
const runSeconds = 600;
const batchJobs = 500;

/**
 * Finds jobs for which nobody works any more: their task died with the processes that ran it, or the run is not
 * known since the database was restored. Starting, ending and stopping a job are one transaction each, so there
 * is nothing else to be found.
 */
export const lookAfterSchedule = defineSchedule({
  name: 'uws.look-after',
  everySeconds: 60,
  catchUp: 'once',
  maxSeconds: 300,
  run: (core, { signal }) => lookAfter(core, signal),
});

/** Returns how many jobs were ended. */
export async function lookAfter(core: Core, signal?: AbortSignal): Promise<number> {
  for (const turn of await listWaitingTurns(core.db.sql, turnSeconds)) {
    await core.db.transaction((tx) => addTurn(core, tx, turn));
  }
  let ended = 0;
  let from = '';
  for (;;) {
    const jobs = await listOpenRuns(core.db.sql, runSeconds, from, batchJobs);
    for (const job of await withoutWorker(core, jobs)) {
      if (signal?.aborted === true) return ended;
      try {
        if (await endForgotten(core, job)) ended++;
      } catch (error) {
        core.log.warn({ jobId: job.jobId, reason: messageOf(error) }, 'a forgotten job could not be ended');
      }
    }
    const last = jobs.at(-1);
    if (last === undefined || jobs.length < batchJobs) return ended;
    from = last.jobId;
  }
}

/** Those whose run is not known any more, and those at their end whose results nobody will store. */
async function withoutWorker(core: Core, jobs: readonly OpenRun[]): Promise<OpenRun[]> {
  if (jobs.length === 0) return [];
  const runs = await core.compute.states(jobs.map(({ computeRunId }) => computeRunId));
  const known = new Set(runs.map(({ runId }) => runId));
  const lost = jobs.filter(({ computeRunId, isEnding }) => !isEnding && !known.has(computeRunId));
  const ending = jobs.filter(({ isEnding }) => isEnding);
  if (ending.length === 0) return lost;
  const worked = await jobsBeingCollected(core);
  return [...lost, ...ending.filter(({ jobId }) => !worked.has(jobId))];
}

async function jobsBeingCollected(core: Core): Promise<Set<string>> {
  const found = new Set<string>();
  const limit = 1000;
  let before: number | undefined;
  for (;;) {
    const filter = { kind: collectResultsTask.name, limit, ...(before === undefined ? {} : { before }) };
    const tasks = await core.queue.list(filter);
    for (const { key, state } of tasks) if (key !== null && state !== 'dead') found.add(key);
    before = tasks.at(-1)?.taskId;
    if (tasks.length < limit) return found;
  }
}

async function endForgotten(core: Core, { jobId, computeRunId, isEnding }: OpenRun): Promise<boolean> {
  return await core.db.transaction(async (tx) => {
    const job = await lockJob(tx, jobId);
    // It may have come to its end since the list was read.
    if (job?.computeRunId !== computeRunId || (job.ending !== null) !== isEnding) return false;
    if (isEnding) {
      await giveUpResults(core, tx, jobId, 'Its results could not be stored; the server tried for long.');
      return true;
    }
    const message = 'The server does not know its run any more.';
    const change = { to: 'ERROR', who: 'server', why: message, at: core.clock.now() } as const;
    const changed = await changePhase(tx, jobId, {
      ...change,
      error: { type: 'transient', message, detail: null },
    });
    core.db.afterCommit(tx, core.events.committed);
    return changed;
  });
}
