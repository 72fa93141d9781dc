import { type Literal, Tuple } from './literal.ts';
import type { Entry } from './mapping.ts';
import { textOf } from './python-text.ts';
import { compareText } from './values.ts';

/** Rules in the order in which mappings are written (crds 13.2.7): by the elements of their keys, as texts. */
export function inKeyOrder(entries: readonly Entry[]): Entry[] {
  return entries
    .map((entry) => ({ entry, texts: keyTexts(entry.key) }))
    .sort((a, b) => compareTexts(a.texts, b.texts))
    .map(({ entry }) => entry);
}

/** Elements of a key as texts; a key that is no tuple is its only element. */
function keyTexts(key: Literal): string[] {
  return key instanceof Tuple ? key.items.map(textOf) : [textOf(key)];
}

/** By the first that differs, then the shorter first. */
export function compareTexts(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const order = compareText(a[at] ?? '', b[at] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
