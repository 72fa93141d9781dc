import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNestedDeeper } from '../../core/json-depth.ts';
import { objectOf } from './arguments.ts';
import { isDeeperThan, maxValues, whyNotRead } from './depth.ts';
import { readFields } from './fields.ts';
import { parseJson, parseLiteral } from './values.ts';

const json = 'application/json';

test('text is judged as its value is, whatever stands in its strings', () => {
  const text = fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', ']', 'a') });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, text, fc.array(tie('value')), fc.dictionary(text, tie('value'))),
  }));
  fc.assert(
    fc.property(value, fc.nat({ max: 6 }), (one, levels) => {
      expect(isNestedDeeper(JSON.stringify(one), levels)).toBe(isDeeperThan(one, levels));
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

test('a message of more values than any client sends is refused before it is read', () => {
  const list = (values: number) => `{"a":[${'{},'.repeat(values)}{}]}`;
  expect(whyNotRead(list(maxValues / 2 - 10))).toBeNull();
  expect(whyNotRead(`["${','.repeat(2 * maxValues)}"]`)).toBeNull();
  for (const text of [list(maxValues), `[${'1,'.repeat(maxValues + 1)}1]`, `[${'[],'.repeat(maxValues)}`]) {
    expect(whyNotRead(text)).toContain('500000 values');
    expect(parseJson(text)).toBeUndefined();
    expect(parseLiteral(text)).toBeUndefined();
  }
  expect(() => readFields('', list(maxValues), json)).toThrow('values');
  expect(() => objectOf(list(maxValues))).toThrow('values');
});
