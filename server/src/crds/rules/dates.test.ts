import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DateError, reformatDate } from './dates.ts';

describe('dates of headers', () => {
  it.each([
    ['2004-02-29', '2004-02-29 00:00:00'],
    ['2004/02/28 01:02', '2004-02-28 01:02:00'],
    ['12/21/1999 05:42:35', '1999-12-21 05:42:35'],
    ['21/12/99 05:42:00 PM', '1999-12-21 17:42:00'],
    ['21/12/15', '2015-12-21 00:00:00'],
    ['19970114:053714', '1997-01-14 05:37:14'],
    ['Dec 01 1993 00:00:00 UT', '1993-12-01 00:00:00'],
    ['JULY 27, 1999 12:30 am', '1999-07-27 00:30:00'],
    ['03-jan-2013', '2013-01-03 00:00:00'],
    ['1999-12-21T05:42:35.5', '1999-12-21 05:42:35.500000'],
    ['1990-11-19 12:27:27:12', '1990-11-19 12:27:27'],
  ])('%s is %s', (text, normal) => {
    expect(reformatDate(text)).toBe(normal);
  });

  it.each([
    ['', 'list index out of range'],
    ['2004-02-30', 'day is out of range for month'],
    ['2004-13-01', 'month must be in 1..12'],
    ['2004-01-01 25:00', 'hour must be in 0..23'],
    ['2004-01-01 00:60', 'minute must be in 0..59'],
    ['2004-1-1', "Unknown numerical date format: '2004/1/1'"],
    ['2004-01-01 noon', "Invalid month value '01' in base date '2004-01-01 noon'"],
    ['mxx 21 2001', "Invalid month value '21' in base date 'mxx 21 2001'"],
  ])('%s is refused: %s', (text, reason) => {
    expect(() => reformatDate(text)).toThrow(new DateError(reason));
  });

  it('say when a part was never given', () => {
    expect(() => reformatDate('2004-01-01 UNDEFINED')).toThrow(DateError);
    expect(new DateError('x', true).isUndefined).toBe(true);
  });

  it('of the normal form stay as they are', () => {
    const dates = fc.date({
      min: new Date('0001-01-01Z'),
      max: new Date('9999-12-31Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        const text = date.toISOString().slice(0, 19).replace('T', ' ');
        expect(reformatDate(text)).toBe(text);
        expect(reformatDate(`${text} UT`)).toBe(text);
      }),
    );
  });

  it('never end in anything but a date or a DateError', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9A-Za-z/:.\- ,T]{0,30}$/), (text) => {
        try {
          expect(reformatDate(text)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?$/);
        } catch (error) {
          expect(error).toBeInstanceOf(DateError);
        }
      }),
    );
  });

  it('of endless length are refused at once', () => {
    expect(() => reformatDate('1 '.repeat(1_000_000))).toThrow(DateError);
  });
});
