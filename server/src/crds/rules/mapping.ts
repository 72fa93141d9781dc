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
}

export type MappingKind = 'pmap' | 'imap' | 'rmap';

/** A mapping file that was read: what it says, not yet what it means. */
export interface Mapping {
  readonly kind: MappingKind;
  /** The file's own name as its header says it. */
  readonly name: string;
  /**
   * Header in the order of the file. Text is lower-cased on reading unless it stands in parentheses, also inside
   * tuples and dictionaries as crds 13.2.7 does it; this is what a rewritten mapping says too.
   */
  readonly header: ReadonlyMap<string, Literal>;
  readonly comment: string | null;
  /** Of a pmap and an imap a plain dictionary, of an rmap a tree. */
  readonly selector: Dict | Selector;
}

export function isSelector(value: Selector | Literal): value is Selector {
  return typeof value === 'object' && value !== null && 'selector' in value;
}
