import { expect, test } from 'vitest';
import { apiOf } from '../api-of-page.ts';
import { ruleFilter, ruleProblems, ruleTerms, ruleText } from './retry-filter.ts';
import { ruleProblem } from './retry-rule-fields.tsx';
import { actionWords, blankRule, conditionWords, patternOf } from './retry-words.ts';

test('rules are filtered by error, action and state; a word without a field is an error', () => {
  expect(ruleFilter('pilot:1305 action:no_retry state:on')).toEqual({
    errorSource: 'pilot',
    errorCode: 1305,
    action: 'no_retry',
    active: true,
  });
  expect(ruleFilter('error:trans state:deleted')).toEqual({ errorSource: 'trans', removed: true });
  expect(ruleFilter('1305')).toEqual({ errorCode: 1305 });
  expect(ruleFilter('action:pray -state:on')).toEqual({});
  expect(ruleText(ruleTerms('pilot:1305 state:off'))).toBe('pilot:1305 state:off');
  expect(ruleFilter(ruleText(ruleTerms('pilot:1305')))).toEqual({ errorSource: 'pilot', errorCode: 1305 });
});

test('what a filter does not understand is named', () => {
  expect(ruleProblems('pilot:1305 action:no_retry state:off')).toEqual([]);
  expect(ruleProblems('colour:red')).toEqual(['There is no field colour; action, error, state are known.']);
  expect(ruleProblems('-state:on action:pray state:asleep wind')).toEqual([
    'state cannot be left out.',
    'There is no action pray.',
    'A rule is on, off or deleted, not asleep.',
    'wind is no error.',
  ]);
});

test('the call behind the page of rules', () => {
  expect(apiOf('/work/retry-rules', { q: 'pilot:1305' })).toBe(
    '/api/panda/retry-rules?errorSource=pilot&errorCode=1305',
  );
});

test.each([
  ['no_retry', {}, 'is not tried again'],
  ['limit_retry', { maxAttempt: 1 }, 'is tried at most 1 time'],
  ['increase_memory', {}, 'gets the next step of memory'],
  ['increase_memory_xtimes', { factor: 2 }, 'gets 2 times the memory'],
  ['increase_cputime', {}, 'its task gets 1.5 times the time for an event'],
  [
    'reduce_input_per_job',
    { steps: [3, 5, 9], excludedRules: [] },
    'its task makes jobs of half the input from attempt 3 on, a quarter from 5, one file from 9, whatever the task sets',
  ],
] as const)('%s in words', (action, parameters, words) => {
  expect(actionWords({ action, parameters: { ...parameters } as Record<string, never> })).toBe(words);
});

test('a rule is begun with an error and a pattern that fits texts like this one', () => {
  const rule = blankRule({ source: 'exe', code: 65 }, patternOf('line 12 of x.py (again)\nmore'));
  expect(rule).toMatchObject({
    errorSource: 'exe',
    errorCode: 65,
    diagPattern: 'line \\d+ of x\\.py \\(again\\)',
  });
  expect(new RegExp(`^(?:${rule.diagPattern})`).test('line 7 of x.py (again)')).toBe(true);
  expect(conditionWords({ ...rule, queue: 'EAST', workQueue: 7 })).toEqual([
    'text begins with line \\d+ of x\\.py \\(again\\)',
    'in queue EAST',
    'of work queue 7',
  ]);
  expect(blankRule({ source: 'sup', code: 1 })).toMatchObject({ errorSource: 'pilot' });
});

test('what is missing or wrong is said before the server is asked', () => {
  const rule = blankRule({ source: 'exe', code: 65 });
  expect(ruleProblem(rule)).toBeUndefined();
  expect(ruleProblem(blankRule(undefined))).toBe('Give the code of an error.');
  expect(ruleProblem({ ...rule, parameters: {} })).toBe('Give how often, from 1.');
  expect(ruleProblem({ ...rule, diagPattern: '(' })).toBe('This is no regular expression.');
  expect(ruleProblem({ ...rule, diagPattern: '(?=x)' })).toBe('A pattern cannot look around.');
  expect(ruleProblem({ ...rule, diagPattern: '.*(?i:No Such)' })).toBeUndefined();
  expect(ruleProblem({ ...rule, action: 'increase_cputime', parameters: { factor: 0 } })).toBe(
    'Give a factor above 1, at most 10.',
  );
  expect(ruleProblem({ ...rule, action: 'reduce_input_per_job', parameters: { steps: [4, 2, 7] } })).toBe(
    'The attempts have to ascend.',
  );
});
