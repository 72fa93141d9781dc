import { expect, test } from 'vitest';
import { type CpuTimeFacts, nextCpuTime } from './cpu-time.ts';

const facts: CpuTimeFacts = {
  wallSeconds: 1100,
  cores: 2,
  events: 100,
  corePower: 10,
  baseWallSeconds: 100,
  cpuEfficiency: 90,
  before: null,
};

test('the time of an event is what the job took, and half as much again', () => {
  // (1100 - 100) s × 10 HS06 × 2 cores × 1.1 / 0.9 / 100 events × 1.5
  expect(nextCpuTime(facts)).toEqual({ value: 366, unit: 'HS06sPerEvent' });
  expect(nextCpuTime(facts, 3)).toEqual({ value: 733, unit: 'HS06sPerEvent' });
});

test('small times are told in thousandths', () => {
  expect(nextCpuTime({ ...facts, events: 10_000 })).toEqual({ value: 3666, unit: 'mHS06sPerEvent' });
});

test.for<[string, Partial<CpuTimeFacts>]>([
  ['a job that never began', { wallSeconds: null }],
  ['a job that did not get beyond its setting up', { wallSeconds: 90 }],
  ['no events', { events: 0 }],
  ['a queue without power', { corePower: null }],
  ['a task without efficiency', { cpuEfficiency: null }],
  ['a task without a time to set up', { baseWallSeconds: null }],
  ['a task that has more already', { before: { value: 400, unit: 'HS06sPerEvent' } }],
  ['the same in thousandths', { before: { value: 400_000, unit: 'mHS06sPerEvent' } }],
])('the time of an event stays: %s', ([, change]) => {
  expect(nextCpuTime({ ...facts, ...change })).toBeNull();
});

test('a smaller time, or one of an unknown unit, is replaced', () => {
  for (const before of [
    { value: 10, unit: 'HS06sPerEvent' },
    { value: 999_999, unit: 'fortnights' },
  ]) {
    expect(nextCpuTime({ ...facts, before })).toMatchObject({ value: 366 });
  }
});
