export const stretches = ['linear', 'sqrt', 'log', 'asinh'] as const;
export type Stretch = (typeof stretches)[number];

/** What share of the pixels the cuts leave out below and above. */
export const cutShares = { '100': 0, '99.5': 0.005, '99': 0.01, '95': 0.05 } as const;
export type CutChoice = keyof typeof cutShares;

export interface Cuts {
  low: number;
  high: number;
}

/** Brightness 0…1 of a place 0…1 between the cuts; constants as in DS9 (log 1000, asinh 10). */
export function stretched(at: number, stretch: Stretch): number {
  if (!(at > 0)) return 0;
  if (at >= 1) return 1;
  if (stretch === 'sqrt') return Math.sqrt(at);
  if (stretch === 'log') return Math.log1p(1000 * at) / Math.log1p(1000);
  if (stretch === 'asinh') return Math.asinh(10 * at) / Math.asinh(10);
  return at;
}

const sampleSize = 65_536;

/** At most 65,536 of the finite values, spread over the picture, in rising order. */
export function sortedSample(values: Float64Array): Float64Array {
  const step = Math.max(1, Math.floor(values.length / sampleSize));
  const sample: number[] = [];
  for (let at = 0; at < values.length; at += step) {
    const value = values[at] ?? Number.NaN;
    if (Number.isFinite(value)) sample.push(value);
  }
  return Float64Array.from(sample).sort();
}

/** The value below which a share of the sorted sample lies. */
export function quantile(sorted: Float64Array, share: number): number {
  const at = Math.round(share * (sorted.length - 1));
  return sorted[Math.min(Math.max(0, at), sorted.length - 1)] ?? 0;
}

/** Cuts that leave out `choice` of the sample, half on each side; never the same value twice. */
export function cutsOf(sorted: Float64Array, choice: CutChoice): Cuts {
  const low = quantile(sorted, cutShares[choice] / 2);
  const high = quantile(sorted, 1 - cutShares[choice] / 2);
  if (high > low) return { low, high };
  const all = { low: quantile(sorted, 0), high: quantile(sorted, 1) };
  return all.high > all.low
    ? all
    : { low: low - Math.max(1e-12, Math.abs(low) * 1e-6), high: low + Math.max(1, Math.abs(low) * 1e-6) };
}

export interface Bins {
  from: number;
  to: number;
  counts: number[];
}

/** A histogram of the sample, over what lies around the cuts. */
export function binsOf(sorted: Float64Array, cuts: Cuts, n = 160): Bins {
  const width = cuts.high - cuts.low;
  const from = Math.max(quantile(sorted, 0), cuts.low - 0.2 * width);
  const to = Math.min(quantile(sorted, 1), cuts.high + 0.2 * width);
  const counts = new Array<number>(n).fill(0);
  if (!(to > from)) return { from: cuts.low, to: cuts.high, counts };
  for (const value of sorted) {
    if (value < from || value > to) continue;
    const bin = Math.min(n - 1, Math.floor(((value - from) / (to - from)) * n));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { from, to, counts };
}

const steps = 4096;

/**
 * The picture as RGBA, the last row of the file first (FITS counts rows from below). Pixels without a value are
 * transparent.
 */
export function paint(
  picture: { width: number; height: number; values: Float64Array },
  cuts: Cuts,
  stretch: Stretch,
  inverse: boolean,
  into: Uint8ClampedArray,
): void {
  const table = Uint8Array.from({ length: steps + 1 }, (_, step) => {
    const grey = Math.round(255 * stretched(step / steps, stretch));
    return inverse ? 255 - grey : grey;
  });
  const { width, height, values } = picture;
  const scale = steps / (cuts.high - cuts.low);
  for (let row = 0; row < height; row += 1) {
    let to = (height - 1 - row) * width * 4;
    for (let at = row * width; at < (row + 1) * width; at += 1, to += 4) {
      const value = values[at] ?? Number.NaN;
      const place = (value - cuts.low) * scale;
      const grey = table[place <= 0 ? 0 : place >= steps ? steps : place | 0] ?? 0;
      into[to] = grey;
      into[to + 1] = grey;
      into[to + 2] = grey;
      into[to + 3] = Number.isNaN(value) ? 0 : 255;
    }
  }
}
