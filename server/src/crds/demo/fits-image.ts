/** Bytes that headers and data of FITS come in multiples of. */
const blockBytes = 2880;

type CardValue = string | number | boolean;

/** One card of a header, 80 characters. Names have at most 8, texts at most 68. */
function card(name: string, value: CardValue): string {
  const written =
    typeof value === 'string'
      ? `'${value.replaceAll("'", "''").padEnd(8)}'`
      : (typeof value === 'boolean' ? (value ? 'T' : 'F') : String(value)).padStart(20);
  return `${name.padEnd(8)}= ${written}`.padEnd(80);
}

function inBlocks(bytes: Buffer, filler: number): Buffer {
  const missing = (blockBytes - (bytes.length % blockBytes)) % blockBytes;
  return Buffer.concat([bytes, Buffer.alloc(missing, filler)]);
}

/**
 * A FITS file (standard 4.0) with one image of 16-bit integers; `pixel` gives their values, x running fastest. The
 * same arguments give the same bytes.
 */
export function fitsImage(
  cards: Readonly<Record<string, CardValue>>,
  side: number,
  pixel: (x: number, y: number) => number,
): Buffer {
  const first = { SIMPLE: true, BITPIX: 16, NAXIS: 2, NAXIS1: side, NAXIS2: side };
  const header = Object.entries({ ...first, ...cards }).map(([name, value]) => card(name, value));
  const image = Buffer.alloc(side * side * 2);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) image.writeInt16BE(Math.round(pixel(x, y)), (y * side + x) * 2);
  }
  return Buffer.concat([
    inBlocks(Buffer.from([...header, 'END'.padEnd(80)].join(''), 'latin1'), 0x20),
    inBlocks(image, 0),
  ]);
}
