/**
 * The program of the definition `fits-summary`, run as a job in a folder of its own: it imports nothing but
 * Node and the files beside it. Reads the image twice in parts; memory does not grow with it.
 */
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { cardValue, FitsError, type Hdu, isImage, readHdus } from './fits-file.ts';
import { planeOf, readPixels } from './fits-pixels.ts';
import { Preview } from './preview.ts';
import { Histogram, Statistics } from './statistics.ts';

type Parameters = Record<string, { value: string; files: string[] }>;

const bins = 256;
const percents = [0.5, 1, 5, 25, 50, 75, 95, 99, 99.5];

async function summarise(parameters: Parameters): Promise<void> {
  const name = parameters.image?.files[0];
  if (name === undefined) throw new FitsError('There is no image.');
  const file = await open(await unpacked(name));
  try {
    await summariseFile(file, parameters);
  } finally {
    // Node warns of a file left open, and the last line on stderr is the error of the job.
    await file.close();
  }
}

async function summariseFile(file: FileHandle, parameters: Parameters): Promise<void> {
  const hdus: Hdu[] = [];
  let image: Hdu | undefined;
  for await (const hdu of readHdus(file)) {
    hdus.push(hdu);
    if (isImage(hdu)) {
      image = hdu;
      break;
    }
  }
  writeHeaders(hdus, image);
  if (image === undefined) {
    throw new FitsError(
      `None of the ${hdus.length} HDUs is an image; compressed images must be unpacked first.`,
    );
  }
  await summarisePixels(file, image, parameters);
}

/** The file itself, or for a gzip file the path of its contents. */
async function unpacked(name: string): Promise<string> {
  const file = await open(name);
  const start = Buffer.alloc(2);
  await file.read(start, 0, 2, 0);
  await file.close();
  if (start[0] !== 0x1f || start[1] !== 0x8b) return name;
  const target = path.join(tmpdir(), 'unpacked.fits');
  console.log('The file is compressed with gzip; unpacking it.');
  try {
    await pipeline(createReadStream(name), createGunzip(), createWriteStream(target));
  } catch (error) {
    throw new FitsError(`The gzip file cannot be unpacked: ${(error as Error).message}.`);
  }
  return target;
}

function writeHeaders(hdus: readonly Hdu[], image: Hdu | undefined): void {
  const shown = hdus.map(({ index, type, name, dataBytes, cards }) => ({
    index,
    type,
    name,
    dataBytes,
    cards,
  }));
  writeFileSync('header.json', JSON.stringify({ image: image?.index ?? null, hdus: shown }, null, 1));
  const rows = (image ?? hdus[0])?.cards ?? [];
  const lines = rows.map(({ key, value, comment }) =>
    [key, value === null ? '' : String(value), comment].map(csv).join(','),
  );
  writeFileSync('header.csv', `keyword,value,comment\r\n${lines.join('\r\n')}\r\n`);
}

function csv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function summarisePixels(file: FileHandle, image: Hdu, parameters: Parameters): Promise<void> {
  const plane = planeOf(image, (await file.stat()).size);
  const { width, height, planes, bitpix } = plane;
  console.log(`HDU ${image.index} is an image of ${width} x ${height} pixels, BITPIX ${bitpix}`);
  const statistics = new Statistics(width * height);
  for await (const values of readPixels(file, plane)) statistics.add(values);
  if (statistics.count === 0) throw new FitsError('No pixel of the image has a value.');
  const low = statistics.percentile(numberParameter(parameters, 'low', 0.5));
  const high = statistics.percentile(numberParameter(parameters, 'high', 99.5));
  writeFileSync(
    'statistics.json',
    JSON.stringify(
      {
        hdu: image.index,
        width,
        height,
        planes,
        plane: 1,
        bitpix,
        unit: cardValue(image, 'BUNIT'),
        pixels: width * height,
        withValue: statistics.count,
        withoutValue: statistics.without,
        min: statistics.min,
        max: statistics.max,
        mean: statistics.mean,
        standardDeviation: statistics.deviation,
        median: statistics.percentile(50),
        percentiles: Object.fromEntries(
          percents.map((percent) => [String(percent), statistics.percentile(percent)]),
        ),
        percentilesFrom: statistics.sampled,
        cuts: { low, high },
      },
      null,
      1,
    ),
  );
  console.log(`${statistics.count} pixels have values from ${statistics.min} to ${statistics.max}`);
  const histogram = new Histogram(statistics.percentile(0.1), statistics.percentile(99.9), bins);
  const preview = new Preview(plane, numberParameter(parameters, 'size', 1024));
  for await (const values of readPixels(file, plane)) {
    histogram.add(values);
    preview.add(values);
  }
  const { edges, counts, below, above } = histogram;
  writeFileSync('histogram.json', JSON.stringify({ edges, counts, below, above }));
  writeFileSync('preview.png', preview.png(low, high));
  console.log(`The preview has ${preview.width} x ${preview.height} pixels`);
}

function numberParameter(parameters: Parameters, name: string, otherwise: number): number {
  const text = parameters[name]?.value;
  return text === undefined || text === '' ? otherwise : Number(text);
}

try {
  await summarise(
    JSON.parse(readFileSync(new URL('parameters.json', import.meta.url), 'utf8')) as Parameters,
  );
} catch (error) {
  // The last line on stderr becomes the error of the job.
  console.error(
    error instanceof FitsError ? error.message : `The file could not be read: ${(error as Error).message}`,
  );
  process.exitCode = 1;
}
