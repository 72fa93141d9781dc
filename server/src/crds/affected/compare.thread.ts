import { splitHeader } from '../datasets/header-text.ts';
import type { Touched } from './changed-rules.ts';
import { InstrumentComparison } from './instrument-comparison.ts';

/** What a thread needs to compare two contexts for one instrument. */
export interface ComparisonWork {
  readonly oldContext: string;
  readonly newContext: string;
  readonly instrument: string;
  readonly types: ReadonlyArray<Pick<Touched, 'type' | 'since'>>;
  /** Mappings of both contexts for this instrument, by name. */
  readonly texts: ReadonlyMap<string, string>;
  /** Parameters of headers by place. */
  readonly places: readonly string[];
}

/** A change that some datasets of a piece have. */
export type Change = readonly [type: string, old: string, current: string];

export interface PieceResult {
  looked: number;
  /** How often the new context has an error for a type of a dataset. */
  errors: number;
  /** Texts of some of them. */
  errorLines: string[];
  changes: Change[];
  /** Affected datasets: id, day of exposure since 1970, and numbers of `changes`. */
  rows: Array<readonly [datasetId: number, day: number, changes: readonly number[]]>;
}

/** Comparisons of this thread, the one that was used last at the end. */
const comparisons = new Map<string, InstrumentComparison>();
/** Rules of one big instrument take some ten megabytes. */
const mostComparisons = 6;

/**
 * Compares the answers for a piece of datasets: lines `id U+001F day U+001F header`. Returns null when this thread
 * does not have the comparison `key` yet and none was given; the caller asks again with it.
 */
export async function compareDatasets(
  key: string,
  lines: string,
  work: ComparisonWork | null,
): Promise<PieceResult | null> {
  const comparison = await comparisonOf(key, work);
  if (comparison === null) return null;
  const piece = comparison.begin();
  for (const line of lines.split('\n')) {
    if (line === '') continue;
    const first = line.indexOf('\u001f');
    const second = line.indexOf('\u001f', first + 1);
    const values = splitHeader(line.slice(second + 1));
    piece.add(Number(line.slice(0, first)), Number(line.slice(first + 1, second)), values);
  }
  return piece.end();
}

async function comparisonOf(key: string, work: ComparisonWork | null): Promise<InstrumentComparison | null> {
  let comparison = comparisons.get(key);
  if (comparison === undefined) {
    if (work === null) return null;
    comparison = await InstrumentComparison.open(work);
  }
  comparisons.delete(key);
  comparisons.set(key, comparison);
  for (const [oldest, one] of comparisons) {
    if (comparisons.size <= mostComparisons) break;
    comparisons.delete(oldest);
    one.forget();
  }
  return comparison;
}
