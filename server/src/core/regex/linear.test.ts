import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileLinear } from './linear.ts';

test('a pattern is found anywhere, with its groups', () => {
  const regex = compileLinear('(?P<site>[A-Z]+)_(\\d+)(x)?');
  expect(regex.test('at CERN_42 today')).toBe(true);
  expect(regex.find('at CERN_42 today')).toEqual({
    index: 3,
    texts: ['CERN_42', 'CERN', '42', null],
    groups: { site: 'CERN' },
  });
  expect(regex.find('nowhere')).toBeNull();
});

test('flags mean what they mean elsewhere', () => {
  expect(compileLinear('^b$').test('A\nB')).toBe(false);
  expect(compileLinear('^b$', 'im').test('A\nB')).toBe(true);
  expect([compileLinear('a.b').test('a\nb'), compileLinear('a.b', 's').test('a\nb')]).toEqual([false, true]);
  expect(compileLinear('^.$', 'u').test('𝔸')).toBe(true);
  expect(() => compileLinear('a', 'g')).toThrow(expect.objectContaining({ code: 'regex.flag-unknown' }));
});

test.each(['(?=a)b', '(?!a)b', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>', '(?>a+)b'])(
  '%s is refused, since it cannot be matched in linear time',
  (pattern) => {
    expect(() => compileLinear(pattern)).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'regex.pattern-unsupported' }),
    );
  },
);

test.each(['(', '[a', '*', 'a{2,1}', 'a\\', '(?P<>a)', '\\p{Nothing}'])(
  '%s is refused as malformed',
  (pattern) => {
    expect(() => compileLinear(pattern)).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'regex.pattern-malformed' }),
    );
  },
);

test('a pattern may be neither long nor huge when compiled', () => {
  const tooLarge = expect.objectContaining({ code: 'regex.pattern-too-large' });
  expect(() => compileLinear('a'.repeat(1001))).toThrow(tooLarge);
  expect(() => compileLinear('aaaa', '', { maxLength: 3 })).toThrow(tooLarge);
  expect(() => compileLinear('a{1000}b{1000}c{1000}d{1000}e{1000}f{1000}')).toThrow(tooLarge);
});

// A backtracking engine needs 2^100000 steps for the first of these: the test would never end.
test.each(['(a+)+$', '^(a|a)*$', '(a|aa)+$', '(.*a){20}$', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
  '%s ends on a text made to be slow',
  (pattern) => {
    const text = `${'a'.repeat(100_000)}b`;
    const regex = compileLinear(pattern);
    expect([regex.test(text), regex.find(text)]).toEqual([false, null]);
  },
);

test('it agrees with the built-in engine on simple patterns', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', 'c');
  const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{1,2}')).map((parts) => parts.join(''));
  const branch = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const pattern = fc.array(branch, { minLength: 1, maxLength: 3 }).map((parts) => `(${parts.join('|')})`);
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '-'), maxLength: 12 });
  fc.assert(
    fc.property(pattern, text, (source, input) => {
      const ours = compileLinear(source).find(input);
      const theirs = new RegExp(source, 'u').exec(input);
      expect([ours?.index, ours?.texts[0]]).toEqual([theirs?.index, theirs?.[0]]);
      expect(compileLinear(source).test(input)).toBe(theirs !== null);
    }),
    { numRuns: 500 },
  );
});
