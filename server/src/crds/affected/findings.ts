import type { PieceResult } from './compare.thread.ts';
import type { Findings } from './part.store.ts';

/** What a thread found, as it is stored; `numbers` are those that the run has for the changes. */
export function findingsOf(result: PieceResult, numbers: readonly number[]): Findings {
  const { looked, errors, errorLines, rows } = result;
  const counts = new Map<string, { type: string; month: string; datasets: number }>();
  const count = (type: string, month: string): void => {
    const key = `${type} ${month}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { type, month, datasets: 1 });
    else known.datasets += 1;
  };
  for (const [, day, changes] of rows) {
    const month = monthOf(day);
    count('', month);
    for (const change of changes) count(result.changes[change]?.[0] ?? '', month);
  }
  return {
    looked,
    errors,
    errorLines: errorLines.map((line) => line.replaceAll('\0', '')),
    datasetIds: rows.map(([datasetId]) => datasetId),
    changes: rows.map(([, , changes]) => changes.map((change) => numbers[change] as number)),
    counts: [...counts.values()],
  };
}

const dayMs = 86_400_000;

/** First day of the month of a day since 1970, as `2011-03-01`. */
function monthOf(day: number): string {
  return `${new Date(day * dayMs).toISOString().slice(0, 7)}-01`;
}
