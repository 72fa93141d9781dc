import { expect, test } from 'vitest';
import { jobStates } from '../states.ts';
import type { Controller } from './controller.ts';
import { judgeKill, type KilledJob } from './kill.rules.ts';

/** All that clients send. */
const killCodes = [2, 3, 4, 7, 8, 9, 10, 50, 51, 52, 55, 60, 91, 99];

const owner: Controller = { name: 'Ada', accountId: 7, powerOver: () => null };
const stranger: Controller = { name: 'Eve', accountId: 8, powerOver: () => null };
const production: Controller = { name: 'Prod', accountId: 9, powerOver: () => 'production' };
const group: Controller = { name: 'Group', accountId: 10, powerOver: () => 'group' };

function job(wish: Partial<KilledJob> = {}): KilledJob {
  return {
    jobId: 1,
    status: 'running',
    statusSince: new Date('2026-11-22T10:00:00Z'),
    label: 'user',
    vo: 'local',
    workingGroup: null,
    ownerAccountId: 7,
    command: null,
    ...wish,
  };
}

function act(wish: Partial<KilledJob>, who: Controller, code: number | null = null): string {
  const verdict = judgeKill(job(wish), who, { code, options: [] });
  if (verdict.act === 'end') return `${verdict.end.status} ${verdict.end.errors?.taskBuffer?.code}`;
  return verdict.act === 'none' ? verdict.why : verdict.act;
}

test('a running job is told, a job in any other live state ends at once', () => {
  expect(act({ status: 'running' }, owner)).toBe('tell');
  for (const status of jobStates) {
    if (status !== 'running') expect(act({ status }, owner), status).toBe('cancelled 100');
  }
});

test.each([
  [null, 'cancelled', 100, undefined],
  [2, 'closed', 102, 'toreassign'],
  [3, 'cancelled', 103, undefined],
  [4, 'closed', 102, 'toreassign'],
  [8, 'cancelled', 105, undefined],
  [10, 'closed', 130, undefined],
  [50, 'cancelled', 100, undefined],
  [51, 'closed', 100, 'toreassign'],
  [55, 'closed', 100, 'taskdone'],
  [60, 'closed', 100, undefined],
] as const)('code %s ends a waiting job as %s with error %s', (code, status, error, subStatus) => {
  const verdict = judgeKill(job({ status: 'activated' }), owner, { code, options: [] });
  expect(verdict).toMatchObject({ act: 'end', end: { status, errors: { taskBuffer: { code: error } } } });
  if (verdict.act === 'end') expect(verdict.end.subStatus).toBe(subStatus);
});

test('strangers change nothing, whatever the code', () => {
  for (const code of [null, ...killCodes]) expect(act({}, stranger, code)).toBe('not-yours');
});

test('a production role reaches jobs of users only with the codes that are meant for it', () => {
  const reached = [null, ...killCodes].filter((code) => act({}, production, code) !== 'not-yours');
  expect(reached).toEqual([2, 4, 7, 8, 9, 10, 50, 51, 52, 91, 99]);
  expect(act({ label: 'managed' }, production)).toBe('tell');
});

test('the production role of a group reaches the jobs of production of that group, not those of users', () => {
  expect(act({ label: 'managed' }, group)).toBe('tell');
  expect(act({ label: 'user' }, group, 91)).toBe('not-yours');
});

test('force ends a running job: 9 and 52 one of production, 99 any for a production role', () => {
  for (const code of [9, 52]) {
    expect(act({ label: 'managed' }, production, code)).toBe('cancelled 100');
    expect(act({ label: 'prod_test' }, production, code)).toBe('cancelled 100');
    expect(act({ label: 'user' }, production, code)).toBe('tell');
  }
  expect(act({ label: 'user' }, production, 99)).toBe('cancelled 100');
  expect(act({ label: 'user' }, owner, 99)).toBe('tell');
});

test('a job that was told before is left alone, unless by a code that insists', () => {
  expect(act({ command: 'tobekilled' }, owner)).toBe('told-before');
  expect(act({ command: 'tobekilled', status: 'merging' }, owner)).toBe('cancelled 100');
  expect(act({ command: 'tobekilled', label: 'managed' }, production, 52)).toBe('cancelled 100');
  expect(act({ command: 'debug' }, owner)).toBe('tell');
});

test('a sub status that was wished is kept, but not in place of that of the code', () => {
  const options = ['keepUnmerged', 'jobSubStatus=es_wait'];
  const wished = judgeKill(job({ status: 'sent' }), owner, { code: null, options });
  const fixed = judgeKill(job({ status: 'sent' }), owner, { code: 51, options });
  expect(wished).toMatchObject({ end: { subStatus: 'es_wait' } });
  expect(fixed).toMatchObject({ end: { subStatus: 'toreassign' } });
});
