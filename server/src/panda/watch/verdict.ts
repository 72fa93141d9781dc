import type { JobErrors } from '../jobs/job.ts';
import { spanText, timeText } from '../retry/words.ts';
import { dispatcherCodes, type LateJob } from './limits.ts';

/** taskBufferErrorCode (panda-server 1.0.3). */
const taskBufferCodes = { killed: 100, transferTimeout: 101, expired: 102 } as const;
/** supErrorCode: the worker of the job was over already. */
const workerDone = 2;

export interface Verdict {
  /** For people. */
  why: string;
  errors: JobErrors;
}

/** The reference's texts stand in the errors, where clients look for them; people read `why`. */
const stamp = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');

/** Why a job that its pilot, the adder or a transfer has left alone for so many seconds has failed. */
export function failureOf(job: LateJob, seconds: number, now: Date): Verdict {
  const { status, since } = job;
  const span = `since ${timeText(since, now)} (${spanText((now.getTime() - since.getTime()) / 1000)})`;
  if (status === 'sent') {
    const diag = `Sent job didn't receive reply from pilot within ${spanText(seconds)}`;
    return {
      why: `the pilot that took it never answered: nothing heard ${span}`,
      errors: dispatcher('noReply', diag),
    };
  }
  if (status === 'transferring') return transferFailure(job, span);
  if ((job.errors?.pilot?.diag ?? '') !== '' || (job.errors?.exe?.diag ?? '') !== '') {
    const hours = Math.round(seconds / 360) / 10;
    return {
      why: `its pilot failed and its end was never told: nothing heard ${span}`,
      errors: dispatcher('recoveryFailed', `job recovery failed for ${hours} hours`),
    };
  }
  const diag = `timeout in ${status} : last heartbeat at ${stamp(job.endedAt ?? since)}`;
  if (status === 'holding') {
    return { why: `its end was never told: nothing heard ${span}`, errors: dispatcher('holding', diag) };
  }
  const lost =
    job.endedAt === null
      ? dispatcher('lostHeartbeat', `lost heartbeat : ${stamp(since)}`)
      : dispatcher('other', diag);
  const worker = workerError(job);
  const also = worker === null ? '' : `; its worker was ${job.worker?.status} already`;
  return { why: `lost heartbeat: nothing heard ${span}${also}`, errors: { ...lost, ...worker } };
}

function transferFailure({ isUsers, since }: LateJob, span: string): Verdict {
  const why = `its outputs did not arrive: on their way ${span}`;
  if (isUsers) {
    return {
      why,
      errors: dispatcher('transferring', `timeout in transferring : last heartbeat at ${stamp(since)}`),
    };
  }
  return { why, errors: { taskBuffer: { code: taskBufferCodes.transferTimeout, diag: 'transfer timeout' } } };
}

/** Why a job that no pilot has begun is over, as nobody's fault. */
export function closureOf({ status, since }: LateJob, isReassigned: boolean, now: Date): Verdict {
  const span = `for ${spanText((now.getTime() - since.getTime()) / 1000)}`;
  if (isReassigned) {
    return {
      why: `${status} ${span}: its task makes a new one`,
      errors: { taskBuffer: { code: taskBufferCodes.killed, diag: 'reassigned by JEDI' } },
    };
  }
  const diag = `expired in ${status}. status unchanged since ${stamp(since)}`;
  return {
    why: `expired: ${status} ${span}`,
    errors: { taskBuffer: { code: taskBufferCodes.expired, diag } },
  };
}

function dispatcher(kind: keyof typeof dispatcherCodes, diag: string): JobErrors {
  return { jobDispatcher: { code: dispatcherCodes[kind], diag } };
}

function workerError({ worker }: LateJob): JobErrors | null {
  if (worker === null) return null;
  const diag = `worker already ${worker.status} at ${worker.endedAt ?? 'an unknown time'} with ${worker.diag ?? ''}`;
  return { sup: { code: workerDone, diag: diag.trim().slice(0, 250) } };
}
