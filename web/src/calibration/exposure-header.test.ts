import { describe, expect, test } from 'vitest';
import { gzipSource } from '../shared/preview/gzip-source.ts';
import { memorySource } from '../shared/preview/source.ts';
import { headerOf, readExposureHeader } from './exposure-header.ts';

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
    expect(await read('x.fits.zip')).toContain('Unpack it');
    expect(await read('x.asdf')).toContain('no FITS file');
  });

  test('of a file cut short keeps what was read', async () => {
    const cut = bytesOf((primary + image).slice(0, primary.length + block + 10_000));
    const { values, problem } = await headerOf(memorySource(cut), 'x_raw.fits');
    expect(values.get('INSTRUME')).toBe('ACS');
    expect(problem).toContain('cut short');
  });
});

const gzip = (content: BlobPart): Promise<Blob> =>
  new Response(new Blob([content]).stream().pipeThrough(new CompressionStream('gzip'))).blob();

describe('the header of a packed exposure', () => {
  const packed = gzip(primary + image + primary);

  test('is that of the file within', async () => {
    const { values, hdus, problem } = await readExposureHeader(new File([await packed], 'x_raw.fits.gz'));
    expect([hdus, problem]).toEqual([3, null]);
    expect(values.get('INSTRUME')).toBe('ACS');
    expect(values.get('LTV1')).toBe('-24.5');
  });

  test('keeps what was read of one that is cut short or goes on for ever', async () => {
    const cut = await readExposureHeader(new File([(await packed).slice(0, -900)], 'x.fits.gz'));
    expect(cut.problem).toMatch(/cut short/);
    const source = await gzipSource(await gzip(new Uint8Array(4_000_000)), 1_000_000);
    expect((await source.read(3_000_000, 3_000_010)).length).toBe(0);
    expect(source.problem()).toMatch(/^Only its first/);
    expect(source.bytesRead()).toBeLessThan(2_000_000);
    await source.close();
  });

  test('of a packed text says that it is no FITS file', async () => {
    const { problem } = await readExposureHeader(new File([await gzip('hello')], 'x.fits.gz'));
    expect(problem).toContain('no FITS file');
  });
});

describe('the tree of an ASDF file', () => {
  const tree = `#ASDF 1.0.0
#ASDF_STANDARD 1.5.0
%YAML 1.1
%TAG ! tag:stsci.edu:asdf/
--- !core/asdf-1.1.0
asdf_library: !core/software-1.0.0 {name: asdf, version: 2.15.0}
roman:
  meta: &meta
    instrument: {name: WFI, optical_element: F158}
    exposure: {start_time: !time/time-1.1.0 2026-10-31T10:00:00.000, nresultants: 6, is_engineering: false}
    list: [1, 2]
  again: *meta
...
`;

  test('gives values by their paths', async () => {
    const file = new File([tree, new Uint8Array(5000)], 'r0000101.asdf');
    const { values, problem } = await readExposureHeader(file);
    expect(problem).toBeNull();
    expect(Object.fromEntries(values)).toMatchObject({
      'ROMAN.META.INSTRUMENT.NAME': 'WFI',
      'ROMAN.META.EXPOSURE.START_TIME': '2026-10-31T10:00:00.000',
      'ROMAN.META.EXPOSURE.NRESULTANTS': '6',
      'ROMAN.META.EXPOSURE.IS_ENGINEERING': 'F',
    });
    expect([...values.keys()].some((name) => name.includes('LIST'))).toBe(false);
  });

  test.each([
    ['without an end', '#ASDF 1.0.0\nroman: 1\n', 'does not end'],
    ['that is broken', '#ASDF 1.0.0\n--- {\n...\n', 'cannot be read'],
    [
      'that explodes',
      `#ASDF 1.0.0\na: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghi'
        .split('')
        .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[at]}`)}]`)
        .join('\n')}\n...\n`,
      'cannot be read',
    ],
  ])('%s is told', async (_what, text, expected) => {
    const { problem } = await readExposureHeader(new File([text], 'x.asdf'));
    expect(problem).toContain(expected);
  });
});
