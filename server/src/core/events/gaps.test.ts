import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Position } from './gaps.ts';

test('ids that arrive in order leave no gap', () => {
  const position = new Position(5);
  expect([6, 7, 8].map((id) => position.see(id))).toEqual([true, true, true]);
  expect(position.gaps).toEqual([]);
  expect(position.settled).toBe(8);
});

test('an id that arrives late is seen once and closes its part of the gap', () => {
  const position = new Position(0);
  position.see(5);
  expect(position.settled).toBe(0);
  expect(position.see(2)).toBe(true);
  expect(position.see(2)).toBe(false);
  expect(position.gaps.map(({ from, to }) => [from, to])).toEqual([
    [1, 1],
    [3, 4],
  ]);
});

test('a gap is kept until every transaction that ran when it was found has ended', () => {
  const position = new Position(0);
  position.see(2);
  position.settle(1000n);
  expect(position.settled).toBe(0); // no bound yet
  position.bind(50n);
  position.settle(49n);
  expect(position.settled).toBe(0);
  position.settle(50n);
  expect(position.settled).toBe(2);
});

test('whatever the order of commits, each id is seen exactly once and none is jumped over', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(Array.from({ length: 40 }, (_, index) => index + 1)), (committed) => {
      const position = new Position(0);
      const seen = committed.filter((id) => position.see(id));
      expect(seen).toEqual(committed);
      for (const id of committed) expect(position.see(id)).toBe(false);
      const missing = Array.from({ length: position.cursor }, (_, index) => index + 1).filter(
        (id) => !committed.includes(id),
      );
      expect(
        position.gaps.flatMap(({ from, to }) =>
          Array.from({ length: to - from + 1 }, (_, index) => from + index),
        ),
      ).toEqual(missing);
      expect(position.settled).toBe(missing.length > 0 ? (missing[0] as number) - 1 : position.cursor);
    }),
  );
});
