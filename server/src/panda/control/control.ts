import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { setupJobsTask } from '../setup/setup-jobs.task.ts';
import type { JobState } from '../states.ts';
import { lockControlled, redefine, resetStarts, setJobCommand, tellToDie } from './control.store.ts';
import type { Controller } from './controller.ts';
import { judgeKill, type KillOrder } from './kill.rules.ts';

/** Jobs in one transaction. */
const chunk = 500;

/**
 * Kills jobs: one answer each, in order; false for a job that is not live, not the caller's, or was told before.
 * Running jobs are only told (unless by force): their pilots hear of it with the next heartbeat.
 */
export async function killJobs(
  core: Core,
  who: Controller,
  jobIds: readonly number[],
  order: Partial<KillOrder> = {},
): Promise<boolean[]> {
  const full = { code: order.code ?? null, options: order.options ?? [] };
  const killed = new Set<number>();
  for (const part of inParts([...new Set(jobIds)])) {
    const done = await core.db.transaction((tx) => killPart(core, tx, who, part, full));
    for (const jobId of done) killed.add(jobId);
  }
  return jobIds.map((jobId) => killed.has(jobId));
}

async function killPart(
  core: Core,
  tx: Tx,
  who: Controller,
  jobIds: readonly number[],
  order: KillOrder,
): Promise<number[]> {
  const jobs = await lockControlled(tx, jobIds);
  const verdicts = jobs.map((job) => ({ jobId: job.jobId, verdict: judgeKill(job, who, order) }));
  const told = verdicts.flatMap(({ jobId, verdict }) => (verdict.act === 'tell' ? [jobId] : []));
  const ends = verdicts.flatMap(({ verdict }) => (verdict.act === 'end' ? [verdict.end] : []));
  const ended = ends.map(({ jobId }) => jobId);
  await tellToDie(tx, told, `killed by ${who.name}`.slice(0, 500));
  await resetStarts(tx, ended);
  await endJobs(tx, ends);
  const killed = [...told, ...ended];
  const { code } = order;
  await audit(core, tx, who, 'panda.job-killed', killed, code === null ? {} : { code });
  core.db.afterCommit(tx, () => core.events.committed());
  return killed;
}

/** Longest command there is room for (panda-server 1.0.3, commandToPilot). */
const longestCommand = 250;

/** What became of a request, in the words clients show. */
export interface Outcome {
  ok: boolean;
  message: string;
}

/**
 * Gives a command to the pilot of a job, which hears of it with its next heartbeat; it replaces an earlier one. For
 * the production role of the job's VO, and its owner.
 */
export function setCommand(core: Core, who: Controller, jobId: number, command: string): Promise<Outcome> {
  const wrong = whatIsWrong(command);
  if (wrong !== null) return Promise.resolve({ ok: false, message: wrong });
  return core.db.transaction(async (tx) => {
    const [job] = await lockControlled(tx, [jobId]);
    if (job === undefined) return { ok: false, message: `no active job with PandaID=${jobId}` };
    const isOwner = who.accountId !== null && job.ownerAccountId === who.accountId;
    if (!isOwner && who.powerOver(job) === null) return { ok: false, message: 'permission denied' };
    if (job.command === 'tobekilled') return { ok: false, message: 'job is being killed' };
    await setJobCommand(tx, jobId, command);
    await audit(core, tx, who, 'panda.job-commanded', [jobId], { command });
    return { ok: true, message: 'command received' };
  });
}

function whatIsWrong(command: string): string | null {
  if (command.length > longestCommand) {
    return `command string too long. must be less than ${longestCommand} chars`;
  }
  return /\p{Cc}/u.test(command) || !command.isWellFormed() ? 'command must be one line of text' : null;
}

/** States from which a job can be prepared anew. `defined` ones only get another setup. */
const reassignable: readonly JobState[] = ['pending', 'waiting', 'defined', 'assigned', 'activated'];

/**
 * Prepares jobs anew that no pilot has yet: their inputs are looked up again. Returns those that are; jobs in other
 * states, and those of others, are left alone.
 */
export async function reassignJobs(
  core: Core,
  who: Controller,
  jobIds: readonly number[],
): Promise<number[]> {
  const all: number[] = [];
  for (const part of inParts([...new Set(jobIds)])) {
    all.push(...(await core.db.transaction((tx) => reassignPart(core, tx, who, part))));
  }
  return all;
}

async function reassignPart(
  core: Core,
  tx: Tx,
  who: Controller,
  jobIds: readonly number[],
): Promise<number[]> {
  const jobs = (await lockControlled(tx, jobIds)).filter(
    (job) =>
      reassignable.includes(job.status) &&
      job.command === null &&
      ((who.accountId !== null && job.ownerAccountId === who.accountId) || who.powerOver(job) !== null),
  );
  if (jobs.length === 0) return [];
  const chosen = jobs.map(({ jobId }) => jobId);
  await redefine(tx, chosen, `Prepared anew for ${who.name}.`, who.name);
  await core.queue.add(tx, setupJobsTask, { jobIds: chosen });
  await audit(core, tx, who, 'panda.job-reassigned', chosen, {});
  core.db.afterCommit(tx, () => core.events.committed());
  return chosen;
}

/** One entry for all jobs of one call: what people do to thousands at once is one act. */
export async function audit(
  core: Core,
  tx: Tx,
  who: Controller,
  action: 'panda.job-killed' | 'panda.job-commanded' | 'panda.job-reassigned' | 'panda.job-debugged',
  jobIds: readonly number[],
  details: Record<string, string | number | boolean>,
): Promise<void> {
  if (who.accountId === null || jobIds.length === 0) return;
  const { address } = who;
  await core.audit.record(tx, {
    actor: who.name,
    action,
    object: { kind: 'job', id: jobIds.length === 1 ? String(jobIds[0]) : `${jobIds.length} jobs` },
    details: { ...details, ...(jobIds.length === 1 ? {} : { jobs: jobIds.map(String) }) },
    ...(address === undefined ? {} : { address }),
  });
}

function* inParts<T>(list: readonly T[]): Generator<T[]> {
  for (let at = 0; at < list.length; at += chunk) yield list.slice(at, at + chunk);
}
