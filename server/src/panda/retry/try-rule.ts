import { setImmediate } from 'node:timers/promises';
import type { Sql } from '../../core/db/index.ts';
import { numberOf } from './facts.store.ts';
import { chooseRules, compilePattern, fits, type RetryRule } from './rule.ts';
import { readRules } from './rules.store.ts';
import { listFailed, type TriedJob } from './try-rule.store.ts';
import type { CheckedRule } from './wish.ts';

/** A job that the rule would have met. */
export interface Met {
  job: TriedJob;
  diag: string;
  /** The rule that would have stood in front of it; null = it would have acted. */
  behind: number | null;
}

export interface Trial {
  /** Jobs that failed with the error and were looked at. */
  looked: number;
  /** The first of them ended then; null = there was none. */
  since: Date | null;
  /** Last first. */
  met: Met[];
  /** False: the time was over before all were looked at. */
  exact: boolean;
}

/** Patterns are judged for so long at most, and so many jobs at a time. */
const mostMs = 2000;
const perTurn = 100;

/**
 * Which of the last jobs that failed with its error a rule would have met, were it written (or changed) now. `ruleId` is
 * the stored rule that it would take the place of. Throws what a pattern is refused with.
 */
export async function tryRule(
  sql: Sql,
  wish: CheckedRule,
  { ruleId, last }: { ruleId: number | null; last: number },
): Promise<Trial> {
  const rule = ruleOf(wish, ruleId);
  const rules = [
    ...(await readRules(sql)).filter(({ retryRuleId }) => retryRuleId !== ruleId),
    rule,
  ].toSorted((a, b) => a.retryRuleId - b.retryRuleId);
  const jobs = await listFailed(sql, { source: rule.errorSource, code: rule.errorCode }, last);
  const untilMs = performance.now() + mostMs;
  const met: Met[] = [];
  let looked = 0;
  for (const job of jobs) {
    if (looked % perTurn === 0 && looked > 0) {
      if (performance.now() > untilMs) break;
      // Others' requests come between.
      await setImmediate();
    }
    looked += 1;
    const one = judge(rules, rule, job);
    if (one !== null) met.push(one);
  }
  const since = jobs[looked - 1]?.endedAt ?? null;
  return { looked, since, met, exact: looked === jobs.length };
}

/** A rule that is not stored yet comes after all others. */
const unstored = Number.MAX_SAFE_INTEGER;

function ruleOf(wish: CheckedRule, ruleId: number | null): RetryRule {
  const { diagPattern, ...rest } = wish;
  return {
    ...rest,
    retryRuleId: ruleId ?? unstored,
    diag: diagPattern === null ? null : compilePattern(diagPattern),
  };
}

function judge(rules: readonly RetryRule[], rule: RetryRule, job: TriedJob): Met | null {
  const facts = { ...job, workQueue: numberOf(job.workQueue) };
  const diag = job.errors[rule.errorSource]?.diag ?? '';
  if (!fits(rule, facts, diag)) return null;
  const chosen = chooseRules(rules, facts);
  const isChosen = chosen.some(({ retryRuleId }) => retryRuleId === rule.retryRuleId);
  return { job, diag, behind: isChosen ? null : (chosen[0]?.retryRuleId ?? null) };
}
