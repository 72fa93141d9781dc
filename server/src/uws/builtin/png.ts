import { crc32, deflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/**
 * A PNG of 8-bit grey with transparency (PNG specification, colour type 4). `pixels` holds grey and alpha in
 * turn, row by row from the top.
 */
export function writePng(width: number, height: number, pixels: Uint8Array): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 4, 0, 0, 0], 8);
  const stride = width * 2;
  const rows = Buffer.alloc((stride + 1) * height);
  for (let row = 0; row < height; row++) {
    const at = row * (stride + 1);
    // Filter 2, "up": neighbouring rows are alike in an image of the sky.
    rows[at] = 2;
    for (let byte = 0; byte < stride; byte++) {
      const here = pixels[row * stride + byte] as number;
      const above = row === 0 ? 0 : (pixels[(row - 1) * stride + byte] as number);
      rows[at + 1 + byte] = here - above;
    }
  }
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 6 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
