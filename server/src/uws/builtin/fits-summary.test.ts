import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync, inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  type FitsImage,
  fitsCard,
  fitsFile,
  fitsFileWithExtensions,
  fitsHeader,
} from '../../../../test/support/fits.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { readCard } from './fits-file.ts';
import { Preview } from './preview.ts';

interface Ran {
  code: number | null;
  stderr: string;
  json<T>(file: string): Promise<T>;
  bytes(file: string): Promise<Buffer>;
}

/** Runs the program as a job does: copied into a folder, with its parameters beside it. */
async function run(image: Buffer, values: Record<string, string> = {}): Promise<Ran> {
  const folder = await temporaryFolder('fits');
  await mkdir(path.join(folder, 'own'));
  await cp(new URL('.', import.meta.url).pathname, path.join(folder, 'own'), { recursive: true });
  await writeFile(path.join(folder, 'own/package.json'), '{"type":"module"}');
  await writeFile(path.join(folder, 'image.fits'), image);
  const parameters = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { value, files: [] }]),
  );
  const all = { ...parameters, image: { value: 'image.fits', files: ['image.fits'] } };
  await writeFile(path.join(folder, 'own/parameters.json'), JSON.stringify(all));
  const child = spawn(process.execPath, ['own/fits-summary.ts'], {
    cwd: folder,
    env: { TMPDIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const bytes = (file: string) => readFile(path.join(folder, file));
  return { code, stderr, bytes, json: async (file) => JSON.parse((await bytes(file)).toString()) };
}

interface Figures {
  width: number;
  height: number;
  min: number;
  max: number;
  mean: number;
  median: number;
  withoutValue: number;
  standardDeviation: number;
}

const ramp: FitsImage = { bitpix: 16, width: 10, height: 4, stored: (x, y) => x + 10 * y };

test.each([8, 16, 32, 64, -32, -64] as const)('BITPIX %i is read as it is stored', async (bitpix) => {
  const { code, stderr, json } = await run(fitsFile({ ...ramp, bitpix }));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const figures = await json<Figures>('statistics.json');
  expect(figures).toMatchObject({
    width: 10,
    height: 4,
    min: 0,
    max: 39,
    mean: 19.5,
    median: 19.5,
    withoutValue: 0,
  });
  expect(figures.standardDeviation).toBeCloseTo(Math.sqrt((40 * 41) / 12), 10);
});

test('BSCALE and BZERO make values of stored numbers, BLANK means no value', async () => {
  const image = fitsFile({
    ...ramp,
    stored: (x, y) => (x === 0 ? -32768 : x + 10 * y),
    cards: { BSCALE: 0.5, BZERO: 100, BLANK: -32768 },
  });
  const figures = await (await run(image)).json<Figures>('statistics.json');
  expect(figures).toMatchObject({ min: 100.5, max: 119.5, withoutValue: 4 });
});

test('unsigned 16-bit numbers are stored with BZERO 32768', async () => {
  const image = fitsFile({
    ...ramp,
    stored: (x) => (x === 9 ? 32767 : -32768),
    cards: { BZERO: 32768, BSCALE: 1 },
  });
  expect(await (await run(image)).json<Figures>('statistics.json')).toMatchObject({ min: 0, max: 65535 });
});

test('NaN and infinity have no value and are transparent in the preview', async () => {
  const image = fitsFile({
    ...ramp,
    bitpix: -32,
    stored: (x, y) => (y === 0 ? (x === 0 ? Number.NaN : Number.POSITIVE_INFINITY) : x + 10 * y),
  });
  const { json, bytes } = await run(image);
  expect(await json<Figures>('statistics.json')).toMatchObject({ min: 10, max: 39, withoutValue: 10 });
  const { width, height, pixel } = readPng(await bytes('preview.png'));
  expect([width, height]).toEqual([10, 4]);
  // The first row of the file is the lowest of the picture.
  expect(pixel(5, 3)).toEqual([0, 0]);
  expect(pixel(9, 0)).toEqual([255, 255]);
});

test('the first image among several HDUs is taken, and the headers up to it are kept', async () => {
  const { code, json, bytes } = await run(
    fitsFileWithExtensions({ ...ramp, cards: { OBJECT: "Barnard's star, north" } }),
  );
  expect(code).toBe(0);
  const header = await json<{ image: number; hdus: Array<{ type: string; name: string }> }>('header.json');
  expect(header.image).toBe(2);
  expect(header.hdus.map(({ type, name }) => `${type} ${name}`)).toEqual([
    'PRIMARY ',
    'BINTABLE ',
    'IMAGE SCI',
  ]);
  expect((await bytes('header.csv')).toString()).toContain('\r\nOBJECT,"Barnard\'s star, north",\r\n');
});

test('a large image becomes a smaller picture, and every pixel is in the histogram', async () => {
  const image = fitsFile({ bitpix: -32, width: 700, height: 300, stored: (x, y) => x + y });
  const { json, bytes } = await run(image, { size: '64' });
  const { width, height } = readPng(await bytes('preview.png'));
  expect([width, height]).toEqual([64, 27]);
  const { edges, counts, below, above } = await json<{
    edges: number[];
    counts: number[];
    below: number;
    above: number;
  }>('histogram.json');
  expect(edges.length).toBe(counts.length + 1);
  expect(counts.reduce((all, one) => all + one, below + above)).toBe(700 * 300);
});

test('a file compressed with gzip is unpacked', async () => {
  expect(await (await run(gzipSync(fitsFile(ramp)))).json<Figures>('statistics.json')).toMatchObject({
    max: 39,
  });
});

test('an image of one value is no error', async () => {
  const { code, json } = await run(fitsFile({ ...ramp, stored: () => 7 }));
  expect(code).toBe(0);
  expect(await json<Figures>('statistics.json')).toMatchObject({ min: 7, max: 7, standardDeviation: 0 });
});

const valid = fitsFile(ramp);
test.each([
  ['empty', Buffer.alloc(0), 'This is not a FITS file: it does not begin with SIMPLE.'],
  ['text', Buffer.from('hello'.repeat(2000)), 'This is not a FITS file: it does not begin with SIMPLE.'],
  ['cut in the header', valid.subarray(0, 1000), 'The file ends inside the header of HDU 0.'],
  [
    'cut in the image',
    fitsFile({ ...ramp, width: 5000 }).subarray(0, 20_000),
    'The file ends 22880 bytes before the end of its image.',
  ],
  [
    'BITPIX 12',
    fitsHeader([
      fitsCard('SIMPLE', true),
      fitsCard('BITPIX', 12),
      fitsCard('NAXIS', 2),
      fitsCard('NAXIS1', 2),
      fitsCard('NAXIS2', 2),
    ]),
    'BITPIX is 12; 8, 16, 32, 64, -32 and -64 exist.',
  ],
  [
    'no BITPIX',
    fitsHeader([fitsCard('SIMPLE', true), fitsCard('NAXIS', 0)]),
    'The header has no usable BITPIX.',
  ],
  [
    'negative axis',
    fitsHeader([
      fitsCard('SIMPLE', true),
      fitsCard('BITPIX', 8),
      fitsCard('NAXIS', 1),
      fitsCard('NAXIS1', -5),
    ]),
    'NAXIS1 is -5.',
  ],
  [
    'no image',
    fitsHeader([fitsCard('SIMPLE', true), fitsCard('BITPIX', 8), fitsCard('NAXIS', 0)]),
    'None of the 1 HDUs is an image; compressed images must be unpacked first.',
  ],
  [
    'only NaN',
    fitsFile({ ...ramp, bitpix: -64, stored: () => Number.NaN }),
    'No pixel of the image has a value.',
  ],
])('a bad file ends with one sentence: %s', async (_what, bytes, sentence) => {
  const { code, stderr } = await run(bytes);
  expect({ code, stderr }).toEqual({ code: 1, stderr: `${sentence}\n` });
});

test('cards are read with their quotes, exponents and long names', () => {
  expect(readCard(fitsCard('OBJECT', "O'Neill", 'name'))).toEqual({
    key: 'OBJECT',
    value: "O'Neill",
    comment: 'name',
  });
  expect(readCard('EXPTIME =             1.2D+03 / [s] time'.padEnd(80))).toEqual({
    key: 'EXPTIME',
    value: 1200,
    comment: '[s] time',
  });
  expect(readCard("HIERARCH ESO DET NAME = 'CCD / 1' / chip".padEnd(80))).toEqual({
    key: 'ESO DET NAME',
    value: 'CCD / 1',
    comment: 'chip',
  });
  expect(readCard('COMMENT   made by hand'.padEnd(80))).toEqual({
    key: 'COMMENT',
    value: null,
    comment: 'made by hand',
  });
});

/** Reads the PNG that the program writes: grey and alpha, filter "up". */
function readPng(png: Buffer) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const length = png.readUInt32BE(33);
  expect(png.toString('latin1', 37, 41)).toBe('IDAT');
  const rows = inflateSync(png.subarray(41, 41 + length));
  const stride = width * 2;
  const pixels = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) {
    for (let byte = 0; byte < stride; byte++) {
      const above = row === 0 ? 0 : (pixels[(row - 1) * stride + byte] ?? 0);
      pixels[row * stride + byte] = (rows[row * (stride + 1) + 1 + byte] ?? 0) + above;
    }
  }
  const pixel = (x: number, y: number) => [...pixels.subarray((y * width + x) * 2, (y * width + x) * 2 + 2)];
  return { width, height, pixel };
}

test('one large value everywhere falls into the histogram', async () => {
  const image = fitsFile({ bitpix: -32, width: 20, height: 20, stored: () => 1e20 });
  const { json } = await run(image);
  const { counts } = await json<{ counts: number[] }>('histogram.json');
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(400);
});

test('a pixel size that no image has is named, also beside large axes', async () => {
  const header = ['NAXIS', 'NAXIS1', 'NAXIS2'].map((key, index) => fitsCard(key, index === 0 ? 2 : 10));
  const image = fitsHeader([fitsCard('SIMPLE', true), fitsCard('BITPIX', 7), ...header]);
  const { code, stderr } = await run(image);
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'BITPIX is 7; 8, 16, 32, 64, -32 and -64 exist.\n' });
});

test('the memory of a preview does not grow with the width of the image', () => {
  const plane = { height: 1, planes: 1, bitpix: 8, scale: 1, zero: 0, blank: null, start: 0 };
  const preview = new Preview({ ...plane, width: 1e12 }, 1024);
  expect([preview.width, preview.height]).toEqual([1024, 1]);
});
