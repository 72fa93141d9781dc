import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import type { JobState } from '../states.ts';
import { type ControlledJob, listDebugged, lockControlled, setJobDebug } from './control.store.ts';
import { audit, type Outcome } from './control.ts';
import type { Controller } from './controller.ts';

/** Jobs in debug mode at once: of a user, of a working group (panda-server 1.0.3, ProcessGroups). Production: no limit. */
const mostOfUser = 3;
const mostOfGroup = 10;

const changeable: readonly JobState[] = ['defined', 'activated', 'running', 'sent', 'starting', 'assigned'];

/** One request at a time of one caller, so that two do not share the last free place. */
const lockOfLimits = 0x70616e64;

/**
 * Switches the debug mode of a job: its pilot then sends the tail of the payload's stdout each minute. For the owner
 * and the production role. The message is what clients show; `Succeeded` is the good one.
 */
export function setDebugMode(core: Core, who: Controller, jobId: number, on: boolean): Promise<Outcome> {
  return core.db.transaction(async (tx) => {
    await tx`select pg_advisory_xact_lock(${lockOfLimits}, ${who.accountId ?? 0})`;
    const [job] = await lockControlled(tx, [jobId]);
    const refusal = job === undefined ? `PandaID=${jobId} not found in active DB` : refuse(job, who);
    if (job === undefined || refusal !== null) return { ok: false, message: refusal ?? '' };
    if (job.debug === on) return { ok: false, message: 'Already set accordingly' };
    const full = on ? await hitLimit(tx, job, who) : null;
    if (full !== null) return { ok: false, message: full };
    await setJobDebug(tx, jobId, on);
    await audit(core, tx, who, 'panda.job-debugged', [jobId], { on });
    return { ok: true, message: 'Succeeded' };
  });
}

function refuse(job: ControlledJob, who: Controller): string | null {
  if (!changeable.includes(job.status)) {
    const states = changeable.map((state) => `'${state}'`).join(', ');
    return `Cannot set debugMode since the job status is ${job.status} which is not in one of [${states}]`;
  }
  const isOwner = who.accountId !== null && job.ownerAccountId === who.accountId;
  if (isOwner || who.powerOver(job) !== null) return null;
  return 'Permission denied. Not the owner or production manager';
}

async function hitLimit(tx: Tx, job: ControlledJob, who: Controller): Promise<string | null> {
  const power = who.powerOver(job);
  if (power === 'production') return null;
  const most = power === 'group' ? mostOfGroup : mostOfUser;
  const jobIds = await listDebugged(tx, {
    accountId: who.accountId,
    workingGroup: power === 'group' ? job.workingGroup : null,
  });
  if (jobIds.length < most) return null;
  return (
    `You already hit the limit on the maximum number of debug subjobs (${most} jobs). ` +
    `Please set the debug mode off for one of the following PandaIDs : ${jobIds.join(',')}`
  );
}
