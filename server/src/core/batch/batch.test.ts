import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { createBatch } from './index.ts';

const db = await testDatabase();
await db.sql`create table batch_item (n int primary key check (n >= 0))`;

/** Resolves when it is told to, so that a test decides what waits and what is in flight. */
function aGate(): { opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

test('calls made together share one statement and each gets its own answer', async () => {
  const sizes: number[] = [];
  const double = createBatch<number, number>({
    run: async (items) => {
      sizes.push(items.length);
      return items.map((n) => n * 2);
    },
  });
  expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
  expect(sizes).toEqual([3]);
});

test('a full batch does not wait for more', async () => {
  const sizes: number[] = [];
  const count = createBatch<number, number>({
    maxItems: 2,
    maxDelayMs: 3_600_000,
    run: async (items) => {
      sizes.push(items.length);
      return items;
    },
  });
  await Promise.all([1, 2, 3, 4].map(count));
  expect(sizes).toEqual([2, 2]);
});

test('one bad row fails alone and the others are stored', async () => {
  const insert = createBatch<number, number>({
    maxItems: 8,
    run: (items) =>
      db.transaction(async (tx) => {
        await tx`insert into batch_item select unnest(${items}::int[])`;
        return items;
      }),
  });
  const answers = await Promise.allSettled([1, 2, -3, 4, 5, 6, 7, 8].map(insert));
  expect(answers.map((answer) => answer.status === 'fulfilled')).toEqual([
    true,
    true,
    false,
    true,
    true,
    true,
    true,
    true,
  ]);
  const stored = await db.sql<{ n: number }[]>`select n from batch_item order by n`;
  expect(stored.map((row) => row.n)).toEqual([1, 2, 4, 5, 6, 7, 8]);
});

test('whatever items are bad, exactly they fail, and each good one is done once', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.boolean(), { maxLength: 40 }),
    fc.integer({ min: 1, max: 12 }),
    async (good, maxItems) => {
      const done: number[] = [];
      const doAll = createBatch<number, number>({
        maxItems,
        maxDelayMs: 0,
        run: async (items) => {
          const bad = items.find((index) => !good[index]);
          if (bad !== undefined) throw new Error(`bad ${bad}`);
          done.push(...items);
          return items;
        },
      });
      const answers = await Promise.allSettled(good.map((_, index) => doAll(index)));
      const expected = good.map((isGood, index) => (isGood ? `${index}` : `bad ${index}`));
      expect(
        answers.map((answer) => (answer.status === 'fulfilled' ? `${answer.value}` : answer.reason.message)),
      ).toEqual(expected);
      expect(done.toSorted((a, b) => a - b)).toEqual(
        good.flatMap((isGood, index) => (isGood ? [index] : [])),
      );
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test('an answer that is an error refuses its own caller only, without a second try', async () => {
  let runs = 0;
  const ask = createBatch<number, string>({
    run: async (items) => {
      runs++;
      return items.map((n) => (n === 2 ? new Error('not two') : `got ${n}`));
    },
  });
  const answers = await Promise.allSettled([1, 2].map(ask));
  expect(answers).toMatchObject([{ value: 'got 1' }, { reason: { message: 'not two' } }]);
  expect(runs).toBe(1);
});

test('after a lost connection nothing is done a second time', async () => {
  let runs = 0;
  const ask = createBatch<number, number>({
    run: async () => {
      runs++;
      throw Object.assign(new Error('gone'), { code: 'CONNECTION_CLOSED' });
    },
  });
  const answers = await Promise.allSettled([1, 2, 3].map(ask));
  expect(answers.map((answer) => answer.status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(runs).toBe(1);
});

test('a run that loses an answer fails every caller instead of mixing them up', async () => {
  const ask = createBatch<number, number>({ run: async (items) => items.slice(1) });
  const answers = await Promise.allSettled([1, 2].map(ask));
  expect(answers).toMatchObject([{ reason: { message: '1 answers for 2 items' } }, { status: 'rejected' }]);
});

test('no more than the agreed number of statements is in flight', async () => {
  const gate = aGate();
  let inFlight = 0;
  let most = 0;
  const ask = createBatch<number, number>({
    maxItems: 1,
    concurrency: 3,
    run: async (items) => {
      most = Math.max(most, ++inFlight);
      await gate.opened;
      inFlight--;
      return items;
    },
  });
  const answers = Promise.all(Array.from({ length: 10 }, (_, n) => ask(n)));
  gate.open();
  expect(await answers).toHaveLength(10);
  expect(most).toBe(3);
});

test('when too many wait the answer is busy', async () => {
  const gate = aGate();
  const ask = createBatch<number, number>({
    maxItems: 1,
    concurrency: 1,
    maxWaiting: 2,
    run: async (items) => {
      await gate.opened;
      return items;
    },
  });
  const taken = [ask(1), ask(2), ask(3)];
  expect(ask.waiting).toBe(2);
  await expect(ask(4)).rejects.toMatchObject({ kind: 'busy', code: 'batch.waiting-full' });
  gate.open();
  expect(await Promise.all(taken)).toEqual([1, 2, 3]);
});

test('closing answers what was taken and refuses what comes after', async () => {
  const ask = createBatch<number, number>({ maxDelayMs: 3_600_000, run: async (items) => items });
  const taken = ask(1);
  await ask.close();
  expect(await taken).toBe(1);
  await expect(ask(2)).rejects.toMatchObject({ kind: 'busy', code: 'batch.closed' });
});
