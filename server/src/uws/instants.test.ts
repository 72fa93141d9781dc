import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInstant, readInstant } from './instants.ts';

test.each([
  ['2031-01-01T10:00:00.000000Z', '2031-01-01T10:00:00.000Z'],
  ['2031-01-01T10:00:00', '2031-01-01T10:00:00.000Z'],
  ['2031-01-01T12:00:00+02:00', '2031-01-01T10:00:00.000Z'],
  ['2031-01-01T12:00:00.5+0200', '2031-01-01T10:00:00.500Z'],
  ['2030-12-31T23:30:00-10:30', '2031-01-01T10:00:00.000Z'],
  ['2015', '2015-01-01T00:00:00.000Z'],
  ['2015-10', '2015-10-01T00:00:00.000Z'],
  ['20151026', '2015-10-26T00:00:00.000Z'],
  ['2015-10-26 09:00', '2015-10-26T09:00:00.000Z'],
  ['2015-10-26T24:00:00Z', '2015-10-27T00:00:00.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
])('%s is %s', (text, wanted) => {
  expect(parseInstant(text)?.toISOString()).toBe(wanted);
});

test.each([
  'tomorrow',
  '',
  'abc',
  '2015-13-01',
  '2015-02-30',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '2015-10-26T25:00',
  '10:00',
  '2015-10-26T10:00:00+25:00',
  '2015-10-26T10:00:00Zx',
  '-1',
  '1e9',
  '2031-01-01T10:00:00Z; drop table',
])('"%s" is no instant', (text) => {
  expect(parseInstant(text)).toBeNull();
  expect(() => readInstant('AFTER', text)).toThrow(/AFTER=/);
});

const instants = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });

test('every instant we write is read back as the same instant', () => {
  fc.assert(
    fc.property(instants, (date) => {
      expect(parseInstant(date.toISOString())).toEqual(date);
    }),
  );
});

test('an offset moves the instant and the shown clock by the same amount', () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, minutes) => {
      const local = new Date(date.getTime() + minutes * 60_000);
      fc.pre(local.getUTCFullYear() >= 1 && local.getUTCFullYear() <= 9999);
      const size = Math.abs(minutes);
      const two = (value: number) => String(value).padStart(2, '0');
      const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
      expect(parseInstant(local.toISOString().replace('Z', zone))).toEqual(date);
    }),
  );
});

test('whatever text comes, the answer is an instant or null', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const instant = parseInstant(text);
      expect(instant === null || !Number.isNaN(instant.getTime())).toBe(true);
    }),
  );
});
