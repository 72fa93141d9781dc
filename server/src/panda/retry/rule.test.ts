import { expect, test } from 'vitest';
import { compileLinear } from '../../core/regex/index.ts';
import type { Job, JobErrors } from '../jobs/job.ts';
import { nextMemory, timesMemory } from './memory.ts';
import { pilotRetryReason } from './pilot-retry.ts';
import { chooseRules, limitOf, type RetryRule } from './rule.ts';
import { mainErrorText, spanText, timeText } from './words.ts';

let nextRule = 1;

function aRule(change: Partial<RetryRule> & { pattern?: string } = {}): RetryRule {
  const { pattern, ...rest } = change;
  return {
    retryRuleId: nextRule++,
    action: 'limit_retry',
    errorSource: 'pilot',
    errorCode: 1305,
    diag: pattern === undefined ? null : compileLinear(`^(?:${pattern})`, 's'),
    architecture: null,
    release: null,
    queue: null,
    workQueue: null,
    parameters: { maxAttempt: 5 },
    active: true,
    ...rest,
  };
}

const failed = {
  queue: 'HERE',
  architecture: 'x86_64-el9',
  release: '22.0',
  workQueue: 7,
  errors: { pilot: { code: 1305, diag: 'line one\nline two' } } as JobErrors,
};

function chosen(rules: readonly RetryRule[], errors: JobErrors = failed.errors): string[] {
  return chooseRules(rules, { ...failed, errors }).map(
    ({ action, parameters }) => `${action} ${JSON.stringify(parameters.maxAttempt ?? null)}`,
  );
}

/** Name, rules, what is chosen. */
const choices: ReadonlyArray<[string, RetryRule[], string[]]> = [
  ['no rule', [], []],
  ['another code', [aRule({ errorCode: 1306 })], []],
  ['another source', [aRule({ errorSource: 'exe' })], []],
  ['a rule for any text', [aRule()], ['limit_retry 5']],
  ['a text that fits from its start', [aRule({ pattern: 'line o' })], ['limit_retry 5']],
  ['a text that fits later', [aRule({ pattern: 'two' })], []],
  ['a dot fits the end of a line', [aRule({ pattern: '.*two$' })], ['limit_retry 5']],
  ['a pattern that cannot be used', [aRule({ diag: 'broken' })], []],
  ['its platform', [aRule({ architecture: 'x86_64-el9' })], ['limit_retry 5']],
  ['another platform', [aRule({ architecture: 'arm' })], []],
  ['another release', [aRule({ release: '23.0' })], []],
  ['another queue', [aRule({ queue: 'THERE' })], []],
  ['its work queue', [aRule({ workQueue: 7 })], ['limit_retry 5']],
  ['another work queue', [aRule({ workQueue: 8 })], []],
  ['the smaller of two limits', [aRule(), aRule({ parameters: { maxAttempt: 3 } })], ['limit_retry 3']],
  [
    'the limit that says more, even if larger',
    [aRule({ parameters: { maxAttempt: 3 } }), aRule({ queue: 'HERE', parameters: { maxAttempt: 7 } })],
    ['limit_retry 7'],
  ],
  [
    'the limit that says most of two that say something',
    [
      aRule({ queue: 'HERE', parameters: { maxAttempt: 2 } }),
      aRule({ queue: 'HERE', workQueue: 7, parameters: { maxAttempt: 9 } }),
    ],
    ['limit_retry 9'],
  ],
  [
    'a limit that is not active stands in front of the others too',
    [aRule({ queue: 'HERE', active: false, parameters: { maxAttempt: 4 } }), aRule()],
    ['limit_retry 4'],
  ],
  ['none before some', [aRule(), aRule({ action: 'no_retry', parameters: {} })], ['no_retry null']],
  [
    'one for each action, the first of those that do the same',
    [
      aRule({ action: 'increase_memory', parameters: {} }),
      aRule({ action: 'increase_memory', parameters: { maxAttempt: 1 } }),
      aRule(),
    ],
    ['increase_memory null', 'limit_retry 5'],
  ],
];

test.for(choices)('rules are chosen: %s', ([, rules, expected]) => {
  expect(chosen(rules)).toEqual(expected);
});

test('only the first error that has rules acts', () => {
  const rules = [
    aRule({ errorSource: 'exe', errorCode: 1 }),
    aRule({ errorSource: 'trans', errorCode: 7, action: 'no_retry' }),
  ];
  const errors = { trans: { code: 7, diag: '' }, exe: { code: 1, diag: '' }, pilot: { code: 9, diag: '' } };
  expect(chosen(rules, errors)).toEqual(['limit_retry 5']);
  expect(chosen(rules, { trans: { code: 7, diag: '' } })).toEqual(['no_retry 5']);
});

