import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteSource, memorySource } from '../source.ts';
import { fitsFile, type TestImage } from '../testing/fits-bytes.ts';
import { type Hdu, readHdus } from './hdus.ts';
import { maxPictureBytes, planPicture, readPicture, type Window } from './pixels.ts';

const signal = new AbortController().signal;

async function firstHdu(source: ByteSource): Promise<Hdu> {
  const hdu = (await readHdus(source)).hdus[0];
  if (hdu === undefined) throw new Error('The file has no HDU.');
  return hdu;
}

async function show(image: TestImage, window: Window, outWidth: number, length?: number) {
  const source = memorySource(fitsFile(image).subarray(0, length));
  const hdu = await firstHdu(source);
  const plan = planPicture(hdu, 0, window, outWidth);
  if (plan === null) throw new Error('The picture cannot be planned.');
  return { plan, picture: await readPicture(source, hdu, plan, window.x, signal) };
}

const whole = (width: number, height: number): Window => ({ x: 0, y: 0, width, height });

describe('the pixels of an image', () => {
  test.each([8, 16, 32, 64, -32, -64] as const)('of BITPIX %i are read', async (bitpix) => {
    const { picture } = await show(
      { bitpix, width: 5, height: 3, stored: (x, y) => x * 10 + y },
      whole(5, 3),
      5,
    );
    expect([...picture.values]).toEqual([0, 10, 20, 30, 40, 1, 11, 21, 31, 41, 2, 12, 22, 32, 42]);
  });

  test('are scaled, and BLANK is no value', async () => {
    const { picture } = await show(
      {
        bitpix: 16,
        width: 3,
        height: 1,
        stored: (x) => x - 1,
        cards: { BSCALE: 2, BZERO: 32768, BLANK: -1 },
      },
      whole(3, 1),
      3,
    );
    expect([...picture.values]).toEqual([Number.NaN, 32768, 32770]);
  });

  test('BLANK means nothing for floating-point pixels', async () => {
    const { picture } = await show(
      { bitpix: -32, width: 2, height: 1, stored: (x) => x, cards: { BLANK: 0 } },
      whole(2, 1),
      2,
    );
    expect([...picture.values]).toEqual([0, 1]);
  });

  test('a part of an image is that part', async () => {
    const { picture } = await show(
      { bitpix: 32, width: 100, height: 100, stored: (x, y) => x * 1000 + y },
      { x: 40, y: 50, width: 2, height: 2 },
      2,
    );
    expect([...picture.values]).toEqual([40_050, 41_050, 40_051, 41_051]);
  });

  test('a smaller picture holds every k-th pixel, from the middle of what it stands for', async () => {
    const { picture } = await show(
      { bitpix: 16, width: 9, height: 9, stored: (x, y) => x * 10 + y },
      whole(9, 9),
      3,
    );
    expect([...picture.values]).toEqual([11, 41, 71, 14, 44, 74, 17, 47, 77]);
  });

  test('rows that a cut file does not hold have no value', async () => {
    const { picture } = await show(
      { bitpix: 8, width: 100, height: 100, stored: () => 7 },
      whole(100, 100),
      100,
      2880 + 250,
    );
    expect(picture.values[249]).toBe(7);
    expect(picture.values[250]).toBeNaN();
  });
});

/** The header of a huge image; nothing of its data is there. */
const huge = (width: number, height: number): Hdu => ({
  index: 0,
  name: 'primary',
  kind: 'image',
  header: { cards: [], values: new Map() },
  axes: [width, height],
  bitpix: -32,
  dataStart: 2880,
  dataBytes: width * height * 4,
  cutShort: false,
});

describe('what is read of a large image', () => {
  test('is the rows that are shown, not the file', () => {
    const plan = planPicture(huge(4096, 2051), 0, whole(4096, 2051), 660);
    expect(plan).toMatchObject({ outWidth: 660, outHeight: 330 });
    expect(plan?.bytes).toBe(330 * 4096 * 4);
  });

  test('rows that lie close together are read at once', () => {
    const plan = planPicture(huge(1000, 1000), 0, whole(1000, 1000), 500);
    expect(plan?.bands.length).toBeLessThanOrEqual(2);
  });

  test('never grows over its bound, whatever the axes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2e6 }),
        fc.integer({ min: 1, max: 2e9 }),
        fc.integer({ min: 1, max: 4000 }),
        (width, height, out) => {
          const plan = planPicture(huge(width, height), 0, whole(width, height), out);
          if (plan === null) {
            expect(width * 4).toBeGreaterThan(maxPictureBytes / 8);
            return;
          }
          expect(plan.outWidth * plan.outHeight).toBeLessThanOrEqual(4_100_000);
          expect(plan.bands.length).toBeLessThanOrEqual(2000);
          expect(plan.bytes).toBeLessThanOrEqual(maxPictureBytes * 4);
          for (const band of plan.bands) {
            expect(band.start).toBeGreaterThanOrEqual(2880);
            expect(band.end).toBeLessThanOrEqual(2880 + width * height * 4);
          }
        },
      ),
    );
  });

  test('a row that is longer than a preview reads is refused', () => {
    expect(planPicture(huge(1e9, 1), 0, whole(1e9, 1), 600)).toBeNull();
  });
});
