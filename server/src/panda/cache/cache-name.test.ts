import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cacheName, mayOverwrite } from './cache-name.ts';

/** Texts with many of the signs that matter. */
const hostile = fc.string({
  unit: fc.constantFrom('a', '.', '/', '\\', '\0', ' ', 'ü', '\ud800', '\n', '%', '2f'),
});

test('whatever is given, a name is one step of a path, can be stored, and is itself again', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (given) => {
      const name = cacheName(given);
      if (name === null) return;
      expect(name).not.toMatch(/[/\\\0\n]/);
      expect(['', '.', '..']).not.toContain(name);
      expect(name.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(given.endsWith(name)).toBe(true);
      expect(cacheName(name)).toBe(name);
    }),
  );
});

test('ordinary names are kept as they are', () => {
  for (const name of [
    'jobO.a0c775e4-40a4.tar.gz',
    'sources.1.tar.gz',
    'a b',
    'größe.log',
    '.hidden',
    'x'.repeat(255),
  ]) {
    expect(cacheName(name)).toBe(name);
    expect(cacheName(`/some/where/${name}`)).toBe(name);
  }
});

test('only one ending may be put again', () => {
  expect(mayOverwrite('state.__ow__')).toBe(true);
  for (const name of ['state', 'state.__ow__.gz', '__ow__']) expect(mayOverwrite(name)).toBe(false);
});
