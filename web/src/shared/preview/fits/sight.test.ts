import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitted, spotAt, windowAround } from './sight.ts';

describe('how large an image is drawn', () => {
  test('large ones fit their box, small ones are enlarged by whole numbers', () => {
    expect(fitted({ width: 4096, height: 2051 }, { width: 640, height: 440 })).toEqual({
      width: 640,
      height: 320,
    });
    expect(fitted({ width: 30, height: 20 }, { width: 640, height: 440 })).toEqual({
      width: 480,
      height: 320,
    });
    expect(fitted({ width: 500, height: 300 }, { width: 640, height: 440 })).toEqual({
      width: 500,
      height: 300,
    });
  });

  test('one to one, the window lies within the image wherever one goes', () => {
    const length = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(length, length, fc.integer(), fc.integer(), (width, height, x, y) => {
        const part = windowAround({ width, height }, { width: 640, height: 440 }, { x, y });
        expect(part.x).toBeGreaterThanOrEqual(0);
        expect(part.y).toBeGreaterThanOrEqual(0);
        expect(part.x + part.width).toBeLessThanOrEqual(width);
        expect(part.y + part.height).toBeLessThanOrEqual(height);
      }),
    );
  });
});

describe('the pixel under the pointer', () => {
  const picture = {
    readBytes: 0,
    width: 2,
    height: 2,
    columns: Int32Array.of(5, 15),
    rows: Int32Array.of(100, 200),
    values: Float64Array.of(1, 2, 3, 4),
  };

  test('is counted from below, in pixels of the file', () => {
    expect(spotAt(picture, 0.1, 0.1)).toEqual({ x: 5, y: 200, value: 3 });
    expect(spotAt(picture, 0.9, 0.9)).toEqual({ x: 15, y: 100, value: 2 });
  });

  test('outside there is none', () => {
    expect([spotAt(picture, 1, 0), spotAt(picture, -0.1, 0), spotAt(picture, Number.NaN, 0)]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
