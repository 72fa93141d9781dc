import { keyIdentity } from '../key-identity.ts';
import { Dict, type Literal, Tuple } from '../literal.ts';
import type { Mapping } from '../mapping.ts';

/** What stands for what in the keys of a Match, by parameter and by identity of the written element. */
export type KeySubstitutions = ReadonlyMap<string, ReadonlyMap<string | number | undefined, Literal>>;

const always: KeySubstitutions = new Map(
  ['META.SUBARRAY.NAME', 'SUBARRAY'].map((name) => [name, new Map([['GENERIC', 'N/A']])]),
);

/** Substitutions of an rmap (crds 13.2.7): those of its header for a parameter replace what holds for all rmaps. */
export function keySubstitutionsOf(mapping: Mapping): KeySubstitutions {
  const stated = mapping.header.get('substitutions');
  if (!(stated instanceof Dict)) return always;
  const found = new Map(always);
  for (const [name, values] of stated.entries) {
    if (typeof name !== 'string' || !(values instanceof Dict)) continue;
    found.set(name, new Map(values.entries.map(([from, to]) => [keyIdentity(from), to])));
  }
  return found;
}

/** A key with its elements substituted; a key that is no tuple is its only element. */
export function substituted(key: Literal, parameters: readonly string[], by: KeySubstitutions): Literal {
  const replace = (element: Literal, at: number): Literal =>
    by.get(parameters[at] ?? '')?.get(keyIdentity(element)) ?? element;
  return key instanceof Tuple ? new Tuple(key.items.map(replace)) : replace(key, 0);
}
