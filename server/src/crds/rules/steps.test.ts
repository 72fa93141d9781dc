import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleText } from '../../../../test/support/crds-sample-rules.ts';
import { readingMapping } from './read.ts';
import { compilingRmap } from './rmap.ts';
import { atOnce, inTurns, type Steps, sortInSteps } from './steps.ts';

describe('work in steps', () => {
  it('lets others in between, and gives its result', async () => {
    let others = 0;
    let isOver = false;
    const counting = (async () => {
      for (; !isOver; others++) await setImmediate();
    })();
    function* work(): Steps<string> {
      for (let step = 0; step < 6; step++) {
        for (const untilMs = performance.now() + 6; performance.now() < untilMs; );
        yield;
      }
      return 'done';
    }
    expect(await inTurns(work())).toBe('done');
    isOver = true;
    await counting;
    expect(others).toBeGreaterThanOrEqual(2);
  });

  it('throws what a step throws', async () => {
    function* work(): Steps<string> {
      yield;
      throw new Error('no');
    }
    await expect(inTurns(work())).rejects.toThrow('no');
    expect(() => atOnce(work())).toThrow('no');
  });

  it('sorts as sorting at once does, equal ones staying in order', () => {
    const item = fc.record({ key: fc.integer({ min: 0, max: 40 }), tag: fc.integer() });
    const lists = fc
      .array(item, { maxLength: 60 })
      .map((some) => Array.from({ length: 150 }, () => some).flat());
    const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
    fc.assert(
      fc.property(lists, (items) => {
        const sorted = [...items];
        atOnce(sortInSteps(sorted, compare));
        expect(sorted).toEqual(items.toSorted(compare));
      }),
      { numRuns: 40 },
    );
  });
});

/** Steps of some work, and what comes out. */
function stepsOf<T>(steps: Steps<T>): { count: number; value: T } {
  for (let count = 1; ; count++) {
    const step = steps.next();
    if (step.done === true) return { count, value: step.value };
  }
}

describe('a mapping of many rules', () => {
  const rules = Array.from(
    { length: 20_000 },
    (_, at) => `('K${(at * 7919) % 20_000}', '${at % 9}|X') : 'f${at}.fits',`,
  );
  const text = sampleText({ parkey: "(('A', 'B'),)", selector: `Match({\n${rules.join('\n')}\n})` });

  it('is read and compiled in steps of some hundred rules', () => {
    const read = stepsOf(readingMapping(text, { ignoreSum: true }));
    expect(read.count).toBeGreaterThan(20_000 / 1000);
    const compiled = stepsOf(compilingRmap(read.value));
    expect(compiled.count).toBeGreaterThan(5 * (20_000 / 1000));
    expect(compiled.value.rule.branches).toHaveLength(20_000);
  });
});
