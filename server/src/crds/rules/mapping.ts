import type { HeaderPlaces } from './header-places.ts';
import type { Dict, Literal } from './literal.ts';

/** The seven calls that a selector tree is made of (crds 13.2.7). */
export const selectorNames = [
  'Match',
  'UseAfter',
  'VersionAfter',
  'SelectVersion',
  'ClosestTime',
  'GeometricallyNearest',
  'Bracket',
] as const;
export type SelectorName = (typeof selectorNames)[number];

/** One level of rules. Of entries with equal keys only the last is kept; the strict reader reports the others. */
export interface Selector {
  readonly selector: SelectorName;
  readonly entries: readonly Entry[];
}

/** One rule: the key as it is written, and what it leads to: a further level, or what is recommended. */
export interface Entry {
  readonly key: Literal;
  readonly value: Selector | Literal;
  /** Line of the key in the file, from 1; 0 when it was not read from a file. */
  readonly line: number;
  /** Where the value begins in the text of the file, with `\n` for line ends; absent when it was not read from one. */
  readonly at?: number;
}

export type MappingKind = 'pmap' | 'imap' | 'rmap';

/** A mapping file that was read: what it says, not yet what it means. */
export interface Mapping {
  readonly kind: MappingKind;
  /** The file's own name as its header says it. */
  readonly name: string;
  /**
   * Header in the order of the file, as its rules understand it (crds 13.2.7): a text is lower-cased unless it stands
   * in parentheses; what tuples, lists and dictionaries contain is left alone.
   */
  readonly header: ReadonlyMap<string, Literal>;
  /** The same header as it is written, with its capitals; a rewritten mapping keeps them. */
  readonly writtenHeader: ReadonlyMap<string, Literal>;
  readonly comment: string | null;
  /** Where the values of the header and of a selector of names stand; absent when they were not read from a file. */
  readonly places?: HeaderPlaces;
  /** Of a pmap and an imap a plain dictionary, of an rmap a tree. */
  readonly selector: Dict | Selector;
}

/** A mapping with a header as it is written. */
export function mappingOf(
  kind: MappingKind,
  writtenHeader: ReadonlyMap<string, Literal>,
  comment: string | null,
  selector: Dict | Selector,
): Mapping {
  const header = new Map<string, Literal>();
  for (const [key, value] of writtenHeader)
    header.set(key, typeof value === 'string' ? lowered(value) : value);
  const name = header.get('name');
  return { kind, name: typeof name === 'string' ? name : '', header, writtenHeader, comment, selector };
}

function lowered(value: string): string {
  return value.startsWith('(') && value.endsWith(')') ? value : value.toLowerCase();
}

export function isSelector(value: Selector | Literal): value is Selector {
  return typeof value === 'object' && value !== null && 'selector' in value;
}
