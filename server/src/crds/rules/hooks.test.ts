import { describe, expect, it } from 'vitest';
import { Failure } from './failure.ts';
import { Header } from './header.ts';
import { hookNamed } from './hooks.ts';

const exposure = {
  'DATE-OBS': '2008-01-01',
  'TIME-OBS': '00:00:00',
  DETECTOR: 'WFC',
  APERTURE: 'WFC1',
  CCDAMP: 'A',
  CCDGAIN: '2.0',
  NAXIS1: '4144.7',
  NAXIS2: '2069.0',
  NUMCOLS: '4144.0',
  NUMROWS: '2068.0',
  LTV1: '0.0',
  LTV2: '0.0',
  RAW_LTV1: '0.0',
  RAW_LTV2: '0.0',
  XCORNER: '0.0',
  YCORNER: '0.0',
};

/** Values that a hook changed, or the text of its failure. */
function changes(hook: string, changed: Record<string, string> = {}, without = ''): unknown {
  const values = { ...exposure, ...changed };
  const given = new Map(Object.entries(values).filter(([name]) => name !== without));
  const result = hookNamed(hook)?.(new Header(given, new Map()));
  if (result === undefined || result instanceof Failure) return result?.text;
  return Object.fromEntries(
    [...given].flatMap(([name, value]) => (result.get(name) === value ? [] : [[name, result.get(name)]])),
  );
}

describe('before bias files of the ACS are looked up', () => {
  it('apertures do not count before the servicing mission, and wide readouts have pairs of amplifiers', () => {
    expect(changes('precondition_header_acs_biasfile_v2')).toEqual({
      APERTURE: 'N/A',
      CCDAMP: 'AD',
      NAXIS1: '4144.0',
      NAXIS2: '1034.5',
    });
    expect(changes('precondition_header_acs_biasfile_v1', { CCDAMP: 'C', XCORNER: '1.0' })).toEqual({
      APERTURE: 'N/A',
      CCDAMP: 'BC',
    });
  });

  it('later only sizes are brought to whole numbers', () => {
    expect(
      changes('precondition_header_acs_biasfile_v2', { 'DATE-OBS': '2010-01-01', DETECTOR: 'HRC' }),
    ).toEqual({
      NAXIS1: '4144.0',
    });
  });

  it('sizes that are no numbers stay', () => {
    const odd = { NAXIS1: 'WIDE', NAXIS2: 'NAN', DETECTOR: 'HRC' };
    expect(changes('precondition_header_acs_biasfile_v2', odd)).toEqual({ APERTURE: 'N/A' });
    expect(changes('precondition_header_acs_biasfile_v2', { NAXIS1: 'INF' })).toMatch(/infinity/);
  });

  it('the third version leaves data alone that has clauses of its own', () => {
    expect(changes('precondition_header_acs_biasfile_v3')).toEqual({});
    expect(changes('precondition_header_acs_biasfile_v3', { CCDGAIN: '4.0' })).toMatchObject({
      CCDAMP: 'AD',
    });
    expect(changes('precondition_header_acs_biasfile_v3', { APERTURE: 'UNDEFINED' })).toMatchObject({
      APERTURE: 'N/A',
    });
    expect(changes('precondition_header_acs_biasfile_v3', { 'DATE-OBS': '2002-03-29' })).toMatchObject({
      CCDAMP: 'AD',
    });
    expect(changes('precondition_header_acs_biasfile_v3', { CCDGAIN: 'HIGH' })).toMatch(/could not convert/);
  });

  it('a value that is missing or no date is a failure', () => {
    expect(changes('precondition_header_acs_biasfile_v1', {}, 'NUMCOLS')).toBe("'NUMCOLS'");
    expect(changes('precondition_header_acs_biasfile_v1', { 'DATE-OBS': '2004-02-30' })).toMatch(
      /out of range/,
    );
  });
});

describe('after a failed lookup', () => {
  it('the bias file of the full frame is looked for', () => {
    expect(changes('fallback_header_acs_biasfile_v2')).toMatchObject({ NAXIS2: '2068.0', LTV1: '24.0' });
    const narrow = { DETECTOR: 'HRC', NAXIS1: '100.0' };
    expect(changes('fallback_header_acs_biasfile_v2', narrow)).toMatchObject({
      NAXIS1: '1062.0',
      LTV2: '20.0',
    });
    expect(changes('fallback_header_acs_biasfile_v3', { ...narrow, CCDAMP: 'D' })).toMatchObject({
      RAW_LTV1: '19.0',
    });
    expect(changes('fallback_header_acs_biasfile_v3', {}, 'RAW_LTV1')).toBe("'RAW_LTV1'");
  });

  it('filters of the WFPC2 change places', () => {
    expect(changes('fallback_header_wfpc2_flatfile_v1', { FILTER1: 'F1', FILTER2: 'F2' })).toEqual({
      FILTER1: 'F2',
      FILTER2: 'F1',
    });
  });
});

it('apertures of the WFC3 do not count for subarrays that are not named after one', () => {
  const hook = 'precondition_header_wfc3_biasfile_v1';
  expect(changes(hook, { SUBARRAY: 'T' })).toEqual({ APERTURE: 'N/A' });
  expect(changes(hook, { SUBARRAY: 'T', APERTURE: 'UVIS-SUB' })).toEqual({});
  expect(changes(hook, { SUBARRAY: 'F' })).toEqual({});
});

it('other names are no hooks', () => {
  expect(hookNamed('none')).toBeUndefined();
  expect(hookNamed('constructor')).toBeUndefined();
});
