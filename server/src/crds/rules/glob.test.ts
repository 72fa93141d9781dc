import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from './glob.ts';

describe('shell patterns', () => {
  it.each([
    ['A*', 'A', true],
    ['A*', 'BA', false],
    ['F*W', 'F110W', true],
    ['F*W', 'F110WX', false],
    ['?B', 'AB', true],
    ['?B', 'B', false],
    ['[AB]1', 'B1', true],
    ['[!AB]1', 'B1', false],
    ['[A-C]', 'B', true],
    ['[C-A]', 'B', false],
    ['[]]', ']', true],
    ['[A', '[A', true],
    ['*\n*', 'a\nb', true],
    ['?', '\u{1f600}', true],
  ])('%s on %s: %s', (pattern, text, isMatch) => {
    expect(compileGlob(pattern)(text)).toBe(isMatch);
  });

  it('agree with the same pattern as a regular expression', () => {
    const pattern = fc.stringMatching(/^[ab*?]{0,8}$/);
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[ab]{0,12}$/), (glob, text) => {
        const regex = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(compileGlob(glob)(text)).toBe(regex.test(text));
      }),
      { numRuns: 500 },
    );
  });

  it('cost pattern times text at most', () => {
    expect(compileGlob(`${'a*'.repeat(30)}b`)('a'.repeat(20_000))).toBe(false);
  });
});
