import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokensOf } from './mapping-tokens.ts';

const kindsOf = (text: string) =>
  tokensOf(text).map((line) =>
    line.filter(({ kind }) => kind !== 'space').map(({ kind, text: piece }) => `${kind} ${piece}`),
  );

describe('the pieces of a mapping', () => {
  test('keys, selectors, files, numbers and comments are told apart', () => {
    expect(kindsOf("    ('HRC', 1.5) : UseAfter({ # x 'y'\n  'a' : 'obs_one_0001.fits',")).toEqual([
      [
        'sign (',
        "text 'HRC'",
        'sign ,',
        'number 1.5',
        'sign )',
        'sign :',
        'word UseAfter',
        'sign (',
        'sign {',
        "comment # x 'y'",
      ],
      ["text 'a'", 'sign :', "file 'obs_one_0001.fits'", 'sign ,'],
    ]);
  });

  test('a text in three quotes goes on over lines, and what follows it is read again', () => {
    expect(kindsOf('comment = """one\n two \'x\'\n""" , 3')).toEqual([
      ['word comment', 'sign =', 'text """one'],
      ["text  two 'x'"],
      ['text """', 'sign ,', 'number 3'],
    ]);
  });

  test('a quote within a quoted text does not end it', () => {
    expect(kindsOf(`"it's" 'a\\'b'`)).toEqual([[`text "it's"`, `text 'a\\'b'`]]);
  });

  test('no sign of any text is lost', () => {
    const text = fc.string({ unit: fc.constantFrom(...`'"#\\{}():, \n-a1.e"""`) });
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (given) => {
        expect(
          tokensOf(given)
            .map((line) => line.map((token) => token.text).join(''))
            .join('\n'),
        ).toBe(given);
      }),
    );
  });
});
