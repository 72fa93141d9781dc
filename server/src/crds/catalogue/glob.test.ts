import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { globPattern } from './glob.ts';

const db = await testDatabase();

/** What the database says of each name. */
async function matched(glob: string, names: readonly string[]): Promise<string[]> {
  const rows = await db.sql<{ name: string }[]>`
    select name from unnest(${names as string[]}::text[]) n(name) where name ~ ${globPattern(glob)}`;
  return rows.map(({ name }) => name);
}

/** Python's fnmatch, one character after the other. */
function matches(glob: string, name: string): boolean {
  if (glob === '') return name === '';
  const [first, rest] = [glob.charAt(0), glob.slice(1)];
  if (first === '*') return matches(rest, name) || (name !== '' && matches(glob, name.slice(1)));
  if (name === '') return false;
  if (first === '?') return matches(rest, name.slice(1));
  const close = first === '[' ? glob.indexOf(']', glob.charAt(1) === '!' ? 3 : 2) : -1;
  if (close < 0) return first === name.charAt(0) && matches(rest, name.slice(1));
  const isNegated = glob.charAt(1) === '!';
  const body = glob.slice(isNegated ? 2 : 1, close);
  let isIn = false;
  for (let at = 0; at < body.length; at += 1) {
    const isRange = body.charAt(at + 1) === '-' && at + 2 < body.length;
    const [from, to] = [body.charAt(at), isRange ? body.charAt(at + 2) : body.charAt(at)];
    if (name.charAt(0) >= from && name.charAt(0) <= to) isIn = true;
    if (isRange) at += 2;
  }
  return isIn !== isNegated && matches(glob.slice(close + 1), name.slice(1));
}

const names = [
  'hst_0001.pmap',
  'hst_0010.pmap',
  'hst_acs_0001.imap',
  'hst_acs_pars-tweak_0001.rmap',
  'a b.fits',
  'X.FITS',
  'xpmap',
];

describe('a pattern of a shell', () => {
  test.each([
    ['*.pmap', ['hst_0001.pmap', 'hst_0010.pmap']],
    ['hst_00?1.pmap', ['hst_0001.pmap']],
    ['hst_00[1-9]*', ['hst_0010.pmap']],
    ['hst_00[!1-9]*', ['hst_0001.pmap']],
    ['*pars-tweak*', ['hst_acs_pars-tweak_0001.rmap']],
    ['*[-]*', ['hst_acs_pars-tweak_0001.rmap']],
    ['* *', ['a b.fits']],
    ['x.fits', []],
    ['[xX]*', ['X.FITS', 'xpmap']],
    ['hst_0001.pmap', ['hst_0001.pmap']],
    ['*', names],
    ['', []],
    ['[', []],
    ['[z-a]*', []],
    ['(a|b)+\\d{2}$^', []],
    ["'; drop table", []],
    ['\u0000*', []],
    ['é*', []],
  ])('%s', async (glob, expected) => {
    expect(await matched(glob, names)).toEqual(expected);
  });

  test('means the same to the database as to Python, whatever stands in it', async () => {
    const char = fc.constantFrom(...'ab.-_ 19[]!*?^$\\'.split(''));
    const nameChar = fc.constantFrom(...'ab.-_ 19'.split(''));
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: char, maxLength: 10 }),
        fc.array(fc.string({ unit: nameChar, maxLength: 6 }), { minLength: 1, maxLength: 8 }),
        async (glob, some) => {
          expect(await matched(glob, some)).toEqual(some.filter((name) => matches(glob, name)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of any length is answered', async () => {
    const long = 'a'.repeat(128);
    for (const glob of ['*a'.repeat(500), '[!b]'.repeat(250), '*'.repeat(100_000), '['.repeat(100_000)]) {
      await expect(matched(glob, [long])).resolves.toBeInstanceOf(Array);
    }
  });
});
