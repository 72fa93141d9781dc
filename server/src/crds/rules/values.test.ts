import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alternativesOf, compareText, conditionValue, isEsoteric } from './values.ts';

describe('conditioned values', () => {
  it('are numbers as Python writes floats', () => {
    const forms = ['1', '01', '+1.', ' 1 ', '1e16', '1E-5', '-0', '1e400', '.5', '123456789012345678'];
    expect(forms.map(conditionValue)).toEqual([
      '1.0',
      '1.0',
      '1.0',
      '1.0',
      '1e+16',
      '1e-05',
      '-0.0',
      'inf',
      '0.5',
      '1.2345678901234568e+17',
    ]);
  });

  it('leave alone what only looks like a number', () => {
    const texts = ['1_000', '0X10', 'NAN', 'INF', '1E', 'E1', '.', '-', '1.E3', '1 2', '--1', ''];
    expect(texts.map(conditionValue)).toEqual(texts);
  });

  it('have one spelling of do-not-care, any, true and false', () => {
    const same = (texts: unknown[]): string[] => [...new Set(texts.map(conditionValue))];
    expect(same(['n/a', 'N/AX', 'not applicable yet', 'NOT_APPLICABLE', '()', '-2147483648'])).toEqual([
      'N/A',
    ]);
    expect(same(['any', ' ANY '])).toEqual(['*']);
    expect(same([true, 'true', 't'])).toEqual(['T']);
    expect(same([false, 'False', 'F'])).toEqual(['F']);
    expect(same([null, 'none'])).toEqual(['NONE']);
    expect(same(['4294967295', '-1'])).toEqual(['-1.0']);
    expect(conditionValue('NOT_APPLICABLE_YET')).toBe('NOT_APPLICABLE_YET');
  });

  it('take lists and objects as Python would write them', () => {
    expect(conditionValue(['a', 1])).toBe("['A', 1]");
    expect(conditionValue({ a: null })).toBe("{'A': NONE}");
  });

  it('strip the white space of Python', () => {
    expect(conditionValue('\u001f\u0085 a\u00a0')).toBe('A');
    expect(conditionValue('\ufeffa')).toBe('\ufeffA');
  });

  it('read any finite number as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const conditioned = conditionValue(String(number));
        fc.pre(!['N/A', '-1.0'].includes(conditioned));
        expect(Number(conditioned) === number).toBe(true);
      }),
    );
  });

  it('cost little however long the text is', () => {
    expect(conditionValue(`${'1'.repeat(1_000_000)}x`)).toHaveLength(1_000_001);
    expect(conditionValue('9'.repeat(1_000_000))).toBe('inf');
  });
});

describe('or-sets', () => {
  it('are stripped and in order', () => {
    expect(alternativesOf('B| A |  | C')).toEqual(['A', 'B', 'C']);
  });

  it('are not looked for in patterns, literals and operators', () => {
    for (const text of ['(A|B)', '{A|B}', '#A|B#', 'NOT A|B', 'between 1|2']) {
      expect([isEsoteric(text), alternativesOf(text)]).toEqual([true, [text]]);
    }
    expect(isEsoteric('A|B')).toBe(false);
  });
});

it('texts are ordered by code points', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      const points = (text: string): number[] => [...text].map((char) => char.codePointAt(0) ?? 0);
      const [left, right] = [points(a), points(b)];
      const at = left.findIndex((point, index) => point !== right[index]);
      const expected = at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(expected));
    }),
  );
});