test('a limit that is no number limits nothing', () => {
  expect(limitOf(aRule({ parameters: {} }))).toBe(Number.MAX_SAFE_INTEGER);
  expect(limitOf(aRule({ parameters: { maxAttempt: '4' } }))).toBe(4);
  expect(limitOf(aRule({ action: 'no_retry' }))).toBe(0);
});

test('memory grows by steps, or as the task says, and never shrinks', () => {
  const none = { offset: null, step: null, max: null };
  expect([0, 1000, 2500, 8000, 9000].map((mb) => nextMemory(mb, 1, none))).toEqual([
    1000, 2000, 3000, 8000, 9000,
  ]);
  expect(nextMemory(2000, 2, { offset: 500, step: 1000, max: null })).toBe(2500);
  expect(nextMemory(2000, 3, { offset: null, step: 1000, max: 4000 })).toBe(4000);
  expect(nextMemory(2000, 1, { ...none, max: 1500 })).toBe(2000);
  expect(timesMemory(2000, 1, none)).toBe(4000);
  expect(timesMemory(4000, 2, none)).toBe(6000);
  expect(timesMemory(4000, 2, { ...none, max: 5000 })).toBe(5000);
});

const aUsersJob: Pick<Job, 'label' | 'processingType' | 'attempt' | 'maxAttempt' | 'command'> = {
  label: 'user',
  processingType: 'prun',
  attempt: 1,
  maxAttempt: 3,
  command: null,
};

/** What differs from a user's job, its errors, and whether it is begun again. */
const retries: ReadonlyArray<[string, Partial<typeof aUsersJob>, JobErrors, boolean]> = [
  ['an error that may pass', {}, { pilot: { code: 1137, diag: '' } }, true],
  ['an error that will not', {}, { pilot: { code: 1305, diag: '' } }, false],
  ['no error of the pilot', {}, { ddm: { code: 200, diag: '' } }, false],
  ['no attempt left', { attempt: 3 }, { pilot: { code: 1137, diag: '' } }, false],
  ['production', { label: 'managed' }, { pilot: { code: 1137, diag: '' } }, false],
  ['a test label', { label: 'ptest' }, { pilot: { code: 1137, diag: '' } }, true],
  ['a job that measures', { processingType: 'gangarobot' }, { pilot: { code: 1137, diag: '' } }, false],
  [
    'the one of these that is retried',
    { processingType: 'gangarobot-rctest' },
    { pilot: { code: 1137, diag: '' } },
    true,
  ],
  ['hammercloud', { processingType: 'hammercloud-x' }, { pilot: { code: 1137, diag: '' } }, false],
  ['being killed', { command: 'tobekilled' }, { pilot: { code: 1137, diag: '' } }, false],
  ['retried already', {}, { pilot: { code: 1137, diag: '' }, taskBuffer: { code: 107, diag: '' } }, false],
  ['an interruption', { maxAttempt: 1 }, { pilot: { code: 1201, diag: 'SIGTERM' } }, true],
  ['a second interruption', { attempt: 2 }, { pilot: { code: 1213, diag: '' } }, false],
  ['an interruption of a test', { label: 'ptest' }, { pilot: { code: 1201, diag: '' } }, false],
  ['an interruption when no retry is wanted', { maxAttempt: -1 }, { pilot: { code: 1201, diag: '' } }, false],
];

test.for(retries)('a job is begun again or not: %s', ([, change, errors, isBegunAgain]) => {
  const reason = pilotRetryReason({ ...aUsersJob, ...change }, errors);
  expect(reason !== null).toBe(isBegunAgain);
});

test('errors, spans and times are told in words', () => {
  expect(pilotRetryReason(aUsersJob, { pilot: { code: 1137, diag: 'no space\nmore' } })).toBe(
    'after pilot error 1137: no space',
  );
  expect(mainErrorText({})).toBeNull();
  expect(mainErrorText({ trans: { code: 7, diag: '' } })).toBe('exit code 7');
  expect(mainErrorText({ trans: { code: 7, diag: '' }, exe: { code: 2, diag: ' bad\ninput' } })).toBe(
    'payload error 2: bad (exit code 7)',
  );
  const said = { pilot: { code: 1305, diag: 'ended with exit code 7' }, trans: { code: 7, diag: '' } };
  expect(mainErrorText(said)).toBe('pilot error 1305: ended with exit code 7');
  expect([90, 300, 7200, 9000, 172_800, 900_000].map(spanText)).toEqual([
    '90 s',
    '5 min',
    '2 h',
    '2.5 h',
    '2 d',
    '10.4 d',
  ]);
  const at = new Date('2026-03-01T12:03:04Z');
  expect(timeText(at, new Date('2026-03-01T14:00:00Z'))).toBe('12:03');
  expect(timeText(at, new Date('2026-03-02T01:00:00Z'))).toBe('2026-03-01 12:03');
});
