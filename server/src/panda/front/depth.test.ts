import fc from 'fast-check';
import { expect, test } from 'vitest';
import { objectOf } from './arguments.ts';
import { isDeeperThan, isTextDeeperThan } from './depth.ts';
import { readFields } from './fields.ts';
import { parseJson } from './values.ts';

const json = 'application/json';
/** Short texts are not looked at. */
const padding = ' '.repeat(70_000);

test('text is judged as its value is, whatever stands in its strings', () => {
  const text = fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', ']', 'a') });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, text, fc.array(tie('value')), fc.dictionary(text, tie('value'))),
  }));
  fc.assert(
    fc.property(value, fc.nat({ max: 6 }), (one, levels) => {
      expect(isTextDeeperThan(JSON.stringify(one) + padding, levels)).toBe(isDeeperThan(one, levels));
    }),
  );
});

test('what nests far too deep is refused before it is read as JSON', () => {
  // It never ends: whoever reads it first says that it is no JSON.
  const deep = `{"a":${'['.repeat(100_000)}`;
  expect(() => readFields('', deep, json)).toThrow('nested');
  expect(() => objectOf(deep)).toThrow('nested');
  expect(parseJson(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBeUndefined();
});
