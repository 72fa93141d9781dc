import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nestCounts } from './nest.ts';
import { entriesOf, parseJson, readId, readInstant, readInteger, readNumber, readText } from './values.ts';

test.each([
  ['datetime/2026-11-22 00:38:36.934430', '2026-11-22T00:38:36.934Z'],
  ['2026-11-22 00:38:36', '2026-11-22T00:38:36.000Z'],
  ['2026-11-22T00:38:36Z', '2026-11-22T00:38:36.000Z'],
  ['2026-11-22T00:38:36.5+00:00', '2026-11-22T00:38:36.500Z'],
  ['02-NOV-24 00:02:18', '2024-11-02T00:02:18.000Z'],
])('%s is the instant %s', (text, iso) => {
  expect(readInstant(text)?.toISOString()).toBe(iso);
});

test.each([
  '',
  'now',
  '2026-13-01 00:00:00',
  '2026-01-01',
  '0001-01-01 00:00:00',
  '9999-01-01 00:00:00',
  '02-XYZ-24 00:02:18',
  '2026-11-22 00:38:36 CET',
  1763772000,
  null,
  {},
])('%j is no instant', (value) => {
  expect(readInstant(value)).toBeNull();
});

test('every instant of our time survives the way Harvester writes it', () => {
  const dates = fc.date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(dates, (date) => {
      const text = `datetime/${date.toISOString().replace('T', ' ').replace('Z', '')}000`;
      expect(readInstant(text)).toEqual(date);
    }),
  );
});

test.each<[unknown, number | null]>([
  [5, 5],
  ['5', 5],
  [' -7.9 ', -7],
  [2 ** 31, null],
  ['99999999999', null],
  ['', null],
  ['1e5', null],
  [Number.NaN, null],
  [true, null],
  [[5], null],
])('%j is the whole number %j', (value, whole) => {
  expect(readInteger(value)).toBe(whole);
});

test('an id is positive and exact', () => {
  expect(readId('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  for (const wrong of ['9007199254740993', 0, -1, '0', 1e300, null]) expect(readId(wrong)).toBeNull();
});

test('a number is finite and of single precision', () => {
  expect(readNumber('2.5')).toBe(2.5);
  for (const wrong of ['', 'x', Number.POSITIVE_INFINITY, 1e300, null]) expect(readNumber(wrong)).toBeNull();
});

test('a text can be stored and is not too long', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\0', '\ud800', '\u{1f600}') }), (value) => {
      const text = readText(value, 5) ?? '';
      expect(text.length).toBeLessThanOrEqual(5);
      expect(text.isWellFormed() && !text.includes('\0')).toBe(true);
    }),
  );
  expect(readText(7, 5)).toBe('7');
  for (const none of ['', null, undefined, {}, []]) expect(readText(none, 5)).toBeNull();
});

test('entries are those of an object, JSON text is parsed or nothing', () => {
  expect(entriesOf({ a: 1 })).toEqual([['a', 1]]);
  for (const none of [null, [], 'x', 4]) expect(entriesOf(none)).toEqual([]);
  expect(parseJson('[1]')).toEqual([1]);
  expect(parseJson('null')).toBeNull();
  for (const none of ['{', '', undefined]) expect(parseJson(none)).toBeUndefined();
});

test('counts of the same keys are added, under any name', () => {
  const counts = [
    [['a', 'b'], 2],
    [['a', 'b'], 3],
    [['a', '__proto__'], 1],
    [['__proto__', 'x'], 4],
  ] as const;
  expect(JSON.stringify(nestCounts(counts))).toBe('{"a":{"b":5,"__proto__":1},"__proto__":{"x":4}}');
});
