import type { LinearRegex } from '../../core/regex/index.ts';
import type { ErrorSource, JobErrors } from '../jobs/job.ts';

export const retryActions = [
  'no_retry',
  'limit_retry',
  'increase_memory',
  'increase_memory_xtimes',
  'increase_cputime',
  'reduce_input_per_job',
] as const;
export type RetryAction = (typeof retryActions)[number];

/** What is to happen when a job fails with a certain error. */
export interface RetryRule {
  retryRuleId: number;
  action: RetryAction;
  errorSource: ErrorSource;
  errorCode: number;
  /** Fits from the start of the diagnostic text; null = any. `broken` fits nothing. */
  diag: LinearRegex | 'broken' | null;
  architecture: string | null;
  release: string | null;
  queue: string | null;
  parameters: Readonly<Record<string, unknown>>;
  /** False: its effect is only written down. */
  active: boolean;
}

/** What rules ask about a job that failed. */
export interface FailedJob {
  queue: string;
  /** cmtConfig */
  architecture: string | null;
  /** AtlasRelease */
  release: string | null;
  errors: JobErrors;
}

/** Errors in the order in which rules are asked (panda-server 1.0.3, adder and watcher). */
const askedSources = ['pilot', 'exe', 'ddm', 'trans', 'jobDispatcher', 'taskBuffer'] as const;

/** Of these the rule that says most, or else allows least, stands for all. */
const limits: readonly RetryAction[] = ['no_retry', 'limit_retry'];

/**
 * The rules that act on a job: those of its first error for which there are any, one rule for each action
 * (panda-server 1.0.3, retry module).
 */
export function chooseRules(rules: readonly RetryRule[], job: FailedJob): RetryRule[] {
  for (const source of askedSources) {
    const error = job.errors[source];
    if (error === undefined || error.code === 0) continue;
    const fitting = rules.filter(
      (rule) => rule.errorSource === source && rule.errorCode === error.code && fits(rule, job, error.diag),
    );
    if (fitting.length > 0) return oneForEachAction(fitting);
  }
  return [];
}

function fits(rule: RetryRule, job: FailedJob, text: string): boolean {
  if (rule.diag === 'broken' || (rule.diag !== null && rule.diag.find(text)?.index !== 0)) return false;
  return (
    (rule.architecture === null || rule.architecture === job.architecture) &&
    (rule.release === null || rule.release === job.release) &&
    (rule.queue === null || rule.queue === job.queue)
  );
}

function oneForEachAction(rules: readonly RetryRule[]): RetryRule[] {
  const chosen = new Map<string, RetryRule>();
  for (const rule of rules) {
    const key = limits.includes(rule.action) ? 'limit' : rule.action;
    const known = chosen.get(key);
    if (known === undefined || (key === 'limit' && isStricter(rule, known))) chosen.set(key, rule);
  }
  return [...chosen.values()];
}

function isStricter(rule: RetryRule, known: RetryRule): boolean {
  const more = detailOf(rule) - detailOf(known);
  return more > 0 || (more === 0 && limitOf(rule) < limitOf(known));
}

function detailOf({ architecture, release, queue }: RetryRule): number {
  return [architecture, release, queue].filter((one) => one !== null).length;
}

/** The most attempts a rule allows; 0 = none but the present one. */
export function limitOf({ action, parameters }: RetryRule): number {
  if (action === 'no_retry') return 0;
  const limit = Number(parameters.maxAttempt);
  return Number.isInteger(limit) && limit >= 0 ? limit : Number.MAX_SAFE_INTEGER;
}
