import type { Core } from '../../core/core.ts';
import { type MirrorOverview, mirrorOverviewOf } from '../mirror/index.ts';
import { perCore } from '../per-core.ts';
import { type ScrubSummary, scrubSummary } from '../scrub/summary.ts';

/** Both go through all files of an observatory: what a page shows of them may be so old. */
const freshMs = 10_000;

interface Kept<T> {
  atMs: number;
  value: Promise<T>;
}

const scrubs = perCore(() => new Map<string, Kept<ScrubSummary>>());
const mirrors = perCore(() => new Map<string, Kept<MirrorOverview | null>>());

/** Is every file sound, as it was known some seconds ago at most. */
export function keptScrubSummary(core: Core, observatory: string): Promise<ScrubSummary> {
  return keep(scrubs(core), observatory, () => scrubSummary(core.db.sql, observatory, core.clock.now()));
}

/** How the mirror stands, as it was known some seconds ago at most; null when it mirrors nobody. */
export function keptMirrorOverview(core: Core, observatory: string): Promise<MirrorOverview | null> {
  return keep(mirrors(core), observatory, () => mirrorOverviewOf(core.db.sql, observatory));
}

function keep<T>(known: Map<string, Kept<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const nowMs = performance.now();
  const last = known.get(key);
  if (last !== undefined && nowMs - last.atMs < freshMs) return last.value;
  const value = read();
  known.set(key, { atMs: nowMs, value });
  value.catch(() => known.delete(key));
  return value;
}
