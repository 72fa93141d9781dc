import { alternativesOf } from '../values.ts';

/**
 * Whether a conditioned Match key takes everything that another takes (crds 13.2.7, `match_superset`): equal or more
 * general in every element.
 */
export function isSuperset(key: readonly string[], other: readonly string[]): boolean {
  return key.every((value, at) => elementIsSuperset(value, other[at] ?? ''));
}

function elementIsSuperset(value: string, other: string): boolean {
  if (value === other || value === '*' || other === 'N/A') return true;
  if (other === '*') return value === 'N/A';
  const members = new Set(alternativesOf(value));
  const others = new Set(alternativesOf(other));
  return members.size > others.size && [...others].every((member) => members.has(member));
}

/**
 * Whether two conditioned Match keys that take the same dataset count differently for it: one has more elements than
 * the other that are not `N/A`, looking only where exactly one of them is.
 */
export function hasDifferentWeight(key: readonly string[], other: readonly string[]): boolean {
  let balance = 0;
  for (const [at, value] of key.entries()) {
    balance += Number(value === 'N/A') - Number(other[at] === 'N/A');
  }
  return balance !== 0;
}
