import type { JobEnd } from '../jobs/archive.store.ts';
import type { Job } from '../jobs/job.ts';
import type { Controller } from './controller.ts';

/** With one of these a production role reaches jobs of users. */
const reachesUsers = new Set([2, 4, 7, 8, 9, 10, 50, 51, 52, 91, 99]);
/** These are given again to a job that has been told before. */
const tellsAgain = new Set([2, 9, 10, 51, 52, 60, 99]);

export interface KillOrder {
  /**
   * Codes of killing (panda-server 1.0.3, killJob): 2 expire, 3 aborted, 4 expire in waiting, 7 retry by the server, 8
   * rebrokerage, 9 force, 10 fast rebrokerage, 50 by the task engine, 51 reassigned by it, 52 force by it, 55 task done,
   * 60 closed by the pilot, 91 users' jobs by production, 99 the same by force.
   */
  code: number | null;
  /** `keepUnmerged`, `jobSubStatus=<word>`. */
  options: readonly string[];
}

export type KilledJob = Pick<
  Job,
  'jobId' | 'status' | 'statusSince' | 'label' | 'vo' | 'workingGroup' | 'ownerAccountId' | 'command'
>;

/** Nothing; the pilot is told; or the job ends at once. */
export type KillVerdict =
  | { act: 'none'; why: 'not-yours' | 'told-before' }
  | { act: 'tell' }
  | { act: 'end'; end: JobEnd };

/**
 * What an order to kill does to a job. A running one waits for its pilot, which hears of it with its next heartbeat;
 * all others end at once, and so does a running one by force.
 */
export function judgeKill(job: KilledJob, who: Controller, order: KillOrder): KillVerdict {
  if (!mayKill(job, who, order.code)) return { act: 'none', why: 'not-yours' };
  const isMerging = job.status === 'merging';
  if (job.command === 'tobekilled' && !isMerging && !tellsAgain.has(order.code ?? 0)) {
    return { act: 'none', why: 'told-before' };
  }
  if (job.status === 'running' && !isForced(job, who, order.code)) return { act: 'tell' };
  return { act: 'end', end: endOf(job, who, order) };
}

function isUsers(label: string): boolean {
  return label === 'user' || label === 'panda';
}

function mayKill(job: KilledJob, who: Controller, code: number | null): boolean {
  if (who.accountId !== null && job.ownerAccountId === who.accountId) return true;
  const power = who.powerOver(job);
  if (power === 'production') return !isUsers(job.label) || (code !== null && reachesUsers.has(code));
  return power === 'group' && (job.label === 'managed' || job.label === 'test');
}

/** Force reaches running jobs: 9 and 52 those of production and tests, 99 all for a production role. */
function isForced(job: KilledJob, who: Controller, code: number | null): boolean {
  if (code === 99) return who.powerOver(job) === 'production';
  return (code === 9 || code === 52) && (job.label === 'managed' || job.label.includes('test'));
}

interface Ending {
  status: 'cancelled' | 'closed';
  /** Of the source taskBuffer. */
  error: number;
  diag: string;
  subStatus?: string;
}

function endingOf(job: KilledJob, who: Controller, code: number | null): Ending {
  const since = job.statusSince.toISOString().slice(0, 19).replace('T', ' ');
  switch (code) {
    case 2:
    case 4: {
      const diag = `expired in ${job.status}. status unchanged since ${since}`;
      return { status: 'closed', error: 102, diag, subStatus: 'toreassign' };
    }
    case 3:
      return { status: 'cancelled', error: 103, diag: 'aborted by ExtIF' };
    case 8:
      return {
        status: 'cancelled',
        error: 105,
        diag: `reassigned to another site by rebrokerage. new ${who.name}`,
      };
    case 50:
    case 52:
      return { status: 'cancelled', error: 100, diag: who.name };
    case 51:
      return { status: 'closed', error: 100, diag: 'reassigned by JEDI', subStatus: 'toreassign' };
    case 55:
      return {
        status: 'closed',
        error: 100,
        diag: 'killed since task is (almost) done',
        subStatus: 'taskdone',
      };
    case 60:
      return { status: 'closed', error: 100, diag: 'closed by the pilot' };
    case 10:
      return { status: 'closed', error: 130, diag: 'fast rebrokerage due to Nq/Nr overshoot' };
    default:
      return { status: 'cancelled', error: 100, diag: `killed by ${who.name}` };
  }
}

function endOf(job: KilledJob, who: Controller, { code, options }: KillOrder): JobEnd {
  const { status, error, diag, subStatus } = endingOf(job, who, code);
  const wished = options.find((option) => option.startsWith('jobSubStatus='))?.slice('jobSubStatus='.length);
  const shown = subStatus ?? wished?.slice(0, 80);
  return {
    jobId: job.jobId,
    status,
    why: diag,
    by: who.name,
    errors: { taskBuffer: { code: error, diag: diag.slice(0, 500) } },
    ...(shown === undefined ? {} : { subStatus: shown }),
  };
}
