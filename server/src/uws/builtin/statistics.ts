/** Values kept for percentiles: all of them up to this number, a random sample of that size beyond. */
const sampleSize = 1 << 20;

/** Gathers figures of finite values in one pass with bounded memory. */
export class Statistics {
  count = 0;
  /** Values that are NaN or infinite. */
  without = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #mean = 0;
  #squares = 0;
  readonly #sample: Float64Array;
  #state = 0x9e3779b9;
  #sorted: Float64Array | undefined;

  constructor(expected: number) {
    this.#sample = new Float64Array(Math.min(expected, sampleSize));
  }

  add(values: Float64Array): void {
    for (const value of values) {
      if (!Number.isFinite(value)) {
        this.without++;
        continue;
      }
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
      // Welford: no catastrophic cancellation, whatever the offset of the image.
      this.count++;
      const delta = value - this.#mean;
      this.#mean += delta / this.count;
      this.#squares += delta * (value - this.#mean);
      this.#keep(value);
    }
  }

  /** Algorithm R: every value has the same chance to stay. The numbers are fixed, so a rerun gives the same. */
  #keep(value: number): void {
    if (this.count <= this.#sample.length) {
      this.#sample[this.count - 1] = value;
      return;
    }
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    const place = Math.floor(((this.#state >>> 0) / 4_294_967_296) * this.count);
    if (place < this.#sample.length) this.#sample[place] = value;
  }

  get mean(): number {
    return this.#mean;
  }

  /** Standard deviation of the sample (n − 1); 0 for one value. */
  get deviation(): number {
    return this.count < 2 ? 0 : Math.sqrt(this.#squares / (this.count - 1));
  }

  /** How many values the percentiles are taken from. */
  get sampled(): number {
    return Math.min(this.count, this.#sample.length);
  }

  /** Value below which `percent` of the values lie, interpolated between neighbours. */
  percentile(percent: number): number {
    this.#sorted ??= this.#sample.slice(0, this.sampled).sort();
    const sorted = this.#sorted;
    if (sorted.length === 0) return Number.NaN;
    const place = (Math.min(100, Math.max(0, percent)) / 100) * (sorted.length - 1);
    const below = sorted[Math.floor(place)] as number;
    const above = sorted[Math.ceil(place)] as number;
    return below + (above - below) * (place - Math.floor(place));
  }
}

/** Counts values in bins of equal width between two limits, and those outside. */
export class Histogram {
  readonly counts: number[];
  below = 0;
  above = 0;
  readonly low: number;
  readonly high: number;

  constructor(low: number, high: number, bins: number) {
    this.low = low;
    // An image of one value has one bin that holds it; to a large value 1 adds nothing.
    this.high = high > low ? high : low + Math.max(1, Math.abs(low) / 1024);
    this.counts = Array.from({ length: bins }, () => 0);
  }

  add(values: Float64Array): void {
    const { low, high, counts } = this;
    const perUnit = counts.length / (high - low);
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < low) this.below++;
      else if (value > high) this.above++;
      else {
        const bin = Math.min(counts.length - 1, Math.floor((value - low) * perUnit));
        counts[bin] = (counts[bin] as number) + 1;
      }
    }
  }

  /** Limits of the bins: one more than there are bins. */
  get edges(): number[] {
    const width = (this.high - this.low) / this.counts.length;
    return [...this.counts.map((_count, index) => this.low + index * width), this.high];
  }
}
