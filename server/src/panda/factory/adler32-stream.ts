import { Transform, type TransformCallback } from 'node:stream';

const modulus = 65_521;
/** So many bytes can be added before a sum leaves 32 bits (zlib's NMAX). */
const atOnce = 5552;

/** Passes bytes on and knows their number and Adler-32 (RFC 1950), the checksum of the field. */
export class Adler32Stream extends Transform {
  sizeBytes = 0;
  #a = 1;
  #b = 0;

  override _transform(bytes: Buffer, _encoding: string, done: TransformCallback): void {
    this.sizeBytes += bytes.length;
    for (let from = 0; from < bytes.length; from += atOnce) {
      const to = Math.min(from + atOnce, bytes.length);
      for (let n = from; n < to; n++) {
        this.#a += bytes[n] as number;
        this.#b += this.#a;
      }
      this.#a %= modulus;
      this.#b %= modulus;
    }
    done(null, bytes);
  }

  /** Eight hex digits. */
  get hex(): string {
    return ((this.#b * 65_536 + this.#a) >>> 0).toString(16).padStart(8, '0');
  }
}
