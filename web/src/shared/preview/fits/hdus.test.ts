import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../source.ts';
import {
  ascii,
  card,
  fitsFile,
  fitsFileWithExtensions,
  header as fitsHeader,
  headerOf,
  joined,
} from '../testing/fits-bytes.ts';
import { maxHdus, readHdus } from './hdus.ts';
import { readHeader } from './header.ts';

const image = { bitpix: 16, width: 30, height: 20, stored: (x: number, y: number) => x + y } as const;
const primary = (cards: Record<string, number>) => headerOf({ SIMPLE: true, ...cards });

describe('a header', () => {
  test('values are read as what they are', () => {
    const { values, endByte } = readHeader(
      fitsHeader([
        card('SIMPLE', true),
        card('OBJECT', "M31's core", 'what was seen'),
        'EXPTIME =              1.2D+03 / seconds'.padEnd(80),
        'NOTHING ='.padEnd(80),
        'HIERARCH ESO DET READ SPEED = 4 / fast'.padEnd(80),
      ]),
    );
    expect(Object.fromEntries(values)).toEqual({
      SIMPLE: true,
      OBJECT: "M31's core",
      EXPTIME: 1200,
      NOTHING: null,
      'ESO DET READ SPEED': 4,
    });
    expect(endByte).toBe(2880);
  });

  test('a long text goes on in CONTINUE', () => {
    const { cards } = readHeader(
      fitsHeader([
        "LONG    = 'begins &'".padEnd(80),
        "CONTINUE  'goes on &'".padEnd(80),
        "CONTINUE  'ends' / with a comment".padEnd(80),
      ]),
    );
    expect(cards).toEqual([
      {
        keyword: 'LONG',
        value: 'begins goes on ends',
        text: "'begins goes on ends'",
        comment: 'with a comment',
      },
    ]);
  });

  test('without END nothing tells where the data begin', () => {
    expect(readHeader(ascii(card('SIMPLE', true))).endByte).toBeNull();
  });
});

describe('the units of a file', () => {
  test('are found by their headers alone', async () => {
    const bytes = fitsFileWithExtensions({ ...image, width: 1000, height: 1000 });
    const source = memorySource(bytes);
    const { hdus, problem } = await readHdus(source);
    expect(hdus.map(({ name, kind }) => [name, kind])).toEqual([
      ['primary', 'empty'],
      ['bintable', 'bintable'],
      ['SCI', 'image'],
    ]);
    expect(problem).toBeNull();
    expect(source.bytesRead()).toBeLessThan(40_000);
  });

  test('a file that was cut short says where', async () => {
    const { hdus, problem } = await readHdus(memorySource(fitsFile(image).subarray(0, 3000)));
    expect(hdus[0]).toMatchObject({ kind: 'image', cutShort: true });
    expect(problem).toBe('The file ends inside the data of HDU 0: it was cut short.');
  });

  test.each([
    ['nothing', new Uint8Array(0), 'The file is empty.'],
    ['text', ascii('hello'), 'It does not begin with SIMPLE or XTENSION: this is no FITS file.'],
    [
      'no END',
      ascii(card('SIMPLE', true).padEnd(5000)),
      'The header at byte 0 has no END: the file was cut short.',
    ],
    [
      'an endless header',
      ascii(card('SIMPLE', true).repeat(37_500)),
      'A header at byte 0 is longer than a preview reads.',
    ],
    ['a wrong BITPIX', primary({ BITPIX: 17 }), 'HDU 0 has BITPIX 17, which no FITS file may have.'],
    [
      'too many axes',
      primary({ BITPIX: 8, NAXIS: 1e9 }),
      'HDU 0 has NAXIS 1000000000, which no FITS file may have.',
    ],
    [
      'a negative axis',
      primary({ BITPIX: 8, NAXIS: 1, NAXIS1: -5 }),
      'HDU 0 has an axis whose length is no whole number.',
    ],
    [
      'more than there can be',
      primary({ BITPIX: 64, NAXIS: 2, NAXIS1: 9e15, NAXIS2: 9e15 }),
      'HDU 0 claims more data than a file can hold.',
    ],
    [
      'data that go backwards',
      primary({ BITPIX: 8, NAXIS: 1, NAXIS1: 1, PCOUNT: -5000 }),
      'HDU 0 claims more data than a file can hold.',
    ],
  ])('%s is told, not thrown', async (_what, bytes, problem) => {
    expect((await readHdus(memorySource(bytes))).problem).toBe(problem);
  });

  test('no more units are listed than a person can choose from', async () => {
    const one = fitsHeader([card('XTENSION', 'IMAGE'), card('BITPIX', 8), card('NAXIS', 0)]);
    const { hdus, problem } = await readHdus(
      memorySource(joined(...Array.from({ length: maxHdus + 5 }, () => one))),
    );
    expect(hdus.length).toBe(maxHdus);
    expect(problem).toMatch(/more than 200 HDUs/);
  });

  test('a compressed image is known as one', async () => {
    const first = primary({ BITPIX: 8, NAXIS: 0 });
    const table = fitsHeader([
      card('XTENSION', 'BINTABLE'),
      card('BITPIX', 8),
      card('NAXIS', 2),
      card('NAXIS1', 8),
      card('NAXIS2', 0),
      card('ZIMAGE', true),
    ]);
    const { hdus } = await readHdus(memorySource(joined(first, table)));
    expect(hdus[1]?.kind).toBe('compressed');
  });

  test('no file, however broken, is thrown at the reader or read for ever', async () => {
    const whole = fitsFileWithExtensions(image);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }),
        fc.nat(whole.length),
        async (changes, length) => {
          const bytes = Uint8Array.from(whole.subarray(0, length));
          for (const [at, value] of changes) if (at < length) bytes[at] = value;
          const { hdus } = await readHdus(memorySource(bytes));
          expect(hdus.length).toBeLessThanOrEqual(maxHdus);
        },
      ),
      { numRuns: 300 },
    );
  });
});
