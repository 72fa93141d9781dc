import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDatasetId } from './dataset-id.ts';
import { exposureDate, instantOf } from './exposure-date.ts';
import { isKeepable, readHeader, writeHeader } from './header-text.ts';

const value = fc.string().filter(isKeepable);

test('values come back by their place, missing ones as missing', () => {
  fc.assert(
    fc.property(fc.array(fc.option(value, { nil: undefined })), (values) => {
      const kept = values.slice(0, values.findLastIndex((one) => one !== undefined) + 1);
      expect(readHeader(writeHeader(values))).toEqual(kept);
    }),
  );
});

test('an empty value is not a missing one', () => {
  expect(readHeader(writeHeader(['']))).toEqual(['']);
  expect(readHeader(writeHeader([undefined, '']))).toEqual([undefined, '']);
  expect(readHeader(writeHeader([undefined]))).toEqual([]);
});

test('the header says when an exposure began, before what is given beside it', () => {
  const header = (entries: Record<string, string>) => new Map(Object.entries(entries));
  const hst = header({ 'DATE-OBS': '2011-02-03', 'TIME-OBS': '04:05:06.5' });
  expect(exposureDate(hst, '1999-01-01')?.toISOString()).toBe('2011-02-03T04:05:06.500Z');
  const jwst = header({ 'META.OBSERVATION.DATE': '2022-07-01', 'META.OBSERVATION.TIME': '10:00:00' });
  expect(exposureDate(jwst, undefined)?.toISOString()).toBe('2022-07-01T10:00:00.000Z');
  expect(exposureDate(header({ 'DATE-OBS': 'UNDEFINED' }), '1999-01-01T02:00:00Z')?.toISOString()).toBe(
    '1999-01-01T02:00:00.000Z',
  );
  expect(exposureDate(header({}), undefined)).toBe(null);
  expect(instantOf('2011-02-30')).toBe(null);
});

test('ids are two halves of letters, digits and a few signs', () => {
  expect(parseDatasetId('J8BA0H010:J8BA0HRPQ')).toEqual({ product: 'J8BA0H010', exposure: 'J8BA0HRPQ' });
  expect(parseDatasetId('jw80600018001_02101_00001.mirifulong')).toEqual({
    product: 'jw80600018001_02101_00001.mirifulong',
    exposure: 'jw80600018001_02101_00001.mirifulong',
  });
  for (const id of ['', ':', 'A:', ':A', 'A:B:C', 'a b', 'a/b', `a'b`, 'x'.repeat(129), 'é']) {
    expect(parseDatasetId(id)).toBe(null);
  }
});
