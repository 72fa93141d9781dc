type Tree = Map<string, Tree | number>;

/**
 * Counts by several keys as objects in one another: `[['a', 'b'], 2]` becomes `{a: {b: 2}}`; counts of the same keys are
 * added. Any text can be a key.
 */
export function nestCounts(
  counts: Iterable<readonly [keys: readonly string[], count: number]>,
): Record<string, unknown> {
  const root: Tree = new Map();
  for (const [keys, count] of counts) add(root, keys, count);
  return objectOf(root);
}

function add(tree: Tree, [key = '', ...more]: readonly string[], count: number): void {
  const known = tree.get(key);
  if (more.length === 0) {
    tree.set(key, (typeof known === 'number' ? known : 0) + count);
    return;
  }
  const inner: Tree = known instanceof Map ? known : new Map();
  tree.set(key, inner);
  add(inner, more, count);
}

function objectOf(tree: Tree): Record<string, unknown> {
  return Object.fromEntries(
    [...tree].map(([key, one]) => [key, typeof one === 'number' ? one : objectOf(one)]),
  );
}
