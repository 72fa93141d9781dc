import { describe, expect, test } from 'vitest';
import { memorySource } from '../shared/preview/source.ts';
import { headerOf } from './exposure-header.ts';

const block = 2880;
const card = (keyword: string, value: string) => `${keyword.padEnd(8)}= ${value}`.padEnd(80);
const unit = (cards: string[], dataBytes = 0) =>
  `${[...cards, 'END'.padEnd(80)].join('')}`.padEnd(Math.ceil(((cards.length + 1) * 80) / block) * block) +
  '\0'.repeat(Math.ceil(dataBytes / block) * block);
const bytesOf = (text: string) => new TextEncoder().encode(text);

const primary = unit([
  card('SIMPLE', 'T'),
  card('BITPIX', '8'),
  card('NAXIS', '0'),
  card('INSTRUME', "'ACS     '           / the instrument"),
  card('CCDGAIN', '2.0'),
  card('SUBARRAY', 'F'),
  'COMMENT no value'.padEnd(80),
]);
const image = unit(
  [
    card('XTENSION', "'IMAGE   '"),
    card('BITPIX', '16'),
    card('NAXIS', '2'),
    card('NAXIS1', '1000'),
    card('NAXIS2', '1000'),
    card('CCDGAIN', '9.0'),
    card('LTV1', '-24.5'),
  ],
  2_000_000,
);

describe('the header of an exposure', () => {
  test('is that of all units, the first value of a keyword first', async () => {
    const { values, hdus, problem } = await headerOf(memorySource(bytesOf(primary + image)), 'x_raw.fits');
    expect(problem).toBeNull();
    expect(hdus).toBe(2);
    expect(Object.fromEntries(values)).toMatchObject({
      INSTRUME: 'ACS',
      CCDGAIN: '2',
      SUBARRAY: 'F',
      NAXIS1: '1000',
      LTV1: '-24.5',
    });
    expect(values.has('COMMENT')).toBe(false);
  });

  test('is read without the data', async () => {
    const { bytesRead, sizeBytes } = await headerOf(memorySource(bytesOf(primary + image)), 'x_raw.fits');
    expect(sizeBytes).toBeGreaterThan(2_000_000);
    expect(bytesRead).toBeLessThan(40_000);
  });

  test('of a file that is none says what to do', async () => {
    const read = async (name: string) => (await headerOf(memorySource(bytesOf('hello')), name)).problem;
    expect(await read('x.fits')).toContain('no FITS file');
    expect(await read('x.fits.gz')).toContain('Unpack it');
    expect(await read('x.asdf')).toContain('ASDF');
  });

  test('of a file cut short keeps what was read', async () => {
    const cut = bytesOf((primary + image).slice(0, primary.length + block + 10_000));
    const { values, problem } = await headerOf(memorySource(cut), 'x_raw.fits');
    expect(values.get('INSTRUME')).toBe('ACS');
    expect(problem).toContain('cut short');
  });
});
