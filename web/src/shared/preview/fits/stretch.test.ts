import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binsOf, cutsOf, paint, quantile, sortedSample, stretched, stretches } from './stretch.ts';

const ramp = Float64Array.from({ length: 1001 }, (_, at) => at);

describe('cuts', () => {
  test('leave out the asked share, half on each side', () => {
    expect(cutsOf(ramp, '99')).toEqual({ low: 5, high: 995 });
    expect(cutsOf(ramp, '100')).toEqual({ low: 0, high: 1000 });
  });

  test('of a flat or empty picture still have a width', () => {
    for (const values of [Float64Array.of(7, 7, 7), Float64Array.of(), Float64Array.of(Number.NaN)]) {
      const { low, high } = cutsOf(sortedSample(values), '99');
      expect(high).toBeGreaterThan(low);
    }
  });

  test('values that are none do not count', () => {
    expect([...sortedSample(Float64Array.of(3, Number.NaN, 1, Number.POSITIVE_INFINITY))]).toEqual([1, 3]);
  });

  test('one hot pixel in a thousand does not decide when half a percent is left out', () => {
    const values = Float64Array.from({ length: 2000 }, (_, at) => (at === 5 ? 1e9 : at % 10));
    expect(cutsOf(sortedSample(values), '99.5').high).toBe(9);
  });
});

describe('stretches', () => {
  test.each(stretches)('%s rises from 0 to 1', (stretch) => {
    expect(stretched(0, stretch)).toBe(0);
    expect(stretched(1, stretch)).toBe(1);
    const steps = Array.from({ length: 50 }, (_, at) => stretched(at / 49, stretch));
    expect(steps.every((value, at) => at === 0 || value > (steps[at - 1] ?? 1))).toBe(true);
  });

  test('the others than linear lift what is faint', () => {
    for (const stretch of ['sqrt', 'log', 'asinh'] as const)
      expect(stretched(0.05, stretch)).toBeGreaterThan(0.1);
  });

  test('a value that is none is dark, not an error', () => {
    expect(stretched(Number.NaN, 'log')).toBe(0);
  });
});

describe('painting', () => {
  const picture = { width: 2, height: 2, values: Float64Array.of(0, 10, Number.NaN, 5) };
  const greys = (inverse: boolean) => {
    const into = new Uint8ClampedArray(16);
    paint(picture, { low: 0, high: 10 }, 'linear', inverse, into);
    return [0, 4, 8, 12].map((at) => [into[at], into[at + 3]]);
  };

  test('the first row of the file is the lowest, and no value is transparent', () => {
    expect(greys(false)).toEqual([
      [0, 0],
      [128, 255],
      [0, 255],
      [255, 255],
    ]);
  });

  test('inverse swaps dark and bright', () => {
    expect(greys(true).slice(2)).toEqual([
      [255, 255],
      [0, 255],
    ]);
  });
});

describe('the histogram', () => {
  test('counts every value within its ends', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const sorted = sortedSample(Float64Array.from(values));
        const bins = binsOf(sorted, cutsOf(sorted, '100'));
        const total = bins.counts.reduce((sum, n) => sum + n, 0);
        expect(total).toBe(quantile(sorted, 0) === quantile(sorted, 1) ? 0 : values.length);
      }),
    );
  });
});
