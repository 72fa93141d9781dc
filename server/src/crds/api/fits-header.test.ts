import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsCard, fitsHeader } from '../../../../test/support/fits.ts';
import { readFitsUnits } from './fits-header.ts';

const limits = { mostUnits: 100, mostCards: 10_000 };
const unitsOf = (bytes: Buffer, most = limits) =>
  readFitsUnits(async (start, length) => bytes.subarray(start, start + length), bytes.length, most);

const first = [fitsCard('SIMPLE', true), fitsCard('BITPIX', 8), fitsCard('NAXIS', 0)];
const table = (rows: number, ...more: string[]) =>
  fitsHeader([
    fitsCard('XTENSION', 'BINTABLE'),
    fitsCard('BITPIX', 8),
    fitsCard('NAXIS', 2),
    fitsCard('NAXIS1', 10),
    fitsCard('NAXIS2', rows),
    fitsCard('PCOUNT', 5),
    fitsCard('GCOUNT', 1),
    ...more,
  ]);

describe('headers of FITS', () => {
  test('give keywords with their values and comments', async () => {
    const { units, cut } = await unitsOf(
      fitsHeader([
        ...first,
        fitsCard('DETECTOR', 'WFC', 'detector in use'),
        fitsCard('CCDGAIN', 2),
        fitsCard('EXPTIME', '1.50E+02'),
        fitsCard('OBSERVER', "O'Hara / Smith", 'who'),
        'COMMENT   free words = here'.padEnd(80),
        "HIERARCH ESO DET ID = 'CCD 1   ' / chip".padEnd(80),
        "LONGNAME= 'the beginning &'".padEnd(80),
        "CONTINUE  'and the end'".padEnd(80),
      ]),
    );
    expect(cut).toBe(false);
    expect(units[0]?.cards.slice(3)).toEqual([
      { keyword: 'DETECTOR', value: 'WFC', comment: 'detector in use' },
      { keyword: 'CCDGAIN', value: '2', comment: '' },
      { keyword: 'EXPTIME', value: '1.50E+02', comment: '' },
      { keyword: 'OBSERVER', value: "O'Hara / Smith", comment: 'who' },
      { keyword: 'COMMENT', value: '', comment: 'free words = here' },
      { keyword: 'ESO DET ID', value: 'CCD 1', comment: 'chip' },
      { keyword: 'LONGNAME', value: 'the beginning and the end', comment: '' },
    ]);
  });

  test('of extensions are found behind data, which are not read', async () => {
    const bytes = Buffer.concat([
      fitsHeader(first),
      table(1000, fitsCard('EXTNAME', 'SCI'), fitsCard('EXTVER', 1)),
      Buffer.alloc(Math.ceil(10_005 / 2880) * 2880, 0xff),
      table(0),
      Buffer.alloc(2880),
    ]);
    const reads: number[] = [];
    const { units, cut } = await readFitsUnits(
      async (start, length) => {
        reads.push(start);
        return bytes.subarray(start, start + length);
      },
      bytes.length,
      limits,
    );
    expect(cut).toBe(false);
    expect(units.map(({ name }) => name)).toEqual(['PRIMARY', 'SCI,1', 'BINTABLE 2']);
    expect(reads).toEqual([0, 2880, 2880 + 2880 + 11_520]);
  });

  test('end at the limits, and where the file ends', async () => {
    const bytes = Buffer.concat([
      fitsHeader(first),
      table(0),
      Buffer.alloc(2880),
      table(0),
      Buffer.alloc(2880),
    ]);
    expect(await unitsOf(bytes, { ...limits, mostUnits: 2 })).toMatchObject({ cut: true, units: [{}, {}] });
    expect(await unitsOf(bytes, { ...limits, mostCards: 5 })).toMatchObject({ cut: true, units: [{}, {}] });
    expect(await unitsOf(bytes.subarray(0, 2880 + 1000))).toMatchObject({ cut: true, units: [{}] });
    const endless = Buffer.concat([fitsHeader(first).subarray(0, 240), Buffer.alloc(2880 * 3, 0x20)]);
    expect(await unitsOf(endless)).toMatchObject({ cut: true, units: [] });
  });

  test('of what is no FITS file is refused', async () => {
    await expect(unitsOf(Buffer.from('hello'))).rejects.toMatchObject({ code: 'crds.fits-invalid' });
  });

  test('with any sizes and any bytes end, and cost no more reads than the limits allow', async () => {
    const value = fc.oneof(fc.integer(), fc.constantFrom(-1, 0, 2 ** 53, 1e300, Number.NaN));
    await fc.assert(
      fc.asyncProperty(value, value, value, fc.uint8Array({ maxLength: 9000 }), async (a, b, c, rest) => {
        const header = fitsHeader([
          fitsCard('SIMPLE', true),
          fitsCard('BITPIX', a),
          fitsCard('NAXIS', 2),
          fitsCard('NAXIS1', b),
          fitsCard('NAXIS2', c),
          fitsCard('GCOUNT', a),
          fitsCard('PCOUNT', b),
        ]);
        const { units } = await unitsOf(Buffer.concat([header, Buffer.from(rest)]));
        expect(units.length).toBeLessThan(6);
      }),
      { numRuns: 200 },
    );
  });
});
