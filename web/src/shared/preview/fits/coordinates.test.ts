import { expect, test } from 'vitest';
import { declination, rightAscension } from './coordinates.ts';

test('coordinates are written in sixtieths', () => {
  expect(rightAscension(53.1625)).toBe('03:32:39.00');
  expect(declination(-27.7914)).toBe('−27:47:29.0');
  expect(declination(0.00001)).toBe('+00:00:00.0');
});

test('a full turn is none', () => {
  expect(rightAscension(359.99999999)).toBe('00:00:00.00');
});
