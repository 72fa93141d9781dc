import { describe, expect, test } from 'vitest';
import { readHeader, readTyped, writeHeader } from './address.ts';
import { apiOfCalibration } from './api-of-calibration.ts';
import { pagesOfObservatory } from './pages-of-observatory.ts';

const base = '/api/crds/observatories/hst';

describe('pages and their calls', () => {
  test.each([
    ['', {}, '/api/crds/observatories'],
    ['/hst', {}, base],
    ['/hst/files', { q: 'bias kind:mapping', cursor: 'c' }, `${base}/files?text=bias&kind=mapping&cursor=c`],
    ['/hst/files/a_0001.rmap', { tab: 'contents' }, `${base}/files/a_0001.rmap/contents`],
    ['/hst/files/a_0001.rmap', {}, `${base}/files/a_0001.rmap`],
    ['/hst/contexts', {}, `${base}/contexts/history`],
    ['/hst/contexts', { tab: 'all', q: '03' }, `${base}/contexts?text=03`],
    [
      '/hst/contexts/a.pmap',
      { tab: 'references', type: 'dark' },
      `${base}/contexts/a.pmap/references?type=dark`,
    ],
    ['/hst/diff', { old: 'a', new: 'b' }, `${base}/differences?old=a&new=b`],
    ['/hst/affected/4', {}, `${base}/affected/4`],
    ['/hst/nightly', {}, `${base}/report`],
    ['/hst/explore', {}, undefined],
  ])('%s %j', (path, search, call) => {
    expect(apiOfCalibration(path, search)).toBe(call);
  });

  test('an address of an observatory has its pages, another has none', () => {
    expect(pagesOfObservatory('/calibration')).toBeUndefined();
    expect(pagesOfObservatory('/work')).toBeUndefined();
    const pages = pagesOfObservatory('/calibration/jwst/files/x') ?? [];
    expect(pages.every(({ to }) => to.startsWith('/calibration/jwst'))).toBe(true);
  });
});

describe('values of a header', () => {
  test('come back from the address as they went into it', () => {
    const header = { 'DATE-OBS': '2003-03-08', TARGNAME: 'a & b = c+d %', __proto__x: '' };
    expect(readHeader(writeHeader(header))).toEqual(header);
  });

  test('are read as people type them', () => {
    expect(readTyped("INSTRUME = ACS\n# a note\n\nDETECTOR: 'WFC'\nMETA.X.Y=1").header).toEqual({
      INSTRUME: 'ACS',
      DETECTOR: 'WFC',
      'META.X.Y': '1',
    });
    expect(readTyped('just words').problems).toEqual(['“just words” is no KEY = value.']);
  });
});
