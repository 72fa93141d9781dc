import type { Core } from '../../core/core.ts';
import type { Tx } from '../../core/db/index.ts';
import { errorClass } from '../api/error-meanings.ts';
import type { Job, JobErrors } from '../jobs/job.ts';
import { addDecisions } from './decisions.store.ts';
import { type JobFacts, noFacts, readFacts } from './facts.store.ts';
import { allowAnotherFailure, limitFiles, raiseMemory } from './files.store.ts';
import { nextMemory, timesMemory } from './memory.ts';
import { factorOf } from './parameters.ts';
import { chooseRules, isAsked, limitOf, type RetryRule } from './rule.ts';
import { rulesOf } from './rules.store.ts';
import { actOnTasks, type Chosen, isOfTask } from './task-effects.ts';
import { mainSource } from './words.ts';

/** A job that failed, with all its errors. */
export interface Failed {
  job: Job;
  errors: JobErrors;
}

interface Verdict extends Chosen {
  memoryMb: number | null;
  limit: number | null;
  /** For people; null = the task tells. */
  effect: string | null;
}

/**
 * Applies the retry rules to jobs that failed: limits and memory of the files of their tasks, time and size of the jobs
 * of these tasks. Rules that are not active are only written down. Failures that are the system's matter do not count
 * against the files. Returns how many attempts each job may have after it, for those that a rule has limited.
 */
export async function applyRules(
  core: Core,
  tx: Tx,
  failed: readonly Failed[],
): Promise<ReadonlyMap<number, number>> {
  await allowAnotherFailure(tx, jobsOf(failed.filter(isOfSystem)));
  const rules = await rulesOf(core);
  const touched = failed.filter(({ errors }) => rules.some((rule) => isAsked(rule, errors)));
  if (touched.length === 0) return new Map();
  const facts = await readFacts(
    tx,
    touched.map(({ job }) => job),
  );
  const verdicts = touched.flatMap((one) => judge(rules, one, facts.get(one.job.jobId) ?? noFacts));
  const effects = await actOnTasks(
    core,
    tx,
    verdicts.filter(({ rule }) => isOfTask(rule.action)),
  );
  await addDecisions(
    tx,
    verdicts.map((verdict) => ({
      jobId: verdict.job.jobId,
      attempt: verdict.job.attempt,
      retryRuleId: verdict.rule.retryRuleId,
      action: verdict.rule.action,
      active: verdict.rule.active,
      effect: verdict.effect ?? effects.get(verdict) ?? '',
      errorSource: verdict.rule.errorSource,
      errorCode: verdict.rule.errorCode,
    })),
  );
  const active = verdicts.filter(({ rule }) => rule.active);
  await limitFiles(tx, inTasks(active.flatMap(limitOfVerdict)));
  await raiseMemory(tx, inTasks(active.flatMap(memoryOfVerdict)));
  return new Map(active.flatMap(({ job, limit }) => (limit === null ? [] : [[job.jobId, limit] as const])));
}

function jobsOf(failed: readonly Failed[]): number[] {
  return inTasks(failed).map(({ job }) => job.jobId);
}

function inTasks<T extends { job: Job }>(list: readonly T[]): T[] {
  return list.filter(({ job }) => job.taskId !== null);
}

function isOfSystem({ errors }: Failed): boolean {
  const source = mainSource(errors);
  return source !== undefined && errorClass(source, errors[source]?.code ?? 0) === 'system';
}

function limitOfVerdict({ job, rule, limit }: Verdict): Array<{ job: Job; limit: number }> {
  if (limit === null) return [];
  return [{ job, limit: rule.action === 'no_retry' ? 0 : limit }];
}

function memoryOfVerdict({ job, memoryMb }: Verdict): Array<{ job: Job; memoryMb: number }> {
  return memoryMb === null ? [] : [{ job, memoryMb }];
}

function judge(rules: readonly RetryRule[], { job, errors }: Failed, facts: JobFacts): Verdict[] {
  return chooseRules(rules, { queue: job.queue, errors, ...facts }).map((rule) =>
    verdictOf(rule, job, facts),
  );
}

function verdictOf(rule: RetryRule, job: Job, { memory }: JobFacts): Verdict {
  const perCore = Math.round(job.memoryMb / Math.max(1, job.cores));
  const plain = { job, rule, memoryMb: null, limit: null };
  const raised = (memoryMb: number): Verdict => ({
    ...plain,
    memoryMb,
    effect: job.taskId === null ? 'nothing: the job has no task' : memoryText(perCore, memoryMb),
  });
  switch (rule.action) {
    case 'no_retry':
      return { ...plain, limit: job.attempt, effect: 'not tried again' };
    case 'limit_retry': {
      const limit = limitOf(rule);
      return { ...plain, limit, effect: `tried at most ${limit} ${limit === 1 ? 'time' : 'times'}` };
    }
    case 'increase_memory':
      return raised(nextMemory(perCore, job.attempt, memory));
    case 'increase_memory_xtimes':
      return raised(timesMemory(perCore, job.attempt, memory, factorOf(rule.parameters)));
    default:
      return { ...plain, effect: null };
  }
}

function memoryText(before: number, after: number): string {
  return after === before
    ? `memory stays at ${before} MB per core`
    : `memory ${before} → ${after} MB per core`;
}
