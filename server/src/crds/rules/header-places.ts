import type { Section } from './grammar.ts';
import { Dict, type Literal } from './literal.ts';

/** Where a value of a header stands in its file, both from 1. */
export interface HeaderPlace {
  readonly line: number;
  readonly column: number;
  /** Column of the first character of a text that is written as it is, in one line; else null. */
  readonly textColumn: number | null;
}

/**
 * Places of the values of a header, by key; of a value in a dictionary by both keys, `parkey_relevance.name`. Those of a
 * selector that names files are `selector.key`.
 */
export type HeaderPlaces = ReadonlyMap<string, HeaderPlace>;

/** Values whose places are kept: headers have a few dozen. */
const mostPlaces = 500;

/** The places of all values of a section of literals, each after a prefix. */
export function placesOf({ value, positions }: Section, text: string, before = ''): HeaderPlaces {
  const places = new Map<string, HeaderPlace>();
  const lines = new Lines(text);
  const add = (dictionary: Literal, prefix: string): void => {
    if (!(dictionary instanceof Dict)) return;
    for (const [index, [key, item]] of dictionary.entries.entries()) {
      const at = positions.get(dictionary)?.[index];
      if (typeof key !== 'string' || at === undefined || places.size >= mostPlaces) continue;
      places.set(`${prefix}${key}`, lines.placeOf(at, item));
      if (prefix === before) add(item, `${prefix}${key}.`);
    }
  };
  if ('entries' in Object(value)) add(value as Literal, before);
  return places;
}

/** Counts lines from where it counted last: values come in the order of the text, mostly. */
class Lines {
  private readonly text: string;
  private line = 1;
  private start = 0;

  constructor(text: string) {
    this.text = text;
  }

  placeOf(at: number, value: Literal): HeaderPlace {
    if (at < this.start) {
      this.line = 1;
      this.start = 0;
    }
    for (
      let end = this.text.indexOf('\n', this.start);
      end >= 0 && end < at;
      end = this.text.indexOf('\n', this.start)
    ) {
      this.line++;
      this.start = end + 1;
    }
    const column = at - this.start + 1;
    return { line: this.line, column, textColumn: this.isPlain(at, value) ? column + 1 : null };
  }

  private isPlain(at: number, value: Literal): boolean {
    if (typeof value !== 'string' || value.includes('\n')) return false;
    return this.text.startsWith(value, at + 1) && this.text[at + 1 + value.length] === this.text[at];
  }
}
