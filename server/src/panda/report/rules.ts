import { errorSources, type JobErrors } from '../jobs/job.ts';
import { type JobState, jobTransitions, queuedStates } from '../states.ts';
import type { Report, ReportState } from './report.ts';

/** What of a job decides about a report. */
export interface HeldJob {
  jobId: number;
  queue: string;
  status: JobState;
  attempt: number;
  vo: string | null;
  command: string | null;
  debug: boolean;
  batchId: string | null;
  /** `holding` or `transferring` was set by the pilot itself, not by its final report. */
  setByPilot: boolean;
  errors: JobErrors | null;
}

/** What is done with a report, and what its pilot is answered. */
export type Verdict =
  /** No such job for this pilot: nothing is kept. */
  | { take: 'nothing'; command: string }
  /** The state stays, and so do the columns; texts are kept. */
  | { take: 'texts'; command: string }
  /** Another batch job claims the job. */
  | { take: 'mismatch'; command: string }
  /** The report is taken; `status` may be the present one. */
  | { take: 'all'; command: string; status: JobState; isFinal: boolean };

/** What the pilot is told when nothing else is to be said: `debug`, the command, both, or `NULL`. */
export function commandOf({ debug, command }: Pick<HeldJob, 'debug' | 'command'>): string {
  const words = [...(debug ? ['debug'] : []), ...(command === null || command === '' ? [] : [command])];
  return words.length === 0 ? 'NULL' : words.join(',');
}

/**
 * Decides about a report, guard by guard in the order of panda-server 1.0.3 (updateJobStatus). `finished` and
 * `failed` become `holding`: the adder makes the final state of the report. A job that no pilot has now is answered
 * as one that does not exist, since its pilot has lost it.
 */
export function judge(report: Report, job: HeldJob | undefined): Verdict {
  if (job === undefined || !isTheirs(report, job)) return { take: 'nothing', command: 'tobekilled' };
  const command = commandOf(job);
  const isFinal = report.state === 'finished' || report.state === 'failed';
  const wanted = isFinal ? 'holding' : (report.state as Exclude<ReportState, 'finished' | 'failed'>);
  if (wanted === 'holding' && hadFinalReport(job, isFinal)) return { take: 'texts', command: 'alreadydone' };
  if (isPast(job.status, wanted, isFinal)) return { take: 'texts', command };
  if (isOtherBatchJob(job.batchId, report.batchId)) return { take: 'mismatch', command: 'tobekilled' };
  const status = stays(job.status, wanted) ? job.status : wanted;
  if (status !== job.status && !jobTransitions[job.status].includes(status))
    return { take: 'texts', command };
  return { take: 'all', command, status, isFinal };
}

function isTheirs({ attempt, vos }: Report, job: HeldJob): boolean {
  if ((queuedStates as readonly JobState[]).includes(job.status)) return false;
  if (attempt !== null && attempt !== job.attempt) return false;
  return vos === null || job.vo === null || vos.includes(job.vo);
}

/** The outcome is known already: by a final report, or because the outputs are on their way since the adder ran. */
function hadFinalReport({ status, setByPilot }: HeldJob, isFinal: boolean): boolean {
  if (setByPilot) return false;
  return status === 'transferring' || (status === 'holding' && isFinal);
}

/** The job is further than the report: reports may be late, repeated and out of order. */
function isPast(status: JobState, wanted: JobState, isFinal: boolean): boolean {
  if (status === 'merging') return true;
  if (status === 'holding') return !isFinal;
  return status === 'transferring' && (wanted === 'running' || wanted === 'starting');
}

/** `stagein` and `stageout` are ways of running; the first report of a pilot is `starting` whatever it does. */
function stays(status: JobState, wanted: JobState): boolean {
  return wanted === 'starting' && (status === 'running' || status === 'stagein' || status === 'stageout');
}

/** Two batch jobs with names of their own: the pilot that reports is not the one that has the job. */
function isOtherBatchJob(known: string | null, reported: string | null): boolean {
  if (known === null || known === '' || reported === null || known === reported) return false;
  const isNumber = (id: string): boolean => /^\d+\.*\d*$/.test(id);
  return !isNumber(known) && !isNumber(reported);
}

/** The job's errors after a report: what was sent replaces its part; a code 0 without a text removes the error. */
export function addErrors(known: JobErrors | null, sent: Report['errors']): JobErrors | null {
  const errors: JobErrors = { ...known };
  for (const source of errorSources) {
    const part = sent[source];
    if (part === undefined || (part.code === undefined && part.diag === undefined)) continue;
    const { code = errors[source]?.code ?? 0, diag = errors[source]?.diag ?? '' } = part;
    if (code === 0 && diag === '') delete errors[source];
    else errors[source] = { code, diag };
  }
  return Object.keys(errors).length === 0 ? null : errors;
}

/** Why the job has its new state, for people. */
export function reasonOf({ state, errors }: Report): string {
  switch (state) {
    case 'starting':
      return 'The pilot prepares the payload.';
    case 'running':
      return 'The pilot says that the payload runs.';
    case 'finished':
      return 'The pilot says that the payload succeeded; its outputs are being registered.';
    case 'failed':
      return `The pilot says that the job failed: ${failureOf(errors)}.`;
    case 'holding':
      return 'The pilot holds the job.';
    case 'transferring':
      return 'The pilot says that the outputs are being transferred.';
  }
}

function failureOf({ pilot, exe, trans }: Report['errors']): string {
  if (pilot?.code !== undefined && pilot.code !== 0)
    return `${pilot.diag || 'pilot error'} (pilot ${pilot.code})`;
  if (exe?.code !== undefined && exe.code !== 0) return `${exe.diag || 'payload error'} (exe ${exe.code})`;
  if (trans?.code !== undefined && trans.code !== 0) return `the payload ended with ${trans.code}`;
  return 'no error was given';
}
