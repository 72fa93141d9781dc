import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../source.ts';
import type { TableModel } from '../table-model.ts';
import { ascii, type Cards, joined, tableFile, written } from '../testing/fits-bytes.ts';
import { readHdus } from './hdus.ts';
import { fitsTable } from './table.ts';

async function open(file: Uint8Array): Promise<TableModel> {
  const source = memorySource(file);
  const hdu = (await readHdus(source)).hdus[0];
  const table = hdu === undefined ? 'no HDU' : fitsTable(hdu, source);
  if (typeof table === 'string') throw new Error(table);
  return table;
}

const row = (id: number, ra: number, name: string): Uint8Array =>
  written(25, (view, bytes) => {
    view.setInt32(0, id);
    view.setFloat64(4, ra);
    bytes.set(ascii(name), 12);
    view.setFloat32(18, 0.1);
    bytes.set(ascii('T'), 22);
    view.setInt16(23, -32768);
  });
const catalogue = tableFile(
  'BINTABLE',
  25,
  2,
  {
    TFIELDS: 6,
    TTYPE1: 'ID',
    TFORM1: 'J',
    TTYPE2: 'RA',
    TFORM2: '1D',
    TUNIT2: 'deg',
    TTYPE3: 'NAME',
    TFORM3: '6A',
    TTYPE4: 'FLUX',
    TFORM4: 'E',
    TTYPE5: 'GOOD',
    TFORM5: 'L',
    TTYPE6: 'COUNT',
    TFORM6: 'I',
    TZERO6: 32768,
  },
  joined(row(7, 53.25, 'M31'), row(8, Number.NaN, 'longer')),
);

describe('a binary table', () => {
  test('has columns with units and rows as text', async () => {
    const table = await open(catalogue);
    expect(table.columns.map(({ name, unit, numeric }) => [name, unit, numeric])).toEqual([
      ['ID', '', true],
      ['RA', 'deg', true],
      ['NAME', '', false],
      ['FLUX', '', true],
      ['GOOD', '', false],
      ['COUNT', '', true],
    ]);
    expect(await table.rows(0, 10)).toEqual([
      ['7', '53.25', 'M31', '0.1', 'true', '0'],
      ['8', '', 'longer', '0.1', 'true', '0'],
    ]);
  });

  test('is read row by row from anywhere', async () => {
    const rows = 100_000;
    const data = written(rows * 4, (view) => {
      for (let at = 0; at < rows; at += 1) view.setInt32(at * 4, at);
    });
    const table = await open(tableFile('BINTABLE', 4, rows, { TFIELDS: 1, TFORM1: 'J' }, data));
    expect(table.rowCount).toBe(rows);
    expect(await table.rows(99_998, 99_999)).toEqual([['99998']]);
  });

  test('that was cut short has the rows that are there', async () => {
    const table = await open(catalogue.subarray(0, 2880 + 30));
    expect(table.rowCount).toBe(1);
    expect(table.cut).toBe('the file ends before row 2 of 2');
  });

  test('64-bit integers stay exact, unsigned ones too', async () => {
    const data = written(16, (view) => {
      view.setBigInt64(0, 9_007_199_254_740_993n);
      view.setBigInt64(8, 1n);
    });
    const cards = { TFIELDS: 2, TFORM1: 'K', TFORM2: 'K', TZERO2: 2 ** 63 };
    const table = await open(tableFile('BINTABLE', 16, 1, cards, data));
    expect(await table.rows(0, 1)).toEqual([['9007199254740993', '9223372036854775809']]);
  });

  test('long arrays are summed up, bits are spelled', async () => {
    const data = Uint8Array.from([...Array.from({ length: 20 }, (_, at) => at), 0b1010_0000]);
    const table = await open(tableFile('BINTABLE', 21, 1, { TFIELDS: 2, TFORM1: '20B', TFORM2: '3X' }, data));
    expect(await table.rows(0, 1)).toEqual([['0, 1, 2, 3, 4, 5, 6, 7, … (20)', '1, 0, 1']]);
  });

  test.each([
    [
      'an unknown format',
      4,
      { TFIELDS: 1, TFORM1: '3Z' },
      'Column 1 has the format “3Z”, which no FITS table has.',
    ],
    ['no columns', 4, { TFIELDS: 0 }, 'The table has no columns.'],
    [
      'a row of a gigabyte',
      1e9,
      { TFIELDS: 1, TFORM1: 'J' },
      'Its rows have 1000000000 bytes, which is not shown.',
    ],
  ])('with %s says why it is not shown', async (_what, rowBytes, cards, sentence) => {
    await expect(open(tableFile('BINTABLE', rowBytes, 1, cards as Cards, new Uint8Array(8)))).rejects.toThrow(
      sentence,
    );
  });

  test('a column that claims more than its row holds is empty', async () => {
    const table = await open(
      tableFile('BINTABLE', 4, 1, { TFIELDS: 1, TFORM1: '999999999D' }, new Uint8Array(4)),
    );
    expect(await table.rows(0, 1)).toEqual([['']]);
  });

  test('whatever its bytes, rows come out and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(2879),
        fc.nat(255),
        async (data, at, value) => {
          const file = joined(catalogue.subarray(0, 2880), data);
          file[at] = value;
          const { hdus } = await readHdus(memorySource(file));
          const table = hdus[0] === undefined ? 'none' : fitsTable(hdus[0], memorySource(file));
          if (typeof table !== 'string') expect((await table.rows(0, 100)).length).toBeLessThanOrEqual(100);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('an ASCII table', () => {
  test('is read by its columns', async () => {
    const cards = {
      TFIELDS: 2,
      TTYPE1: 'N',
      TFORM1: 'I4',
      TBCOL1: 1,
      TTYPE2: 'V',
      TFORM2: 'D8.2',
      TBCOL2: 6,
      TSCAL2: 2,
    };
    const table = await open(tableFile('TABLE', 13, 2, cards, ascii('  12  1.5D+01   7         ')));
    expect(await table.rows(0, 2)).toEqual([
      ['12', '30'],
      ['7', ''],
    ]);
  });
});
