import { expect, it } from 'vitest';
import { Dict, NumberLiteral, Tuple } from './literal.ts';
import { floatText, quoted, readFloat, readInt, reprOf, shown, textOfJson, words } from './python-text.ts';

it('floats have the shortest digits and exponents outside of 1e-4 to 1e16', () => {
  const numbers = [0.1, 1, -0, 1e15, 1e16, 1.5e-5, 1e-4, 1e22, 5e-324, Number.NaN, -Infinity];
  expect(numbers.map(floatText)).toEqual([
    '0.1',
    '1.0',
    '-0.0',
    '1000000000000000.0',
    '1e+16',
    '1.5e-05',
    '0.0001',
    '1e+22',
    '5e-324',
    'nan',
    '-inf',
  ]);
});

it('texts are quoted as Python quotes them', () => {
  expect([`a`, `it's`, `"it's"`, 'a\n\\', '\u0001é\u00a0'].map(quoted)).toEqual([
    "'a'",
    `"it's"`,
    `'"it\\'s"'`,
    "'a\\n\\\\'",
    "'\\x01é\\xa0'",
  ]);
});

it('literals are written as Python writes them', () => {
  const one = new NumberLiteral('1.0', 1);
  expect(reprOf(new Tuple(['A', one]))).toBe("('A', 1.0)");
  expect(reprOf(new Tuple([true]))).toBe('(True,)');
  expect(reprOf(new Dict([['k', [null]]]))).toBe("{'k': [None]}");
});

it('JSON values become the texts that the client would see', () => {
  expect([8, 8.5, -0, true, null, [1, 'a']].map(textOfJson)).toEqual([
    '8',
    '8.5',
    '-0.0',
    'True',
    'None',
    "[1, 'a']",
  ]);
});

it('numbers are read as Python reads them', () => {
  expect([' 1_0 ', '+5', '1.0', '', '_1'].map(readInt)).toEqual([10, 5, undefined, undefined, undefined]);
  expect(['1_0.5', ' 1e3', '.5', '5.', 'inf', '0x1', ''].map(readFloat)).toEqual([
    10.5,
    1000,
    0.5,
    5,
    Number.POSITIVE_INFINITY,
    undefined,
    undefined,
  ]);
  expect(readFloat('nan')).toBeNaN();
});

it('words are between any white space', () => {
  expect(words(' a\u00a0b\t\n c')).toEqual(['a', 'b', 'c']);
});

it('endless values are shown by their beginning', () => {
  expect(shown('x'.repeat(5000))).toHaveLength(1003);
});
