import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const modulus = 65_521;
/** So many bytes can be added before a sum leaves 32 bits (zlib's NMAX). */
const atOnce = 5552;

/** Adler-32 (RFC 1950) of bytes that come in pieces. */
export class Adler32 {
  #a = 1;
  #b = 0;

  add(bytes: Uint8Array): this {
    let a = this.#a;
    let b = this.#b;
    for (let from = 0; from < bytes.length; from += atOnce) {
      const to = Math.min(from + atOnce, bytes.length);
      for (let n = from; n < to; n++) {
        a += bytes[n] as number;
        b += a;
      }
      a %= modulus;
      b %= modulus;
    }
    this.#a = a;
    this.#b = b;
    return this;
  }

  /** Eight hex digits. */
  get hex(): string {
    return ((this.#b * 65_536 + this.#a) >>> 0).toString(16).padStart(8, '0');
  }
}

export interface Measured {
  sizeBytes: number;
  adler32: string;
}

export async function measure(file: string): Promise<Measured> {
  const sum = new Adler32();
  let sizeBytes = 0;
  for await (const part of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    const bytes = part as Buffer;
    sizeBytes += bytes.length;
    sum.add(bytes);
  }
  return { sizeBytes, adler32: sum.hex };
}

export async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('hex');
}
