import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSignedLinks } from './signed-links.ts';
import { readRange } from './user-bytes.ts';

test.each([
  [undefined, 10, 'whole'],
  ['bytes=0-4', 10, { start: 0, end: 4 }],
  ['bytes=5-', 10, { start: 5, end: 9 }],
  ['bytes=-3', 10, { start: 7, end: 9 }],
  ['bytes=-30', 10, { start: 0, end: 9 }],
  ['bytes=0-99', 10, { start: 0, end: 9 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-1,3-4', 10, 'whole'],
  ['items=0-1', 10, 'whole'],
  ['bytes=5-2', 10, 'whole'],
])('Range %s of %i bytes is %j', (header, size, expected) => {
  expect(readRange(header, size)).toEqual(expected);
});

test('a range never leaves the bytes there are', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(1000), (junk, a, b, size) => {
      for (const header of [junk, `bytes=${a}-${b}`, `bytes=-${a}`, `bytes=${a}-`]) {
        const range = readRange(header, size);
        if (typeof range === 'string') continue;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.start).toBeLessThanOrEqual(range.end);
        expect(range.end).toBeLessThan(size);
      }
    }),
  );
});

test('a signed link holds for its path and ten minutes only', () => {
  const links = createSignedLinks(Buffer.alloc(32, 1));
  const now = new Date('2026-01-01T00:00:00Z');
  const query = Object.fromEntries(new URL(links.sign('/a/b', now), 'http://x').searchParams);
  expect(links.isSigned('/a/b', query, now)).toBe(true);
  expect(links.isSigned('/a/b', {}, now)).toBe(false);
  expect(() => links.isSigned('/a/c', query, now)).toThrow('expired');
  expect(() => links.isSigned('/a/b', { ...query, expires: '99999999999' }, now)).toThrow('expired');
  expect(() => links.isSigned('/a/b', query, new Date('2026-01-01T00:10:01Z'))).toThrow('expired');
  expect(() => createSignedLinks(Buffer.alloc(32, 2)).isSigned('/a/b', query, now)).toThrow('expired');
});
