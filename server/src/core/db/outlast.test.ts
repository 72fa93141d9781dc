import { expect, test } from 'vitest';
import { outlastLoss } from './outlast.ts';

const gone = (): Error => Object.assign(new Error('gone'), { code: 'CONNECTION_CLOSED' });

/** Work that fails so often with a lost connection, and how often it was done. */
function failing(
  times: number,
  error: () => Error = gone,
): { work: () => Promise<string>; tries: () => number } {
  let tries = 0;
  return {
    async work() {
      tries += 1;
      if (tries <= times) throw error();
      return 'done';
    },
    tries: () => tries,
  };
}

test('work is done again until the database is back', async () => {
  const { work, tries } = failing(2);
  expect(await outlastLoss(work, { forMs: 10_000 })).toBe('done');
  expect(tries()).toBe(3);
});

test('another failure is thrown at once', async () => {
  const { work, tries } = failing(1, () => new Error('a bug'));
  await expect(outlastLoss(work, { forMs: 10_000 })).rejects.toThrow('a bug');
  expect(tries()).toBe(1);
});

test('without time there is one try', async () => {
  const { work, tries } = failing(1);
  await expect(outlastLoss(work, { forMs: 0 })).rejects.toThrow('gone');
  expect(tries()).toBe(1);
});

test('nothing is tried again for somebody who has gone', async () => {
  const { work, tries } = failing(5);
  await expect(outlastLoss(work, { forMs: 10_000, isGone: () => tries() === 2 })).rejects.toThrow('gone');
  expect(tries()).toBe(2);
});
