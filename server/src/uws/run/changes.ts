import type { ComputeRun } from '../../core/compute/index.ts';
import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import type { Ending, Job, Place } from '../jobs/job.ts';
import { changePhase, lockJob, updateJob } from '../jobs/jobs.store.ts';
import { isFinal } from '../phases.ts';
import { collectResultsTask } from '../results/collect-results.task.ts';
import { discardRunTask } from './discard-run.task.ts';

/** Told of each change of one of our runs, in the transaction that makes it. */
export async function followRun(core: Core, tx: Tx, run: ComputeRun): Promise<void> {
  if (run.state === 'running') await noteStart(core, tx, run);
  if (run.state === 'ended') await noteEnd(core, tx, run);
}

async function noteStart(core: Core, tx: Tx, run: ComputeRun): Promise<void> {
  const job = await lockJob(tx, run.owner.id);
  if (job === null || job.computeRunId !== run.runId) return;
  const why = `It was started on ${hostName(run) ?? run.backend}.`;
  const change = { to: 'EXECUTING', who: 'executor', why, at: run.startedAt ?? core.clock.now() } as const;
  if (await changePhase(tx, job.jobId, { ...change, place: placeOf(run) })) {
    core.db.afterCommit(tx, core.events.committed);
  }
}

/**
 * The run is over. The job becomes final only after its results are stored, so that nobody sees COMPLETED with
 * half a list; until then `ending` says what it will be.
 */
async function noteEnd(core: Core, tx: Tx, run: ComputeRun): Promise<void> {
  const job = await lockJob(tx, run.owner.id);
  const isOurs = job !== null && job.computeRunId === run.runId;
  if (!isOurs) {
    await core.queue.add(tx, discardRunTask, { runId: run.runId }, { key: run.runId });
    return;
  }
  // A very short run may end before its start was told.
  if (run.startedAt !== null && job.phase === 'QUEUED') await noteStart(core, tx, run);
  await updateJob(tx, job.jobId, {
    place: placeOf(run),
    ...(isFinal(job.phase) ? {} : { ending: endingOf(run, job, core.clock.now()) }),
  });
  await core.queue.add(tx, collectResultsTask, { jobId: job.jobId, runId: run.runId }, { key: job.jobId });
}

/** The back end names folder and host together; the folder is nobody's business. */
function hostName(run: ComputeRun): string | null {
  return run.host?.split(':')[0] ?? null;
}

function placeOf(run: ComputeRun): Place {
  return {
    backend: run.backend,
    runId: run.runId,
    host: hostName(run),
    exitCode: run.exit?.code ?? null,
    signal: run.exit?.signal ?? null,
    peakMemoryBytes: run.peakMemoryMb === null ? null : Math.round(run.peakMemoryMb * 1_048_576),
    cpuSeconds: run.cpuSeconds,
  };
}

/** What the end of a run means for the job (UWS 1.1: exceeding the duration is an abort, not an error). */
export function endingOf(
  run: Pick<ComputeRun, 'exit' | 'startedAt'>,
  job: Pick<Job, 'executionDuration'>,
  now: Date,
): Ending {
  const at = now.toISOString();
  const { exit } = run;
  if (exit === null) return failed('The run ended without a known reason.', at);
  switch (exit.reason) {
    case 'exited':
      if (exit.code === 0)
        return { phase: 'COMPLETED', why: 'The run ended with exit code 0.', error: null, at };
      return failed(`The run ended with exit code ${exit.code ?? 'unknown'}.`, at);
    case 'time-limit': {
      const why = `The execution duration of ${job.executionDuration} s was exceeded.`;
      return { phase: 'ABORTED', why, error: { type: 'fatal', message: why, detail: null }, at };
    }
    case 'cancelled':
      return { phase: 'ABORTED', why: exit.message, error: null, at };
    case 'lost':
      return {
        ...failed(exit.message, at),
        error: { type: 'transient', message: exit.message, detail: null },
      };
    default:
      return failed(exit.message, at);
  }
}

function failed(why: string, at: string): Ending {
  return { phase: 'ERROR', why, error: { type: 'fatal', message: why, detail: null }, at };
}
