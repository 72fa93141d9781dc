import { expect, test } from 'vitest';
import { judgeNode } from './node-judgement.ts';

const bad = (there: [number, number], queue: [number, number]) =>
  judgeNode({ finished: there[0], failed: there[1] }, { finished: queue[0], failed: queue[1] }).isBad;

test('a machine that swallows jobs in a healthy queue is bad', () => {
  expect(bad([0, 50], [1000, 60])).toBe(true);
  expect(bad([20, 30], [1000, 60])).toBe(true);
});

test('a queue that fails everywhere has no bad machine', () => {
  expect(bad([5, 45], [100, 900])).toBe(false);
  expect(bad([0, 50], [100, 900])).toBe(false);
});

test('a few failures may be chance', () => {
  expect(bad([2, 1], [90, 10])).toBe(false);
  expect(bad([0, 1], [10, 1])).toBe(false);
  expect(bad([100, 12], [1000, 100])).toBe(false);
});

test('the only machine of its queue is bad when at least half of its jobs fail', () => {
  expect(judgeNode({ finished: 1, failed: 9 }, { finished: 1, failed: 9 })).toEqual({
    elsewhere: null,
    excess: 9,
    isBad: true,
  });
  expect(bad([9, 1], [9, 1])).toBe(false);
});

test('what it spoils is counted against the rest of the queue, not against itself', () => {
  const { elsewhere, excess } = judgeNode({ finished: 0, failed: 50 }, { finished: 100, failed: 100 });
  expect(elsewhere).toBeCloseTo(1 / 3);
  expect(excess).toBeCloseTo(50 - 50 / 3);
});

test('counters that lag behind the jobs do no harm', () => {
  expect(judgeNode({ finished: 3, failed: 9 }, { finished: 0, failed: 0 })).toMatchObject({
    elsewhere: null,
  });
});
