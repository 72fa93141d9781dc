import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { finalStates, jobStates } from '../states.ts';
import { watchSettings } from '../watch/settings.ts';
import { deadlineOf, isOverdue, type Timed } from './deadlines.ts';
import { csvCell } from './job-export.ts';

const settings = Value.Create(watchSettings);
const hour = 3_600_000;
const now = new Date('2026-06-01T12:00:00Z');
const ago = (hours: number) => new Date(now.getTime() - hours * hour);

const aJob = (change: Partial<Timed>): Timed => ({
  status: 'activated',
  statusSince: ago(1),
  label: 'managed',
  priority: 500,
  taskId: null,
  reported: false,
  createdAt: ago(2),
  startedAt: null,
  heardAt: null,
  ...change,
});
/** Hours from now until the server steps in, and what it does. */
function inHours(change: Partial<Timed>): [number, string] | null {
  const deadline = deadlineOf(aJob(change), settings);
  return deadline === null ? null : [(deadline.at.getTime() - now.getTime()) / hour, deadline.action];
}

test.each<[string, Partial<Timed>, [number, string] | null]>([
  ['a job in line without a task', {}, [167, 'close']],
  ['a job in line with a task', { taskId: 10_000_000 }, [47, 'reassign']],
  ['a job whose pilot never answered', { status: 'sent' }, [-0.5, 'fail']],
  ['a running job that was heard of just now', { status: 'running', heardAt: now }, [2, 'fail']],
  ['a running job that was never heard of', { status: 'running' }, [1, 'fail']],
  ['a job that runs for three weeks', { status: 'running', heardAt: now, startedAt: ago(503) }, [1, 'kill']],
  ["a user's job at its end", { status: 'holding', label: 'user' }, [2, 'fail']],
  ["a user's job whose end was told", { status: 'holding', label: 'user', reported: true }, [47, 'fail']],
  ['an urgent job at its end', { status: 'holding', priority: 900 }, [2, 'fail']],
  ['any other job at its end', { status: 'holding' }, [47, 'fail']],
  ['a job that waits for a merge', { status: 'merging' }, null],
])('%s has its own deadline', (_what, change, expected) => {
  expect(inHours(change)).toEqual(expected);
});

test('final jobs have no deadline, nearly all others have one', () => {
  for (const status of finalStates) expect(inHours({ status })).toBeNull();
  const without = jobStates.filter((status) => inHours({ status }) === null);
  expect(without).toEqual(['merging', ...finalStates]);
});

test('a job is overdue when the watchdogs have had time to come by', () => {
  const sent = (minutes: number) =>
    isOverdue(aJob({ status: 'sent', statusSince: ago(minutes / 60) }), settings, now);
  expect([sent(29), sent(31), sent(46)]).toEqual([false, false, true]);
});

test('cells of a table are quoted, and what a spreadsheet would run is not', () => {
  expect(csvCell('a,"b"\n')).toBe('"a,""b""\n"');
  expect(csvCell('=cmd()')).toBe("'=cmd()");
  expect(csvCell('-1')).toBe("'-1");
  expect(csvCell(-1)).toBe('-1');
  expect(csvCell(null)).toBe('');
});
