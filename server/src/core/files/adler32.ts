/** The largest prime below 2^16. */
const modulus = 65_521;
/** As many bytes as can be added before the second sum could leave 32 bits (RFC 1950, zlib's NMAX). */
const stride = 5552;

/** The Adler-32 checksum of RFC 1950, fed piece by piece; PanDA and Rucio name files by it. */
export class Adler32 {
  #a = 1;
  #b = 0;

  update(bytes: Uint8Array): this {
    let a = this.#a;
    let b = this.#b;
    for (let from = 0; from < bytes.length; from += stride) {
      const to = Math.min(from + stride, bytes.length);
      for (let index = from; index < to; index++) {
        a += bytes[index] as number;
        b += a;
      }
      a %= modulus;
      b %= modulus;
    }
    this.#a = a;
    this.#b = b;
    return this;
  }

  /** Eight hexadecimal digits, as the tools of the grid print it. */
  digest(): string {
    return (this.#b * 65_536 + this.#a).toString(16).padStart(8, '0');
  }
}
