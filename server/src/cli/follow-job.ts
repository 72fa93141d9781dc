import { setTimeout as sleep } from 'node:timers/promises';
import { type UwsJob, type UwsPhase, uwsFinalPhases } from '@orrery/contracts/uws';
import { CommandFailure, exitCodes } from './failure.ts';
import { jobPath, printable } from './job-address.ts';
import type { Remote } from './remote.ts';

/** Phases in which the server holds a WAIT (UWS 1.1, section 2.2.1.1); in any other it answers at once. */
const heldPhases: readonly UwsPhase[] = ['PENDING', 'QUEUED', 'EXECUTING'];
/** Below the usual time-out of proxies, 60 s. */
const waitSeconds = 50;
const graceMs = 30_000;
/** A wait that was held for less, for nothing, is not asked again at once. */
const heldLongMs = 10_000;

/** How long a server may be away, for a restart, before following is given up. */
const awayMs = 180_000;
const firstPauseMs = 1000;
const longestPauseMs = 15_000;

/** Resolves after so many milliseconds. */
type Rest = (milliseconds: number) => Promise<unknown>;

export const isFinal = (job: Pick<UwsJob, 'phase'>): boolean => uwsFinalPhases.includes(job.phase);

/** What a script branches on: 0 only for COMPLETED. */
export const exitCodeOf = (job: Pick<UwsJob, 'phase'>): number =>
  job.phase === 'COMPLETED' ? 0 : exitCodes.failed;

/**
 * The job as it is, and again after each change of its phase, to its end. The server holds the requests; one that
 * it answers early is asked again after a growing pause. A server that is restarted meanwhile is waited for.
 */
export async function* followPhases(
  remote: Remote,
  jobId: string,
  rest: Rest = sleep,
): AsyncGenerator<UwsJob> {
  const ask = () => remote.json<UwsJob>('GET', jobPath(jobId));
  let shown: UwsJob | undefined;
  let pauseMs = firstPauseMs;
  let heldMs = 0;
  for (;;) {
    const job = shown === undefined ? await ask() : await lasting(ask, rest);
    if (job.phases.length !== shown?.phases.length || job.phase !== shown.phase) {
      shown = job;
      pauseMs = firstPauseMs;
      yield job;
      if (isFinal(job)) return;
    } else if (heldMs < heldLongMs) {
      await rest(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
    heldMs = heldPhases.includes(job.phase) ? await lasting(() => waitForChange(remote, job), rest) : 0;
  }
}

/** Resolves with the milliseconds the server held the request. */
async function waitForChange(remote: Remote, { definition, id, phase }: UwsJob): Promise<number> {
  const startedMs = performance.now();
  await remote.json('GET', `/rest/${encodeURIComponent(definition)}/${id}`, {
    query: [
      ['WAIT', String(waitSeconds)],
      ['PHASE', phase],
    ],
    silenceMs: waitSeconds * 1000 + graceMs,
  });
  return performance.now() - startedMs;
}

/** Repeats what fails because the server is away or busy, with growing pauses, for three minutes. */
export async function lasting<T>(ask: () => Promise<T>, rest: Rest = sleep): Promise<T> {
  let awaited = 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await ask();
    } catch (error) {
      const isPassing =
        error instanceof CommandFailure && (error.reason === 'unreachable' || error.reason === 'server');
      if (!isPassing || awaited > awayMs) throw error;
      if (awaited === 0) process.stderr.write(`${error.message} Waiting for it.\n`);
      await rest(pauseMs);
      awaited += pauseMs;
    }
  }
}

/** Prints each phase of a job once, with its time and why, and the error at the end, on standard error. */
export function phasePrinter(): (job: Pick<UwsJob, 'phase' | 'phases' | 'error'>) => void {
  let printed = 0;
  return (job) => {
    for (const { phase, at, why } of job.phases.slice(printed)) {
      process.stderr.write(`${at.replace(/\.\d+Z$/, 'Z')}  ${phase.padEnd(9)}  ${printable(why)}\n`);
    }
    printed = Math.max(printed, job.phases.length);
    if (isFinal(job) && job.error !== null) process.stderr.write(`${printable(job.error, 500)}\n`);
  };
}

/** Ctrl-C ends the command, not the job; the reader is told so. */
export function onInterrupt(sentence: string): void {
  process.once('SIGINT', () => {
    process.stderr.write(`\n${sentence}`);
    process.exit(exitCodes.interrupted);
  });
}
