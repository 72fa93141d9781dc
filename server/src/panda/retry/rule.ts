import { compileLinear, type LinearRegex } from '../../core/regex/index.ts';
import type { JobErrors } from '../jobs/job.ts';
import { type AskedSource, askedSources, type RetryAction } from './actions.ts';

/** What is to happen when a job fails with a certain error. */
export interface RetryRule {
  retryRuleId: number;
  action: RetryAction;
  errorSource: AskedSource;
  errorCode: number;
  /** Fits from the start of the diagnostic text; null = any. `broken` fits nothing. */
  diag: LinearRegex | 'broken' | null;
  architecture: string | null;
  release: string | null;
  queue: string | null;
  /** workQueue_ID */
  workQueue: number | null;
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
  /** workQueue_ID */
  workQueue: number | null;
  errors: JobErrors;
}

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

/** Whether a job with these errors has the one that the rule is about. */
export function isAsked({ errorSource, errorCode }: RetryRule, errors: JobErrors): boolean {
  return errorCode !== 0 && errors[errorSource]?.code === errorCode;
}

/** A pattern of a rule: it fits from the start, and its dot also fits the end of a line. Throws what core/regex throws. */
export function compilePattern(pattern: string): LinearRegex {
  // Alone as well: one that closes the group which is put around it is no pattern.
  compileLinear(pattern, 's', { maxLength: 2000 });
  return compileLinear(`^(?:${pattern})`, 's', { maxLength: 2000 });
}

/** Whether the job is one that the rule names, and `text` one of its error. */
export function fits(rule: RetryRule, job: FailedJob, text: string): boolean {
  if (rule.diag === 'broken' || (rule.diag !== null && rule.diag.find(text)?.index !== 0)) return false;
  return (
    (rule.architecture === null || rule.architecture === job.architecture) &&
    (rule.release === null || rule.release === job.release) &&
    (rule.queue === null || rule.queue === job.queue) &&
    (rule.workQueue === null || rule.workQueue === job.workQueue)
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

function detailOf({ architecture, release, queue, workQueue }: RetryRule): number {
  return [architecture, release, queue, workQueue].filter((one) => one !== null).length;
}

/** The most attempts a rule allows; 0 = none but the present one. */
export function limitOf({ action, parameters }: RetryRule): number {
  if (action === 'no_retry') return 0;
  const limit = Number(parameters.maxAttempt);
  return Number.isInteger(limit) && limit >= 0 ? limit : Number.MAX_SAFE_INTEGER;
}
