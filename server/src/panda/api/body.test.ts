import Type from 'typebox';
import { expect, test } from 'vitest';
import { checked } from './body.ts';

const Wish = Type.Object({ ids: Type.Array(Type.Integer(), { maxItems: 3 }) });

test('a list of more items than are taken is refused before its items are looked at', () => {
  expect(checked(Wish, { ids: [1, 2, 3] })).toEqual({ ids: [1, 2, 3] });
  expect(() => checked(Wish, { ids: ['a', 'b', 'c', 'd'] })).toThrow('ids: must not have more than 3 items');
  expect(() => checked(Wish, { ids: ['a'] })).toThrow('ids.0: must be integer');
});
