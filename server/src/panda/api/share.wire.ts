import type { PandaShareRow, PandaShareTree } from '@orrery/contracts/panda';
import type { Tally } from '../jobs/tally.store.ts';
import { leavesOf, orderLeaves, type ShareNode, type Usage, usageOf } from '../shares/share-tree.ts';

/** With a pilot and counted against the share, and in line for one (panda-server 1.0.3, global shares). */
export const executingStates: readonly string[] = ['sent', 'running'];
export const waitingStates: readonly string[] = ['activated'];

export function jobsIn(tally: readonly Tally[], states: readonly string[]): number {
  return tally.reduce((sum, { status, jobs }) => (states.includes(status) ? sum + jobs : sum), 0);
}

/** The tree with what each share should take and takes. */
export function shareRows(roots: readonly ShareNode[], tally: readonly Tally[]): PandaShareRow[] {
  const usage = usageOf(roots, tally);
  const all = roots.reduce((sum, { name }) => sum + (usage.get(name)?.executing ?? 0), 0);
  const turns = orderLeaves(roots, usage).filter((name) => (usage.get(name)?.queued ?? 0) > 0);
  const bySharename = Map.groupBy(tally, ({ share }) => share);
  return flatten(roots, 0).map(({ node, depth }) => {
    const own = leavesOf([node]).flatMap(({ name }) => bySharename.get(name) ?? []);
    const { executing, queued } = usage.get(node.name) ?? noUsage;
    const turn = turns.indexOf(node.name);
    return {
      name: node.name,
      parent: node.parent,
      depth,
      leaf: node.children.length === 0,
      value: node.value,
      target: node.percent,
      actual: all === 0 ? null : (100 * executing) / all,
      executing,
      queued,
      executingJobs: jobsIn(own, executingStates),
      queuedJobs: jobsIn(own, waitingStates),
      throttled: node.throttled,
      matchers: node.matchers,
      turn: turn < 0 ? null : turn + 1,
    };
  });
}

const noUsage: Usage = { executing: 0, queued: 0, target: 0 };

function flatten(nodes: readonly ShareNode[], depth: number): Array<{ node: ShareNode; depth: number }> {
  return nodes.flatMap((node) => [{ node, depth }, ...flatten(node.children, depth + 1)]);
}

/** Live jobs that name a share which no leaf has. */
export function outsideOf(roots: readonly ShareNode[], tally: readonly Tally[]): PandaShareTree['outside'] {
  const leaves = new Set(leavesOf(roots).map(({ name }) => name));
  const others = Map.groupBy(
    tally.filter(({ share }) => !leaves.has(share)),
    ({ share }) => share,
  );
  return [...others]
    .map(([share, own]) => ({
      share,
      executingJobs: jobsIn(own, executingStates),
      queuedJobs: jobsIn(own, waitingStates),
    }))
    .filter(({ executingJobs, queuedJobs }) => executingJobs + queuedJobs > 0);
}
