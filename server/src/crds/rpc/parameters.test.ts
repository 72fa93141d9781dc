import { expect, test } from 'vitest';
import { types } from './parameters.ts';

test('a type that is asked for many times, in whatever case, is looked up once', () => {
  expect(types.read(['biasfile', 'BIASFILE', 'biasfile', 'DarkFile'], 'reftypes')).toEqual([
    'biasfile',
    'darkfile',
  ]);
  expect(types.read([], 'reftypes')).toEqual([]);
  expect(types.read(null, 'reftypes')).toBeNull();
});

test('more types than any observatory has are refused', () => {
  const many = Array.from({ length: 201 }, (_, at) => `type${at}`);
  expect(() => types.read(many, 'reftypes')).toThrow('reftypes has 201 entries; one call may have 200.');
});
