import { expect, test } from 'vitest';
import { filledBars, nextStep } from './exposure-bars.ts';

const bar = (month: string, affected: number) => ({ from: `${month}-01T00:00:00.000Z`, affected });

test('months without a change stand between the others, so that a gap is seen', () => {
  expect(filledBars([bar('2003-02', 3), bar('2002-11', 5)], 'month')).toEqual([
    bar('2002-11', 5),
    bar('2002-12', 0),
    bar('2003-01', 0),
    bar('2003-02', 3),
  ]);
  expect(filledBars([], 'day')).toEqual([]);
});

test('a span that no screen can show is cut, its end is kept', () => {
  const bars = filledBars([bar('0100-01', 1), bar('2003-02', 3)], 'month');
  expect(bars.length).toBeLessThanOrEqual(1201);
  expect(bars.at(-1)).toEqual(bar('2003-02', 3));
});

test('steps are those of the calendar', () => {
  expect(nextStep('2004-02-28T00:00:00.000Z', 'day')).toBe('2004-02-29T00:00:00.000Z');
  expect(nextStep('2003-12-01T00:00:00.000Z', 'month')).toBe('2004-01-01T00:00:00.000Z');
  expect(nextStep('2003-01-01T00:00:00.000Z', 'year')).toBe('2004-01-01T00:00:00.000Z');
});
