/** A row of `panda.share`. */
export interface Share {
  name: string;
  parent: string | null;
  /** Percentage of its parent, among its siblings. */
  value: number;
  ordinal: number;
  matchers: Readonly<Record<string, string>>;
  throttled: boolean;
}

export interface ShareNode extends Share {
  /** Percentage of everything. */
  percent: number;
  children: ShareNode[];
}

/** What the jobs of a share take, in computing power (HS06). */
export interface Usage {
  executing: number;
  queued: number;
  target: number;
}

/** The trees, by ordinal; siblings are normalised to their parent. A share whose parent is unknown is a root. */
export function buildTree(shares: readonly Share[]): ShareNode[] {
  const nodes = new Map(
    shares.map((share): [string, ShareNode] => [share.name, { ...share, percent: 0, children: [] }]),
  );
  const roots: ShareNode[] = [];
  for (const node of [...nodes.values()].toSorted(byOrdinal)) {
    const parent = node.parent === null || node.parent === node.name ? undefined : nodes.get(node.parent);
    (parent?.children ?? roots).push(node);
  }
  normalise(roots, 100);
  return roots;
}

function byOrdinal(a: Share, b: Share): number {
  return a.ordinal - b.ordinal || (a.name < b.name ? -1 : 1);
}

function normalise(siblings: readonly ShareNode[], percent: number): void {
  const sum = siblings.reduce((total, { value }) => total + value, 0);
  for (const node of siblings) {
    node.percent = sum === 0 ? 0 : (percent * node.value) / sum;
    normalise(node.children, node.percent);
  }
}

/** Leaves in the order of their definition, depth first. */
export function leavesOf(roots: readonly ShareNode[]): ShareNode[] {
  return roots.flatMap((node) => (node.children.length === 0 ? [node] : leavesOf(node.children)));
}

/** The least that usage reads of the counters. */
export interface Counted {
  share: string;
  status: string;
  hs06: number;
}

/**
 * Usage of every share of the tree, those with children by their sum, and of shares that jobs name but no tree has.
 * Executing is `sent` and `running`, queued is `activated`; the target is the share's part of all that executes
 * (panda-server 1.0.3, global shares).
 */
export function usageOf(roots: readonly ShareNode[], counted: readonly Counted[]): Map<string, Usage> {
  const usage = new Map<string, Usage>();
  let executing = 0;
  for (const { share, status, hs06 } of counted) {
    const one = usage.get(share) ?? { executing: 0, queued: 0, target: 0 };
    usage.set(share, one);
    if (status === 'activated') one.queued += hs06;
    if (status !== 'sent' && status !== 'running') continue;
    one.executing += hs06;
    executing += hs06;
  }
  const sumUp = (node: ShareNode): Usage => {
    const parts = node.children.map(sumUp);
    const own = usage.get(node.name);
    const isLeaf = parts.length === 0;
    const total: Usage = {
      executing: isLeaf ? (own?.executing ?? 0) : parts.reduce((sum, part) => sum + part.executing, 0),
      queued: isLeaf ? (own?.queued ?? 0) : parts.reduce((sum, part) => sum + part.queued, 0),
      target: (executing * node.percent) / 100,
    };
    usage.set(node.name, total);
    return total;
  };
  roots.forEach(sumUp);
  return usage;
}

/** Jobs of this share go before all others (panda-server 1.0.3). */
const firstShare = 'Test';

/** Leaves in the order in which a free slot is offered to them: at each level the one furthest below its target first. */
export function orderLeaves(roots: readonly ShareNode[], usage: ReadonlyMap<string, Usage>): string[] {
  const fill = ({ name }: ShareNode): number => {
    const { executing = 0, target = 0 } = usage.get(name) ?? {};
    return target === 0 ? Number.POSITIVE_INFINITY : executing / target;
  };
  const order = (siblings: readonly ShareNode[]): ShareNode[] =>
    siblings
      .map((node) => ({ node, filled: fill(node) }))
      // Subtracting would make NaN of two infinite ones.
      .toSorted((a, b) => (a.filled === b.filled ? 0 : a.filled < b.filled ? -1 : 1))
      .flatMap(({ node }) => (node.children.length === 0 ? [node] : order(node.children)));
  const names = order(roots).map(({ name }) => name);
  return names.includes(firstShare) ? [firstShare, ...names.filter((name) => name !== firstShare)] : names;
}
