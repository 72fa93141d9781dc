import { Transform, type TransformCallback } from 'node:stream';
import { AppError } from '../../core/errors.ts';

const modulus = 65_521;
/** So many bytes can be added before a sum leaves 32 bits (zlib's NMAX). */
const atOnce = 5552;

/** Passes bytes on and knows their number and Adler-32 (RFC 1950), the checksum of the field. */
export class Adler32Stream extends Transform {
  sizeBytes = 0;
  readonly #mostBytes: number;
  #a = 1;
  #b = 0;

  /** Breaks off with more than `mostBytes`. */
  constructor(mostBytes = Number.POSITIVE_INFINITY) {
    super();
    this.#mostBytes = mostBytes;
  }

  override _transform(bytes: Buffer, _encoding: string, done: TransformCallback): void {
    this.sizeBytes += bytes.length;
    if (this.sizeBytes > this.#mostBytes) {
      done(tooMany(this.#mostBytes));
      return;
    }
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

function tooMany(most: number): AppError {
  return new AppError(
    'too-large',
    'panda.storage-more-than-said',
    `More than the ${most} bytes came that were announced.`,
    {
      next: 'Send the header Content-Length with the size of the file.',
    },
  );
}
