import { expect, test } from 'vitest';
import { readMapping } from '../rules/index.ts';
import { compileRmap } from '../rules/rmap.ts';
import { dependenceOf, type SideRules } from './dependence.ts';
import { DatesOfRow, OutcomeMemo } from './type-comparison.ts';

function side(observatory: string, filekind: string, header: string, rules: string): SideRules {
  const mapping = readMapping(
    `header = {'mapping': 'reference', 'observatory': '${observatory}', 'instrument': 'acs', 'filekind': '${filekind}',
  'name': '${observatory}_acs_${filekind}.rmap', 'derived_from': 'none', ${header}}
selector = ${rules}`,
    { ignoreSum: true },
  );
  return { mapping, rmap: compileRmap(mapping) };
}

const parkey = "'parkey': (('DETECTOR', 'CCDGAIN'), ('DATE-OBS', 'TIME-OBS')),";
const rules = (date: string) => `Match({('WFC', '1.0'): UseAfter({'${date}': 'a.fits'})})`;

test('rules depend on the values of their clauses and on between which of their dates one lies', () => {
  const sides = [
    side('tobs', 'dark', parkey, rules('2005-01-01 00:00:00')),
    side('tobs', 'dark', parkey, rules('2001-01-01 00:00:00')),
  ];
  expect(dependenceOf(sides, ['DETECTOR', 'CCDGAIN', 'FILTER', 'DATE-OBS', 'TIME-OBS'])).toEqual({
    parameters: new Set(['DETECTOR', 'CCDGAIN']),
    dateParameters: ['DATE-OBS', 'TIME-OBS'],
    dates: ['2001-01-01 00:00:00', '2005-01-01 00:00:00'],
  });
});

test('expressions add what they name', () => {
  const dark = side(
    'tobs',
    'dark',
    `${parkey} 'rmap_relevance': '(FILTER != "CLEAR")',`,
    rules('2005-01-01'),
  );
  expect(dependenceOf([dark], ['CCDGAIN', 'DETECTOR', 'FILTER', 'OTHER']).parameters).toEqual(
    new Set(['DETECTOR', 'CCDGAIN', 'FILTER']),
  );
});

test('a date that an expression looks at counts as it is', () => {
  const dark = side(
    'tobs',
    'dark',
    `${parkey} 'rmap_omit': '(DATE_OBS == "x")', 'extra_keys': ('DATE_OBS',),`,
    rules('2005-01-01'),
  );
  const named = dependenceOf([dark], ['DATE_OBS', 'DATE-OBS', 'TIME-OBS']);
  expect(named.parameters).toContain('DATE_OBS');
  const dated = side(
    'tobs',
    'dark',
    "'parkey': (('DETECTOR', 'DATE-OBS'), ('DATE-OBS', 'TIME-OBS')),",
    "Match({('WFC', '2001-01-01'): UseAfter({'2005-01-01 00:00:00': 'a.fits'})})",
  );
  expect(dependenceOf([dated], [])).toEqual({
    parameters: new Set(['DETECTOR', 'DATE-OBS', 'TIME-OBS']),
    dateParameters: [],
    dates: [],
  });
});

test('types with hooks depend on all that hooks look at', () => {
  const bias = side(
    'hst',
    'biasfile',
    `${parkey} 'hooks': {'precondition_header': 'precondition_header_acs_biasfile_v2'},`,
    rules('2005-01-01 00:00:00'),
  );
  const { parameters, dates } = dependenceOf([bias], []);
  expect([...parameters]).toEqual(expect.arrayContaining(['NAXIS1', 'APERTURE', 'CCDAMP', 'XCORNER']));
  expect(dates).toEqual(['2002-03-30 00:00:00', '2005-01-01 00:00:00', '2009-05-14 00:00:00']);
});

test('what is remembered is found for equal values between the same dates, and for no others', () => {
  const dependence = dependenceOf([side('tobs', 'dark', parkey, rules('2005-01-01 00:00:00'))], []);
  const placeOf = new Map([
    ['DETECTOR', 0],
    ['CCDGAIN', 1],
    ['DATE-OBS', 2],
    ['TIME-OBS', 3],
    ['OTHER', 4],
  ]);
  const memo = new OutcomeMemo(dependence, placeOf);
  const keyOf = (...values: string[]) => memo.keyOf(values, new DatesOfRow());
  const key = keyOf('WFC', '1', '2004-12-31', '23:59:59.999999', 'a');
  expect(keyOf('WFC', '1', '1999-01-01', '00:00:00', 'b')).toBe(key);
  for (const other of [
    keyOf('WFC', '1', '2005-01-01', '00:00:00'),
    keyOf('WFC', '2', '1999-01-01', '00:00:00'),
    keyOf('WFC', '1', '2004-02-30', '00:00:00'),
    keyOf('WFC', '1', 'May 14 2004', '00:00:00'),
    keyOf('WFC', '1'),
  ]) {
    expect(other).not.toBe(key);
  }
  memo.set(key, 7);
  expect([memo.get(key), memo.get(keyOf('HRC', '1', '1999-01-01', '00:00:00'))]).toEqual([7, undefined]);
  memo.forget();
  expect(memo.get(key)).toBe(undefined);
});
