import type { FileHandle } from 'node:fs/promises';
import { axesOf, cardValue, FitsError, type Hdu, numberOf } from './fits-file.ts';

/** Bytes read at a time; a multiple of every pixel size. */
const chunkBytes = 4 * 1024 * 1024;

/** The first plane of an image: two axes, and how a stored number becomes a value. */
export interface Plane {
  width: number;
  height: number;
  /** Planes there are in all. */
  planes: number;
  bitpix: number;
  scale: number;
  zero: number;
  /** Stored number that means "no value"; null = none. */
  blank: number | null;
  start: number;
}

type Reader = (view: DataView, byte: number) => number;

/** FITS numbers are big-endian; BITPIX names the type (section 4.4.1.1). */
const readers: Record<number, Reader> = {
  8: (view, byte) => view.getUint8(byte),
  16: (view, byte) => view.getInt16(byte),
  32: (view, byte) => view.getInt32(byte),
  64: (view, byte) => Number(view.getBigInt64(byte)),
  [-32]: (view, byte) => view.getFloat32(byte),
  [-64]: (view, byte) => view.getFloat64(byte),
};

export function planeOf(hdu: Hdu, fileBytes: number): Plane {
  const bitpix = numberOf(hdu, 'BITPIX');
  const [width = 0, height = 1, ...more] = axesOf(hdu);
  const end = hdu.dataStart + (width * height * Math.abs(bitpix)) / 8;
  if (end > fileBytes)
    throw new FitsError(`The file ends ${end - fileBytes} bytes before the end of its image.`);
  const blank = cardValue(hdu, 'BLANK');
  return {
    width,
    height,
    planes: more.reduce((all, one) => all * one, 1),
    bitpix,
    scale: numberOf(hdu, 'BSCALE', 1),
    zero: numberOf(hdu, 'BZERO', 0),
    blank: bitpix > 0 && typeof blank === 'number' ? blank : null,
    start: hdu.dataStart,
  };
}

/**
 * Gives the values of the plane in the order of the file, NaN for those without a value. The array is used again
 * for the next part, so memory does not grow with the image.
 */
export async function* readPixels(file: FileHandle, plane: Plane): AsyncGenerator<Float64Array> {
  const read = readers[plane.bitpix] as Reader;
  const size = Math.abs(plane.bitpix) / 8;
  const { scale, zero, blank } = plane;
  const buffer = Buffer.alloc(chunkBytes);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const values = new Float64Array(chunkBytes / size);
  let left = plane.width * plane.height * size;
  let position = plane.start;
  while (left > 0) {
    const bytes = Math.min(left, chunkBytes);
    await readFully(file, buffer, bytes, position);
    const count = bytes / size;
    for (let index = 0; index < count; index++) {
      const stored = read(view, index * size);
      values[index] = stored === blank ? Number.NaN : stored * scale + zero;
    }
    yield values.subarray(0, count);
    position += bytes;
    left -= bytes;
  }
}

async function readFully(file: FileHandle, buffer: Buffer, bytes: number, position: number): Promise<void> {
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, position + done);
    if (bytesRead === 0) throw new FitsError('The file ends inside its image.');
    done += bytesRead;
  }
}
