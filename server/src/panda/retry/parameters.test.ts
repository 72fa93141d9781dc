import { expect, test } from 'vitest';
import type { RetryAction } from './actions.ts';
import { excludedOf, factorOf, parametersFault, stepsOf } from './parameters.ts';

test.for<[RetryAction, unknown, string | null]>([
  ['no_retry', {}, null],
  ['no_retry', { maxAttempt: 3 }, 'no_retry has no parameter "maxAttempt"'],
  ['limit_retry', { maxAttempt: 3 }, null],
  ['limit_retry', {}, 'limit_retry needs parameters.maxAttempt'],
  ['limit_retry', { maxAttempt: 0 }, 'parameters.maxAttempt'],
  ['limit_retry', { maxAttempt: '3' }, 'parameters.maxAttempt'],
  ['increase_memory', { factor: 2 }, 'increase_memory has no parameter'],
  ['increase_memory_xtimes', { factor: 2 }, null],
  ['increase_memory_xtimes', { factor: 1 }, 'parameters.factor'],
  ['increase_cputime', { factor: 2.5 }, null],
  ['increase_cputime', { factor: 11 }, 'parameters.factor'],
  ['reduce_input_per_job', {}, null],
  ['reduce_input_per_job', { steps: [2, 4, 7], excludedRules: ['nGBPerJob'] }, null],
  ['reduce_input_per_job', { steps: [2, 4] }, 'parameters.steps'],
  ['reduce_input_per_job', { steps: [2, 2, 7] }, 'must ascend'],
  ['reduce_input_per_job', { excludedRules: ['retryModuleRules'] }, 'parameters.excludedRules'],
  ['reduce_input_per_job', { __proto__: null, constructor: 1 }, 'no parameter "constructor"'],
])('parameters of %s: %j', ([action, parameters, fault]) => {
  const found = parametersFault(action, parameters);
  if (fault === null) expect(found).toBeNull();
  else expect(found).toContain(fault);
});

test('what is stored in another form counts as absent', () => {
  expect(stepsOf({ steps: 'x' })).toEqual([2, 4, 7]);
  expect(excludedOf({ excludedRules: 7 })).toEqual(['nEventsPerJob', 'nFilesPerJob']);
  expect(excludedOf({ excludedRules: ['nGBPerJob', 'else'] })).toEqual(['nGBPerJob']);
  expect([
    factorOf({}),
    factorOf({ factor: 'x' }),
    factorOf({ factor: 0.5 }),
    factorOf({ factor: 2 }),
  ]).toEqual([null, null, null, 2]);
});
