import { type Literal, Tuple } from './literal.ts';
import type { Mapping, SelectorName } from './mapping.ts';
import { textOf, words } from './python-text.ts';

/** Parameters of each level of an rmap, from its header; levels that are not stated have none. */
export function parameterLevels(mapping: Mapping): readonly (readonly string[])[] {
  const parkey = mapping.header.get('parkey');
  return itemsOf(parkey).map((level) => itemsOf(level).map(textOf));
}

/** Names in a header entry that is a tuple or a list; none when it is anything else. */
export function namesIn(mapping: Mapping, entry: string): string[] {
  return itemsOf(mapping.header.get(entry)).map(textOf);
}

function itemsOf(value: Literal | undefined): readonly Literal[] {
  if (value instanceof Tuple) return value.items;
  return Array.isArray(value) ? value : [];
}

/**
 * The values that a key has for the parameters of its level, as texts (crds 13.2.7). The one text of a date key holds
 * the values of two parameters, that of a version key those of three.
 */
export function keyValues(selector: SelectorName, key: Literal, parameters: readonly string[]): string[] {
  return valuesOf(selector, key, parameters.length).slice(0, parameters.length);
}

function valuesOf(selector: SelectorName, key: Literal, count: number): string[] {
  if (count > 1) {
    if (selector === 'UseAfter' || selector === 'ClosestTime') return words(textOf(key));
    if (selector === 'VersionAfter') return textOf(key).split('.');
  }
  return key instanceof Tuple ? key.items.map(textOf) : [textOf(key)];
}
