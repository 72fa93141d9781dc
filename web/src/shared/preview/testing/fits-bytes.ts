/** Synthetic FITS files for the tests of the readers: real headers, any BITPIX, made from a function of the pixel. */

export type Cards = Record<string, string | number | boolean>;

export interface TestImage {
  bitpix: 8 | 16 | 32 | 64 | -32 | -64;
  width: number;
  height: number;
  /** The stored number at a place; x runs fastest. */
  stored: (x: number, y: number) => number;
  cards?: Cards;
}

const blockBytes = 2880;

export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (sign) => sign.charCodeAt(0));

export function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function card(key: string, value: string | number | boolean, comment = ''): string {
  const text =
    typeof value === 'string'
      ? `'${value.replaceAll("'", "''").padEnd(8)}'`
      : (typeof value === 'boolean' ? (value ? 'T' : 'F') : String(value)).padStart(20);
  return `${key.padEnd(8)}= ${text}${comment === '' ? '' : ` / ${comment}`}`.padEnd(80).slice(0, 80);
}

export function header(cards: readonly string[]): Uint8Array {
  const text = [...cards.map((each) => each.padEnd(80)), 'END'.padEnd(80)].join('');
  return ascii(text.padEnd(Math.ceil(text.length / blockBytes) * blockBytes));
}

export const headerOf = (cards: Cards): Uint8Array =>
  header(Object.entries(cards).map(([key, value]) => card(key, value)));

function pixels(image: TestImage): Uint8Array {
  const size = Math.abs(image.bitpix) / 8;
  const bytes = new Uint8Array(Math.ceil((image.width * image.height * size) / blockBytes) * blockBytes);
  const view = new DataView(bytes.buffer);
  for (let y = 0; y < image.height; y += 1)
    for (let x = 0; x < image.width; x += 1) {
      const at = (y * image.width + x) * size;
      const value = image.stored(x, y);
      if (image.bitpix === 8) view.setUint8(at, value);
      else if (image.bitpix === 16) view.setInt16(at, value);
      else if (image.bitpix === 32) view.setInt32(at, value);
      else if (image.bitpix === 64) view.setBigInt64(at, BigInt(value));
      else if (image.bitpix === -32) view.setFloat32(at, value);
      else view.setFloat64(at, value);
    }
  return bytes;
}

const imageCards = ({ bitpix, width, height, cards }: TestImage): Cards => ({
  BITPIX: bitpix,
  NAXIS: 2,
  NAXIS1: width,
  NAXIS2: height,
  ...cards,
});

/** A file whose primary HDU is the image. */
export function fitsFile(image: TestImage): Uint8Array {
  return appended(headerOf({ SIMPLE: true, ...imageCards(image) }), pixels(image));
}

function appended(first: Uint8Array, ...more: Uint8Array[]): Uint8Array {
  const parts = [first, ...more];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A file with an empty primary HDU, a table, and then the image. */
export function fitsFileWithExtensions(image: TestImage): Uint8Array {
  const table = {
    XTENSION: 'BINTABLE',
    BITPIX: 8,
    NAXIS: 2,
    NAXIS1: 4,
    NAXIS2: 3,
    PCOUNT: 0,
    GCOUNT: 1,
    TFIELDS: 1,
    TFORM1: '1J',
  };
  return appended(
    headerOf({ SIMPLE: true, BITPIX: 8, NAXIS: 0, EXTEND: true }),
    headerOf(table),
    new Uint8Array(blockBytes),
    headerOf({ XTENSION: 'IMAGE', ...imageCards(image), PCOUNT: 0, GCOUNT: 1, EXTNAME: 'SCI' }),
    pixels(image),
  );
}

/** A table extension alone, as the first HDU. */
export function tableFile(
  type: string,
  rowBytes: number,
  rows: number,
  cards: Cards,
  data: Uint8Array,
): Uint8Array {
  const shape = { XTENSION: type, BITPIX: 8, NAXIS: 2, NAXIS1: rowBytes, NAXIS2: rows, PCOUNT: 0, GCOUNT: 1 };
  return appended(headerOf({ ...shape, ...cards }), data);
}

/** Bytes written by a function through a DataView. */
export function written(length: number, write: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  write(new DataView(bytes.buffer), bytes);
  return bytes;
}
