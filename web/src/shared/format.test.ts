import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as format from './format.ts';

/** Spaces as they are typed, so that expectations can be read. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const now = Date.parse('2026-11-22T02:18:40Z');

describe('numbers', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1204, '1 204'],
    [99_999, '99 999'],
    [938_400, '938 k'],
    [999_600, '1.0 M'],
    [1_412_108, '1.4 M'],
    [250_000_000, '250 M'],
  ])('%d is counted as %s', (n, text) => expect(plain(format.count(n))).toBe(text));

  test('an exact integer keeps every digit', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        expect(
          Number(
            format
              .exact(n)
              .replace(/\u202f/g, '')
              .replace('−', '-'),
          ),
        ).toBe(n);
      }),
    );
  });

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [6200, '6.2 kB'],
    [33_600_000, '33.6 MB'],
    [168_000_000, '168 MB'],
    [999_600_000, '1 GB'],
  ])('%d bytes are %s', (n, text) => expect(plain(format.bytes(n))).toBe(text));

  test.each([
    [0, '0 %'],
    [0.0004, '< 0.1 %'],
    [0.012, '1.2 %'],
    [0.49, '49 %'],
    [0.624, '62.4 %'],
    [1, '100 %'],
  ])('the share %d is %s', (share, text) => expect(plain(format.percent(share))).toBe(text));

  test('measures have at most three figures', () => {
    expect(format.measure(15.71)).toBe('15.7');
    expect(format.measure(0.114)).toBe('0.11');
    expect(plain(format.measure(1382.4, '/s'))).toBe('1 382 /s');
  });
});

describe('durations', () => {
  test.each([
    [0, '0 s'],
    [0.42, '0.4 s'],
    [38, '38 s'],
    [59.7, '1 min'],
    [372, '6 min 12 s'],
    [2460, '41 min'],
    [12_120, '3 h 22 min'],
    [86_400 * 2, '2 d'],
    [86_400 * 30, '30 d'],
  ])('%d s are %s', (seconds, text) => expect(plain(format.duration(seconds))).toBe(text));

  test('no length has more than two parts, and none is not a number', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (seconds) => {
        const text = plain(format.duration(seconds));
        expect(text).toMatch(/^[\d .]+ (s|min|h|d)( \d+ (s|min|h))?$/);
        expect(text).not.toMatch(/ 60 (s|min)$|^60 (s|min)/);
      }),
    );
  });

  test('milliseconds become seconds where they should', () => {
    expect(plain(format.milliseconds(0.62))).toBe('0.6 ms');
    expect(plain(format.milliseconds(37.4))).toBe('37 ms');
    expect(plain(format.milliseconds(1840))).toBe('1.8 s');
    expect(plain(format.milliseconds(660_000))).toBe('11 min');
  });
});

describe('times', () => {
  test('today is a clock, this year a day, other years have their number', () => {
    expect(format.when('2026-11-22T01:02:03Z', now)).toBe('01:02:03');
    expect(format.when('2026-11-18T01:02:03Z', now)).toBe('18 Nov 01:02');
    expect(format.when('2003-03-08T17:41:55Z', now)).toBe('8 Mar 2003');
    expect(format.stamp('2003-03-08T17:41:55Z')).toBe('2003-03-08 17:41:55');
  });

  test('ages and deadlines read as one says them', () => {
    expect(plain(format.relative('2026-11-22T02:03:11Z', now))).toBe('15 min ago');
    expect(plain(format.deadline('2026-11-22T05:40:40Z', now))).toBe('05:40, in 3 h 22 min');
    expect(format.relative(now, now)).toBe('now');
  });

  test('instants inside a sentence of the server become clocks', () => {
    expect(format.withClocks('QUEUED 2026-11-22T01:02:03.452Z', now)).toBe('QUEUED 01:02:03');
  });
});

describe('names', () => {
  test('hashes and file names are cut where both ends remain', () => {
    expect(format.shortHash(`4f1d0c9ae27b${'0'.repeat(46)}93b07e`)).toBe('4f1d0c9ae27b…93b07e');
    expect(format.middle('m31-mosaic-south-east-corner-second-try.fits', 21)).toBe('m31-mosaic…d-try.fits');
  });

  test('a name that is cut has the length asked for', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 11 }), fc.integer({ min: 3, max: 10 }), (name, most) => {
        expect(format.middle(name, most)).toHaveLength(most);
      }),
    );
  });

  test('rhythms and actions are words', () => {
    expect(plain(format.rhythm('every 3600 s'))).toBe('every 1 h');
    expect(format.rhythm('0 3 * * *')).toBe('0 3 * * *');
    expect(format.actionWords('auth.session-opened')).toBe('session opened');
    expect(format.plural(1, 'job')).toBe('1 job');
    expect(format.plural(2, 'process', 'processes')).toBe('2 processes');
  });
});

describe('measured values', () => {
  test.each([
    [412.7, '412.7'],
    [-1.5e-12, '−1.5e−12'],
    [0, '0'],
    [1234567.891, '1234570'],
  ])('%d keeps its significant digits: %s', (n, text) => {
    expect(format.significant(n).replaceAll('-', '−')).toBe(text);
  });
});
