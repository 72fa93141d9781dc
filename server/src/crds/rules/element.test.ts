import { describe, expect, it } from 'vitest';
import { ElementError, judge, readElement } from './element.ts';

describe('elements of match keys', () => {
  it.each([
    ['N/A', ['A', 'N/A', '*'], [0, 0, 0]],
    ['A', ['A', 'B', 'N/A', '*'], [1, -1, 0, 1]],
    ['*', ['A', 'N/A', '*'], [1, 0, 1]],
    ['A|B', ['A', 'B', 'A|B', 'N/A'], [1, 1, -1, 0]],
    ['F*W|LP', ['F110W', 'LP', 'F110M'], [1, 1, -1]],
    ['(A[0-9]+)', ['A12X', 'BA1', 'N/A'], [1, -1, 0]],
    ['{A|B}', ['A|B', 'A'], [1, -1]],
    ['>1.5', ['2.0', '1.5', 'X', 'NAN'], [1, -1, -1, -1]],
    ['<=3', ['3.0', '3.1'], [1, -1]],
    ['BETWEEN 1 3', ['1.0', '2.9', '3.0', '0.9'], [1, 1, -1, -1]],
    ['NOT A|B', ['A', 'C', 'N/A'], [-1, 1, 0]],
    ['# >1 AND <3 #', ['2.0', '3.0'], [1, -1]],
    ['#>20 OR <5#', ['4.0', '5.0', '21.0', '#>20 OR <5#'], [1, -1, 1, 1]],
    // Only the first two parts of a longer chain count.
    ['# >1 AND <9 AND <3 #', ['5.0'], [1]],
  ])('%s judges %j as %j', (key, values, verdicts) => {
    expect(values.map((value) => judge(readElement(key), value))).toEqual(verdicts);
  });

  it.each(['BETWEEN 3 1', 'BETWEEN 1', '>X', '(a(b)', '((?=a)a)', `${'NOT '.repeat(100)}A`])(
    '%s means nothing',
    (key) => {
      expect(() => readElement(key)).toThrow(ElementError);
    },
  );

  it('match no pattern with an endless value, but do end', () => {
    const endless = 'A'.repeat(5_000_000);
    for (const key of ['(A+)', 'A*', '>1', '#>1 AND <2#']) expect(judge(readElement(key), endless)).toBe(-1);
    expect(judge(readElement('*'), endless)).toBe(1);
  });

  it('bear patterns that would never end elsewhere', () => {
    expect(judge(readElement('((A+)+B)'), 'A'.repeat(10_000))).toBe(-1);
  });
});
