import type { PandaRetryAction, PandaRetryRule, PandaRetryRuleWish } from '@orrery/contracts';
import { plural } from '../shared/format.ts';

/** What an action does, for a choice of actions. */
export const actionNames: Record<PandaRetryAction, string> = {
  no_retry: 'Do not try again',
  limit_retry: 'Try at most so many times',
  increase_memory: 'Give the next step of memory',
  increase_memory_xtimes: 'Give times the memory',
  increase_cputime: 'Give more time for an event',
  reduce_input_per_job: 'Make smaller jobs',
};

/** What a rule does, with its own numbers. */
export function actionWords({
  action,
  parameters,
}: Pick<PandaRetryRuleWish, 'action' | 'parameters'>): string {
  const { maxAttempt, factor, steps, excludedRules } = parameters;
  switch (action) {
    case 'no_retry':
      return 'is not tried again';
    case 'limit_retry':
      return `is tried at most ${maxAttempt === undefined ? 'so many times' : plural(maxAttempt, 'time')}`;
    case 'increase_memory':
      return 'gets the next step of memory';
    case 'increase_memory_xtimes':
      return factor === undefined ? 'gets its memory times the attempt' : `gets ${factor} times the memory`;
    case 'increase_cputime':
      return `its task gets ${factor ?? 1.5} times the time for an event`;
    case 'reduce_input_per_job': {
      const [half, quarter, one] = steps ?? [2, 4, 7];
      const but =
        excludedRules === undefined
          ? ''
          : excludedRules.length === 0
            ? ', whatever the task sets'
            : `, unless the task sets ${excludedRules.join(' or ')}`;
      return `its task makes jobs of half the input from attempt ${half} on, a quarter from ${quarter}, one file from ${one}${but}`;
    }
  }
}

/** What else must fit; empty when the error alone does. */
export function conditionWords({
  diagPattern,
  queue,
  architecture,
  release,
  workQueue,
}: Pick<PandaRetryRuleWish, 'diagPattern' | 'queue' | 'architecture' | 'release' | 'workQueue'>): string[] {
  return [
    ...(diagPattern === null ? [] : [`text begins with ${diagPattern}`]),
    ...(queue === null ? [] : [`in queue ${queue}`]),
    ...(architecture === null ? [] : [`on ${architecture}`]),
    ...(release === null ? [] : [`with release ${release}`]),
    ...(workQueue === null ? [] : [`of work queue ${workQueue}`]),
  ];
}

/** Why a rule that is not off itself does nothing; undefined when it acts. */
export function whyIdle({ state, active, actionActive }: PandaRetryRule): string | undefined {
  if (state === 'off' && !actionActive)
    return active ? 'its action is off: only written down' : 'off, and its action is off';
  if (state === 'off') return 'only written down';
  return undefined;
}

export const sum = (days: readonly number[]): number => days.reduce((all, each) => all + each, 0);

/** Nothing but an error yet. */
export function blankRule(
  error: { source: string; code: number } | undefined,
  pattern = '',
): PandaRetryRuleWish {
  const sources = ['pilot', 'exe', 'ddm', 'trans', 'jobDispatcher', 'taskBuffer'] as const;
  return {
    action: 'limit_retry',
    errorSource: sources.find((each) => each === error?.source) ?? 'pilot',
    errorCode: error?.code ?? 0,
    diagPattern: pattern === '' ? null : pattern,
    architecture: null,
    release: null,
    queue: null,
    workQueue: null,
    parameters: { maxAttempt: 2 },
    active: true,
    description: '',
    expiresAt: null,
  };
}

/** A pattern that fits texts like this one: its first line, with every number left open. */
export function patternOf(diag: string): string {
  const line = (diag.split('\n')[0] ?? '').trim().slice(0, 120);
  return line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\d+/g, '\\d+');
}
