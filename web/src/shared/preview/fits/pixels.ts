import type { ByteSource } from '../source.ts';
import type { Hdu } from './hdus.ts';
import { numberOf } from './header.ts';

/** A part of an image in pixels; x and y count from 0 in the order of the file. */
export interface Window {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One run of bytes to read, and the rows of the shown picture that lie in it. */
export interface Band {
  start: number;
  end: number;
  rows: Array<{ outRow: number; offset: number }>;
}

export interface ReadPlan {
  outWidth: number;
  outHeight: number;
  /** Which column of the file each shown column is. */
  columns: Int32Array;
  rows: Int32Array;
  bands: Band[];
  bytes: number;
}

/** Physical values of a picture that may be smaller than the window it shows. */
export interface Picture {
  /** How much was read for it. */
  readBytes: number;
  width: number;
  height: number;
  columns: Int32Array;
  rows: Int32Array;
  /** Row by row, in the order of the file; NaN = no value. */
  values: Float64Array;
}

export interface Scaling {
  bitpix: number;
  scale: number;
  zero: number;
  blank: number | null;
}

/** Reading what lies between two rows costs less than another request as long as it is this small. */
const mergeBytes = 32_768;
/** One band is held in memory as a whole. */
const maxBandBytes = 4_194_304;
/** The most one picture reads, and the most it shows. */
export const maxPictureBytes = 48_000_000;
const maxPixels = 4_000_000;
/** Rows far apart cost a request each. */
const maxRows = 2000;

/**
 * Which bytes to read so that a window of an image is shown `outWidth` pixels wide: every k-th row and column.
 * Null when a single row is more than a preview reads.
 */
export function planPicture(hdu: Hdu, plane: number, window: Window, outWidth: number): ReadPlan | null {
  const pixelBytes = Math.abs(hdu.bitpix) / 8;
  const [axis1 = 0, axis2 = 1] = hdu.axes;
  const rowBytes = window.width * pixelBytes;
  if (rowBytes > maxPictureBytes / 8 || window.width < 1 || window.height < 1) return null;
  let shrink = Math.max(1, window.width / Math.max(1, outWidth));
  const pixels = (window.width * window.height) / shrink ** 2;
  if (pixels > maxPixels) shrink *= Math.sqrt(pixels / maxPixels);
  const width = Math.max(1, Math.round(window.width / shrink));
  const mostRows = Math.max(1, Math.min(maxRows, Math.floor(maxPictureBytes / rowBytes)));
  const height = Math.min(Math.max(1, Math.round(window.height / shrink)), mostRows);
  const columns = picks(window.x, window.width, width);
  const rows = picks(window.y, window.height, height);
  const first = hdu.dataStart + (plane * axis1 * axis2 + window.x) * pixelBytes;
  const bands = bandsOf(rows, first, axis1 * pixelBytes, rowBytes);
  const bytes = bands.reduce((sum, band) => sum + band.end - band.start, 0);
  return { outWidth: width, outHeight: height, columns, rows, bands, bytes };
}

/** The middle of each of `n` equal parts of a stretch. */
function picks(from: number, length: number, n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, at) => from + Math.floor(((at + 0.5) * length) / n));
}

function bandsOf(rows: Int32Array, first: number, stride: number, rowBytes: number): Band[] {
  const bands: Band[] = [];
  rows.forEach((row, outRow) => {
    const start = first + row * stride;
    const band = bands.at(-1);
    if (
      band !== undefined &&
      start - band.end <= mergeBytes &&
      start + rowBytes - band.start <= maxBandBytes
    ) {
      band.rows.push({ outRow, offset: start - band.start });
      band.end = start + rowBytes;
    } else bands.push({ start, end: start + rowBytes, rows: [{ outRow, offset: 0 }] });
  });
  return bands;
}

/** BSCALE, BZERO and BLANK of an image; BLANK counts for whole numbers only (section 4.4.2.4). */
export function scalingOf(hdu: Hdu): Scaling {
  const blank = hdu.header.values.get('BLANK');
  return {
    bitpix: hdu.bitpix,
    scale: numberOf(hdu.header, 'BSCALE', 1),
    zero: numberOf(hdu.header, 'BZERO', 0),
    blank: hdu.bitpix > 0 && typeof blank === 'number' ? blank : null,
  };
}

/** One number of the file at a byte, big-endian, before scaling. NaN past the end. */
export function storedAt(view: DataView, at: number, bitpix: number): number {
  if (at < 0 || at + Math.abs(bitpix) / 8 > view.byteLength) return Number.NaN;
  if (bitpix === 8) return view.getUint8(at);
  if (bitpix === 16) return view.getInt16(at);
  if (bitpix === 32) return view.getInt32(at);
  if (bitpix === 64) return Number(view.getBigInt64(at));
  return bitpix === -32 ? view.getFloat32(at) : view.getFloat64(at);
}

/** Fills the rows of a picture that lie in one band. */
export function decodeBand(
  bytes: Uint8Array,
  band: Band,
  plan: ReadPlan,
  windowX: number,
  scaling: Scaling,
  into: Float64Array,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { bitpix, scale, zero, blank } = scaling;
  const size = Math.abs(bitpix) / 8;
  for (const { outRow, offset } of band.rows) {
    const to = outRow * plan.outWidth;
    for (let column = 0; column < plan.outWidth; column += 1) {
      const at = offset + ((plan.columns[column] ?? 0) - windowX) * size;
      const stored = storedAt(view, at, bitpix);
      into[to + column] = stored === blank ? Number.NaN : stored * scale + zero;
    }
  }
}

/** Browsers open six connections to one server. */
const atOnce = 6;

/** Reads the bands of a plan, several at once. Rows that the file does not hold any more are NaN. */
export async function readPicture(
  source: ByteSource,
  hdu: Hdu,
  plan: ReadPlan,
  windowX: number,
  signal: AbortSignal,
): Promise<Picture> {
  const values = new Float64Array(plan.outWidth * plan.outHeight).fill(Number.NaN);
  const scaling = scalingOf(hdu);
  const waiting = plan.bands.values();
  let readBytes = 0;
  const work = async () => {
    for (const band of waiting) {
      const bytes = await source.read(band.start, band.end, signal);
      readBytes += bytes.length;
      decodeBand(bytes, band, plan, windowX, scaling, values);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return {
    readBytes,
    width: plan.outWidth,
    height: plan.outHeight,
    columns: plan.columns,
    rows: plan.rows,
    values,
  };
}
