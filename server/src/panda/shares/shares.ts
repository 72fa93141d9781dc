import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { listTally, type Tally } from '../jobs/tally.store.ts';
import { perCore } from '../per-core.ts';
import { fitResourceType, type ResourceType } from './resource-type.ts';
import { compileMatch, type ShareFacts, type ShareMatch, unknownShare } from './share-match.ts';
import { buildTree, leavesOf, orderLeaves, type ShareNode, usageOf } from './share-tree.ts';
import { listResourceTypes, listShares } from './shares.store.ts';

export type { ShareFacts } from './share-match.ts';
export type { ShareNode, Usage } from './share-tree.ts';

/** The definitions, and how they are matched. */
interface Definitions {
  roots: ShareNode[];
  leaves: { name: string; takes: ShareMatch }[];
  resourceTypes: ResourceType[];
}

interface Counts {
  tally: Tally[];
  /** Leaves, the one that is served first in front. */
  order: string[];
}

const definitionsOf = perCore((core) => keep(1000, () => readDefinitions(core.db.sql)));
/** The reference recounts as often. */
const countsOf = perCore((core) => keep(10_000, () => countShares(core), true));

async function readDefinitions(sql: Sql): Promise<Definitions> {
  const roots = buildTree(await listShares(sql));
  const leaves = leavesOf(roots).map((leaf) => ({ name: leaf.name, takes: compileMatch(leaf) }));
  return { roots, leaves, resourceTypes: await listResourceTypes(sql) };
}

async function countShares(core: Core): Promise<Counts> {
  const { roots } = await definitionsOf(core).read();
  const tally = await listTally(core.db.sql);
  return { tally, order: orderLeaves(roots, usageOf(roots, tally)) };
}

/** Share of a job or task: the first leaf that takes it, or `Undefined`. */
export async function shareOf(core: Core, facts: ShareFacts): Promise<string> {
  const { leaves } = await definitionsOf(core).read();
  return leaves.find(({ takes }) => takes(facts))?.name ?? unknownShare;
}

/** Resource type of a job with `cores` (0 = any number) and `memoryMb` in all, or `Undefined`. */
export async function resourceTypeOf(core: Core, cores: number, memoryMb: number): Promise<string> {
  const { resourceTypes } = await definitionsOf(core).read();
  return fitResourceType(resourceTypes, cores, memoryMb) ?? unknownShare;
}

/** Leaves in the order in which a free slot is offered to them, at most ten seconds old. */
export async function shareOrder(core: Core): Promise<readonly string[]> {
  return (await countsOf(core).read()).order;
}

/** Live jobs by kind, at most ten seconds old: for choices where that is good enough. */
export async function recentTally(core: Core): Promise<readonly Tally[]> {
  return (await countsOf(core).read()).tally;
}

/** The next question of this process reads the database: for tests, and after a change of one's own. */
export function forgetShares(core: Core): void {
  definitionsOf(core).forget();
  countsOf(core).forget();
}

interface Kept<T> {
  read(): Promise<T>;
  forget(): void;
}

/**
 * Keeps an answer for a while; callers who come while it is read share the reading. With `patient`, an answer that is
 * less than twice too old is still given while the next is read, so that nobody waits. A failure is not kept.
 */
function keep<T>(forMs: number, read: () => Promise<T>, patient = false): Kept<T> {
  let kept: { answer: Promise<T>; atMs: number } | undefined;
  const renew = (): Promise<T> => {
    const before = kept;
    const mine = { answer: read(), atMs: performance.now() };
    kept = patient && before !== undefined ? { answer: before.answer, atMs: mine.atMs } : mine;
    const shown = kept;
    mine.answer.then(
      () => {
        if (kept === shown) kept = mine;
      },
      () => {
        if (kept === shown) kept = undefined;
      },
    );
    return shown.answer;
  };
  return {
    read() {
      const ageMs = kept === undefined ? Number.POSITIVE_INFINITY : performance.now() - kept.atMs;
      if (kept !== undefined && ageMs < forMs) return kept.answer;
      if (ageMs >= 2 * forMs) kept = undefined;
      return renew();
    },
    forget() {
      kept = undefined;
    },
  };
}
