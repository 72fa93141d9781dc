import { expect, test } from 'vitest';
import { reduceInput } from './reduce-input.ts';
import { readNumber, readSwitch, writeSwitch } from './split-rule.ts';

const job = { attempt: 2, files: 8, bytes: 9.5 * 1024 ** 3 };

/** Split rule of the task, attempt, parameters of the rule, and the split rule it has then; null = unchanged. */
const reductions: ReadonlyArray<[string, string, number, Record<string, unknown>, string | null]> = [
  ['the first attempt changes nothing', '', 1, {}, null],
  ['half of what the job had', '', 2, {}, 'RM=NG:10|MF:8,NG=5,MF=4'],
  ['half of what the task says', 'NG=40,XX=1,MF=6', 3, {}, 'XX=1,RM=NG:40|MF:6,NG=20,MF=3'],
  ['a quarter of what there was first', 'RM=NG:10|MF:8,NG=5,MF=4', 4, {}, 'RM=NG:10|MF:8,NG=2,MF=2'],
  ['one of each at last', 'RM=NG:10|MF:8,NG=2,MF=2', 7, {}, 'RM=NG:10|MF:8,NG=1,MF=1'],
  ['the same again changes nothing', 'RM=NG:10|MF:8,NG=5,MF=4', 3, {}, null],
  ['a task that fixes events', 'NE=100', 2, {}, null],
  ['a task that fixes files', 'NF=1', 2, {}, null],
  ['a task that fixes gigabytes, which the rule excludes', 'NG=4', 2, { excludedRules: ['nGBPerJob'] }, null],
  ['nothing excluded', 'NF=8', 2, { excludedRules: [] }, 'NF=8,RM=NG:10|MF:8,NG=5,MF=4'],
  ['steps of the rule', '', 3, { steps: [3, 5, 9] }, 'RM=NG:10|MF:8,NG=5,MF=4'],
  ['below the steps of the rule', '', 2, { steps: [3, 5, 9] }, null],
];

test.for(reductions)('input is reduced: %s', ([, splitRule, attempt, parameters, expected]) => {
  expect(reduceInput(splitRule, { ...job, attempt }, parameters).splitRule).toBe(expected);
});

test('a job without known input counts as one file and one gigabyte', () => {
  const { splitRule, effect } = reduceInput('', { attempt: 2, files: 0, bytes: 0 }, {});
  expect(splitRule).toBe('RM=NG:1|MF:1,NG=1,MF=1');
  expect(effect).toBe('jobs of at most 1 file and 1 GB (first 1 file and 1 GB)');
});

test('the effect says why nothing is done', () => {
  expect(reduceInput('NE=1', job, {}).effect).toBe('input stays as it is: the task sets nEventsPerJob');
  expect(reduceInput('', { ...job, attempt: 1 }, {}).effect).toBe(
    'input stays as it is: only from attempt 2 on',
  );
});

test('switches are read and set without touching others', () => {
  expect(readSwitch('NG=10,MF=8', 'nMaxFilesPerJob')).toBe('8');
  expect(readSwitch('XNG=10', 'nGBPerJob')).toBeNull();
  expect(readNumber('RX=abc', 'retryRamOffset')).toBeNull();
  expect(readNumber('NG=', 'nGBPerJob')).toBeNull();
  expect(readNumber('NG:3|MF:2', 'nMaxFilesPerJob', true)).toBe(2);
  expect(writeSwitch('', 'nGBPerJob', 3)).toBe('NG=3');
  expect(writeSwitch('NG=1,US=1', 'nGBPerJob', 3)).toBe('US=1,NG=3');
});
