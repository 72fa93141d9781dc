import type { Answer } from '../answer.ts';
import { Failure } from '../failure.ts';
import { compareText } from '../values.ts';
import { compareVersions } from '../versions.ts';
import { ClosestTime } from './closest-time.ts';
import { type Branch, type Rule, typeName } from './rule.ts';
import { UseAfter } from './use-after.ts';
import { VersionAfter } from './version-after.ts';

/**
 * Clauses of equal weight as one rule: the union of their entries, where of two files at one key the one with the
 * greater name wins (crds 13.2.7, `UseAfterSelector.merge`). A failure for what cannot be merged.
 */
export function mergeUseAfters(first: Rule, branches: readonly Branch[]): Rule | Failure {
  if (first instanceof VersionAfter) return mergeVersions(first, branches);
  if (!(first instanceof UseAfter || first instanceof ClosestTime)) {
    return new Failure(
      `More than one match was found at the same weight and ${first.selector} does not support merging.`,
    );
  }
  const byKey = new Map<string, Branch>();
  const failure = collect(branches, (branch) => {
    const known = byKey.get(String(branch.key));
    const winner = known === undefined ? branch : greater(known, branch);
    if (winner instanceof Failure) return winner;
    byKey.set(String(branch.key), winner);
    return undefined;
  });
  if (failure !== undefined) return failure;
  const merged = [...byKey.values()].sort((a, b) => compareText(String(a.key), String(b.key)));
  return first instanceof UseAfter
    ? new UseAfter(first.parameters, merged)
    : new ClosestTime(first.parameters, merged);
}

function mergeVersions(first: VersionAfter, branches: readonly Branch[]): Rule | Failure {
  const byKey = new Map<string, readonly [Branch, VersionAfter['versions'][number]]>();
  for (const { rule } of branches) {
    if (!(rule instanceof VersionAfter)) return notMergeable(rule, branches);
    for (const [index, branch] of rule.branches.entries()) {
      const version = rule.versions[index];
      if (version === undefined) continue;
      const known = byKey.get(version.join());
      const winner = known === undefined ? branch : greater(known[0], branch);
      if (winner instanceof Failure) return winner;
      byKey.set(version.join(), [winner, version]);
    }
  }
  const merged = [...byKey.values()].sort((a, b) => compareVersions(a[1], b[1]));
  return new VersionAfter(
    first.parameters,
    merged.map(([branch]) => branch),
    merged.map(([, version]) => version),
  );
}

/** Goes through the entries of all members; the first failure ends it. */
function collect(
  members: readonly Branch[],
  take: (branch: Branch) => Failure | undefined,
): Failure | undefined {
  for (const member of members) {
    const { rule } = member;
    if (rule === null || !(rule instanceof UseAfter || rule instanceof ClosestTime)) {
      return notMergeable(rule, [member]);
    }
    for (const branch of rule.branches) {
      const failure = take(branch);
      if (failure !== undefined) return failure;
    }
  }
  return undefined;
}

function notMergeable(rule: Rule | null, members: readonly Branch[]): Failure {
  if (rule !== null)
    return new Failure(`${rule.selector} cannot be merged with the other clauses that matched.`);
  const terminal = members.find((member) => member.rule === null);
  return new Failure(
    `'${terminal === undefined ? 'str' : typeName(terminal)}' object has no attribute '_selections'`,
  );
}

/** The entry that wins where two stand at one key. */
function greater(own: Branch, other: Branch): Branch | Failure {
  const order = compareAnswers(own.answer, other.answer);
  if (own.rule !== null || other.rule !== null || order === undefined) {
    const types = `'${typeName(own)}' and '${typeName(other)}'`;
    return new Failure(`'>=' not supported between instances of ${types}`);
  }
  return order >= 0 ? own : other;
}

/** Order of names and of lists of names; undefined for what has no order. */
function compareAnswers(a: Answer, b: Answer): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (!Array.isArray(a) || !Array.isArray(b)) return undefined;
  for (const [index, item] of a.entries()) {
    if (index >= b.length) return 1;
    const order = compareAnswers(item, b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
