import { afterEach, expect, test, vi } from 'vitest';
import { readForm } from './lenient-form.ts';

afterEach(() => vi.unstubAllGlobals());

const fields = (count: number) => Array.from({ length: count }, (_, n) => `k${n}=v`).join('&');

test('a key sent twice keeps both values, and ampersands in a row have no field between them', () => {
  expect([...readForm('&a=1&&b=2&a=3&')]).toEqual([
    ['a', ['1', '3']],
    ['b', ['2']],
  ]);
});

test('a form of ten thousand fields is read, and one of more is refused before anything is made of it', () => {
  expect(readForm(fields(10_000)).size).toBe(10_000);
  vi.stubGlobal('URLSearchParams', () => {
    throw new Error('the fields were read');
  });
  expect(() => readForm(fields(10_001))).toThrow('A form may have 10000 fields');
});
