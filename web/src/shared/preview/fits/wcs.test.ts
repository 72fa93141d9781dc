import { describe, expect, test } from 'vitest';
import { headerOf } from '../testing/fits-bytes.ts';
import { readHeader } from './header.ts';
import { skyOf } from './wcs.ts';

const base = {
  CTYPE1: 'RA---TAN',
  CTYPE2: 'DEC--TAN',
  CRPIX1: 100,
  CRPIX2: 200,
  CRVAL1: 53.1625,
  CRVAL2: -27.7914,
};
const sky = (cards: Record<string, string | number>) => skyOf(readHeader(headerOf(cards)));

describe('the place in the sky', () => {
  test('of the reference pixel is the reference value', () => {
    const at = sky({ ...base, CDELT1: -0.001, CDELT2: 0.001 })?.toSky(100, 200);
    expect(at?.ra).toBeCloseTo(53.1625, 10);
    expect(at?.dec).toBeCloseTo(-27.7914, 10);
  });

  test('one degree up along the meridian is the arc tangent of one degree', () => {
    const at = sky({ ...base, CRVAL1: 10, CRVAL2: 0, CDELT1: -1, CDELT2: 1 })?.toSky(100, 201);
    expect(at?.dec).toBeCloseTo((Math.atan(Math.PI / 180) * 180) / Math.PI, 10);
    expect(at?.ra).toBeCloseTo(10, 10);
  });

  test('beside the pole right ascension turns, and stays within 0 to 360', () => {
    const toSky = sky({ ...base, CRVAL1: 10, CRVAL2: 90, CDELT1: -0.1, CDELT2: 0.1 })?.toSky;
    // At the pole "up" is towards ra + 180°, "right" (negative x of the sky) a quarter turn from it.
    expect(toSky?.(100, 210)?.ra).toBeCloseTo(190, 8);
    expect(toSky?.(100, 190)?.ra).toBeCloseTo(10, 8);
    expect(toSky?.(90, 200)?.ra).toBeCloseTo(100, 8);
  });

  test('CD, PC with CDELT, and CROTA2 say the same', () => {
    const turn = (30 * Math.PI) / 180;
    const [sine, cosine] = [Math.sin(turn), Math.cos(turn)];
    const s = 0.01;
    const ways = [
      { CD1_1: -s * cosine, CD1_2: -s * sine, CD2_1: -s * sine, CD2_2: s * cosine },
      { CDELT1: -s, CDELT2: s, PC1_1: cosine, PC1_2: sine, PC2_1: -sine, PC2_2: cosine },
      { CDELT1: -s, CDELT2: s, CROTA2: 30 },
    ].map((cards) => sky({ ...base, ...cards })?.toSky(150, 260));
    for (const each of ways) {
      expect(each?.ra).toBeCloseTo(ways[0]?.ra ?? 0, 9);
      expect(each?.dec).toBeCloseTo(ways[0]?.dec ?? 0, 9);
    }
  });

  test('distortions are left out, and it says so', () => {
    expect(
      sky({ ...base, CTYPE1: 'RA---TAN-SIP', CTYPE2: 'DEC--TAN-SIP', CDELT1: 1, CDELT2: 1 })?.exact,
    ).toBe(false);
    expect(sky({ ...base, CDELT1: 1, CDELT2: 1 })?.exact).toBe(true);
  });

  test.each([
    ['other axes', { ...base, CTYPE1: 'GLON-CAR' }],
    ['no reference', { CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN' }],
    ['a matrix that cannot be', { ...base, CD1_1: 0, CD2_2: 0 }],
  ])('%s: none is told', (_what, cards) => {
    expect(sky(cards)).toBeNull();
  });
});
