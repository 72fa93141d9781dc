/** Synthetic FITS files for tests: real headers, any BITPIX, made from a function of the pixel. */

export interface FitsImage {
  bitpix: 8 | 16 | 32 | 64 | -32 | -64;
  width: number;
  height: number;
  /** The stored number at a place; x runs fastest. */
  stored: (x: number, y: number) => number;
  /** More cards: keyword and value. */
  cards?: Record<string, string | number | boolean>;
}

const blockBytes = 2880;

export function fitsCard(key: string, value?: string | number | boolean, comment = ''): string {
  if (value === undefined) return key.padEnd(80);
  const text =
    typeof value === 'string'
      ? `'${value.replaceAll("'", "''").padEnd(8)}'`
      : (typeof value === 'boolean' ? (value ? 'T' : 'F') : String(value)).padStart(20);
  return `${key.padEnd(8)}= ${text}${comment === '' ? '' : ` / ${comment}`}`.padEnd(80).slice(0, 80);
}

export function fitsHeader(cards: readonly string[]): Buffer {
  const text = [...cards, 'END'.padEnd(80)].join('');
  return Buffer.from(text.padEnd(Math.ceil(text.length / blockBytes) * blockBytes), 'latin1');
}

function writePixel(bytes: Buffer, bitpix: number, at: number, value: number): void {
  if (bitpix === 8) bytes.writeUInt8(value, at);
  else if (bitpix === 16) bytes.writeInt16BE(value, at);
  else if (bitpix === 32) bytes.writeInt32BE(value, at);
  else if (bitpix === 64) bytes.writeBigInt64BE(BigInt(value), at);
  else if (bitpix === -32) bytes.writeFloatBE(value, at);
  else bytes.writeDoubleBE(value, at);
}

export function fitsData(image: FitsImage): Buffer {
  const size = Math.abs(image.bitpix) / 8;
  const used = image.width * image.height * size;
  const bytes = Buffer.alloc(Math.ceil(used / blockBytes) * blockBytes);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      writePixel(bytes, image.bitpix, (y * image.width + x) * size, image.stored(x, y));
    }
  }
  return bytes;
}

function imageCards(image: FitsImage): string[] {
  return [
    fitsCard('BITPIX', image.bitpix),
    fitsCard('NAXIS', 2),
    fitsCard('NAXIS1', image.width),
    fitsCard('NAXIS2', image.height),
    ...Object.entries(image.cards ?? {}).map(([key, value]) => fitsCard(key, value)),
  ];
}

/** A file whose primary HDU is the image. */
export function fitsFile(image: FitsImage): Buffer {
  return Buffer.concat([
    fitsHeader([fitsCard('SIMPLE', true, 'conforms'), ...imageCards(image)]),
    fitsData(image),
  ]);
}

/** A file with an empty primary HDU, a table, and then the image. */
export function fitsFileWithExtensions(image: FitsImage): Buffer {
  const primary = fitsHeader([
    fitsCard('SIMPLE', true),
    fitsCard('BITPIX', 8),
    fitsCard('NAXIS', 0),
    fitsCard('EXTEND', true),
  ]);
  const table = fitsHeader([
    fitsCard('XTENSION', 'BINTABLE'),
    fitsCard('BITPIX', 8),
    fitsCard('NAXIS', 2),
    fitsCard('NAXIS1', 4),
    fitsCard('NAXIS2', 3),
    fitsCard('PCOUNT', 0),
    fitsCard('GCOUNT', 1),
    fitsCard('TFIELDS', 1),
    fitsCard('TFORM1', '1J'),
  ]);
  const extension = fitsHeader([
    fitsCard('XTENSION', 'IMAGE'),
    ...imageCards(image),
    fitsCard('PCOUNT', 0),
    fitsCard('GCOUNT', 1),
    fitsCard('EXTNAME', 'SCI'),
  ]);
  return Buffer.concat([primary, table, Buffer.alloc(blockBytes), extension, fitsData(image)]);
}
