import { createBatch } from '../../core/batch/index.ts';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { perCore } from '../per-core.ts';
import { pandaSettings } from '../settings.ts';
import { recentTally, shareOrder } from '../shares/shares.ts';
import { type ClaimedJob, claimJobs, type Taker, type WantedJobs } from './claim.store.ts';
import { hopelessShares } from './hopeless.ts';
import type { JobFilter } from './request.ts';

/** Jobs that one pilot wants of one queue. */
export interface Claim {
  queue: string;
  filter: JobFilter;
  /** How many jobs at most. */
  slots: number;
  taker: Taker;
  /** Aborted when the pilot has gone. */
  signal: AbortSignal;
}

/** A request for more jobs than this is a transaction of its own, so that others do not wait for its many rows. */
const manySlots = 20;

/**
 * Requests that come together are served by one statement and one commit. Two statements at a time: while one waits
 * for the disk the next is filled.
 */
const claimsOf = perCore((core, onStop) => {
  const batch = createBatch<Claim, ClaimedJob[]>({
    maxItems: 100,
    maxDelayMs: 2,
    concurrency: 2,
    run: (claims) => claimAll(core, claims),
  });
  onStop(() => batch.close());
  return batch;
});

/**
 * Takes jobs together with what others ask for just then. The jobs are the pilot's once this resolves; none when
 * nothing fits.
 */
export async function claimTogether(core: Core, claim: Claim): Promise<ClaimedJob[]> {
  if (claim.slots <= manySlots) return claimsOf(core)(claim);
  const [jobs = []] = await claimAll(core, [claim]);
  return jobs;
}

async function claimAll(core: Core, claims: readonly Claim[]): Promise<ClaimedJob[][]> {
  const answers: ClaimedJob[][] = claims.map(() => []);
  const { sloppyPercent } = settingsOf(core.config, 'panda', pandaSettings).dispatch;
  const tally = await recentTally(core);
  const roll = () => Math.floor(Math.random() * 100) <= sloppyPercent;
  const wanted = wantedBy(claims, roll, (queue, filter) => hopelessShares(tally, queue, filter));
  if (wanted.length === 0) return answers;
  const takers = claims.map(({ taker }) => taker);
  const jobs = await claimJobs(core.db.sql, wanted, takers, await shareOrder(core));
  if (jobs.length > 0) core.events.committed();
  for (const job of jobs) answers[job.taker]?.push(job);
  return answers;
}

/**
 * Claims of the same kind as one, in the order they came. All of one queue get the same roll of the dice, so that they
 * can share a scan. A pilot that has gone gets nothing: its job would be without a pilot for half an hour.
 */
export function wantedBy(
  claims: readonly Claim[],
  roll: () => boolean,
  hopelessOf: (queue: string, filter: JobFilter) => string[] = () => [],
): WantedJobs[] {
  const rolls = new Map<string, boolean>();
  const kinds = new Map<string, WantedJobs>();
  for (const [place, { queue, filter, slots, signal }] of claims.entries()) {
    if (slots === 0 || signal.aborted) continue;
    const oldestFirst = rolls.get(queue) ?? roll();
    rolls.set(queue, oldestFirst);
    const kind = JSON.stringify([queue, filter]);
    const wanted = kinds.get(kind) ?? makeKind(queue, filter, oldestFirst, hopelessOf(queue, filter));
    kinds.set(kind, wanted);
    for (let n = 0; n < slots; n++) wanted.places.push(place);
  }
  return [...kinds.values()];
}

/** By age all shares are read together, so a kind with hopeless ones goes by shares. */
function makeKind(queue: string, filter: JobFilter, oldestFirst: boolean, hopeless: string[]): WantedJobs {
  return { ...filter, queue, oldestFirst: oldestFirst && hopeless.length === 0, hopeless, places: [] };
}
