import type { Plane } from './fits-pixels.ts';
import { writePng } from './png.ts';

/** Where asinh turns from a line into a logarithm, as a part of the range between the cuts. */
const softening = 0.1;

/** The smaller picture of a plane: each of its pixels is the mean of the values it covers. */
export class Preview {
  readonly width: number;
  readonly height: number;
  readonly #plane: Plane;
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;
  #next = 0;

  constructor(plane: Plane, longestSide: number) {
    const shrink = Math.max(1, Math.max(plane.width, plane.height) / longestSide);
    this.#plane = plane;
    this.width = Math.max(1, Math.round(plane.width / shrink));
    this.height = Math.max(1, Math.round(plane.height / shrink));
    this.#sums = new Float64Array(this.width * this.height);
    this.#counts = new Uint32Array(this.width * this.height);
  }

  /** The values that follow those given before. */
  add(values: Float64Array): void {
    const { width, height } = this.#plane;
    let x = this.#next % width;
    let row = Math.floor((Math.floor(this.#next / width) * this.height) / height) * this.width;
    let y = Math.floor(this.#next / width);
    for (const value of values) {
      if (Number.isFinite(value)) {
        const at = row + Math.floor((x * this.width) / width);
        this.#sums[at] = (this.#sums[at] as number) + value;
        this.#counts[at] = (this.#counts[at] as number) + 1;
      }
      if (++x < width) continue;
      x = 0;
      row = Math.floor((++y * this.height) / height) * this.width;
    }
    this.#next += values.length;
  }

  /** Black at `low`, white at `high`; pixels without a value are transparent. The first row of a FITS image is the lowest. */
  png(low: number, high: number): Buffer {
    const { width, height } = this;
    const range = high > low ? high - low : 1;
    const most = Math.asinh(1 / softening);
    const pixels = new Uint8Array(width * height * 2);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = y * width + x;
        const count = this.#counts[from] as number;
        if (count === 0) continue;
        const part = Math.min(1, Math.max(0, ((this.#sums[from] as number) / count - low) / range));
        const to = ((height - 1 - y) * width + x) * 2;
        pixels[to] = Math.round((255 * Math.asinh(part / softening)) / most);
        pixels[to + 1] = 255;
      }
    }
    return writePng(width, height, pixels);
  }
}
