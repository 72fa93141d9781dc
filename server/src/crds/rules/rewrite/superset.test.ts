import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDifferentWeight, isSuperset } from './superset.ts';

const element = fc.constantFrom('A', 'B', '1.0', 'A|B', 'A|B|C', '*', 'N/A', '(A.*)');
const keys = fc.tuple(element, element, element);

describe('a more general key', () => {
  it.each([
    [['A|B'], ['A'], true],
    [['A'], ['A|B'], false],
    [['*'], ['A'], true],
    [['A'], ['*'], false],
    [['A'], ['N/A'], true],
    [['N/A'], ['A'], false],
    [['N/A'], ['*'], true],
    [['A|B', '1.0'], ['A', '2.0'], false],
    [[], [], true],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(isSuperset(a, b)).toBe(expected);
  });

  it('is one that takes at least itself', () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        expect(isSuperset(a, a)).toBe(true);
        expect(hasDifferentWeight(a, b)).toBe(hasDifferentWeight(b, a));
        expect(hasDifferentWeight(a, a)).toBe(false);
        if (isSuperset(a, b) && isSuperset(b, a)) {
          for (const [at, value] of a.entries())
            expect(value === b[at] || [value, b[at]].includes('N/A')).toBe(true);
        }
      }),
    );
  });
});
