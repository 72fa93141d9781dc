import { keyIdentity } from './key-identity.ts';
import { Dict, type Literal, NumberLiteral, Tuple } from './literal.ts';
import type { Mapping } from './mapping.ts';
import { MappingError } from './mapping-error.ts';
import { textOf } from './python-text.ts';
import type { ReplacedValues, Substitutions } from './selectors/legal.ts';

/** What the header of an rmap says, read into what lookups need. */
export class RmapHeader {
  private readonly mapping: Mapping;

  constructor(mapping: Mapping) {
    this.mapping = mapping;
  }

  /** A text in lower case (unless it is an expression in parentheses); undefined when absent. */
  text(key: string): string | undefined {
    const value = this.mapping.header.get(key);
    if (value === undefined) return undefined;
    return typeof value === 'string' ? value : this.fail(`text for '${key}' in the header`, key);
  }

  /** Names, as they are written. */
  names(key: string): string[] {
    const value = this.mapping.header.get(key);
    if (value === undefined) return [];
    // A lone text would be taken letter by letter by the original; nobody means that.
    if (typeof value === 'string') return [...value];
    return this.itemsOf(value, key).map((item) =>
      typeof item === 'string' ? item : this.fail(`names in '${key}' of the header`, key),
    );
  }

  /** Pairs of a dictionary of texts; of other values their text. */
  pairs(key: string): [name: string, value: string][] {
    const value = this.mapping.header.get(key);
    if (value === undefined || value === null) return [];
    if (!(value instanceof Dict)) return this.fail(`a dictionary for '${key}' in the header`, key);
    return value.entries.map(([name, item]) => [textOf(name), textOf(item)]);
  }

  /** The parameter names of each level of the selector tree. */
  levels(): string[][] {
    return this.itemsOf(this.mapping.header.get('parkey') ?? null, 'parkey').map((level) =>
      typeof level === 'string'
        ? this.fail("a tuple of parameter names for each level in 'parkey' of the header", 'parkey')
        : this.itemsOf(level, 'parkey').map(textOf),
    );
  }

  isMerging(): boolean {
    const value = this.mapping.header.get('merge_overlaps');
    return value === undefined || ['TRUE', '1'].includes(textOf(value).toUpperCase());
  }

  /** What is replaced in keys: that of the header, and for subarrays `GENERIC` unless the header says otherwise. */
  substitutions(): Substitutions {
    const generic: ReplacedValues = new Map([['GENERIC', 'N/A']]);
    const found = new Map<string, ReplacedValues>([
      ['META.SUBARRAY.NAME', generic],
      ['SUBARRAY', generic],
    ]);
    const given = this.mapping.header.get('substitutions');
    if (!(given instanceof Dict)) return found;
    for (const [parameter, values] of given.entries) {
      if (!(values instanceof Dict))
        return this.fail("dictionaries in 'substitutions' of the header", 'substitutions');
      const replaced = values.entries.map(([from, to]) => [keyIdentity(from) ?? '', to] as const);
      found.set(textOf(parameter), new Map(replaced));
    }
    return found;
  }

  /**
   * @param key of the value that is at fault, as `HeaderPlaces` names it.
   * @param at character of its text that is at fault.
   */
  fail(expected: string, key = '', at?: number): never {
    const place = this.mapping.places?.get(key);
    const { line, column, textColumn } = place ?? { line: 1, column: 1, textColumn: null };
    const atFault = at === undefined || textColumn === null ? column : textColumn + at;
    throw new MappingError('header', this.mapping.name, line, atFault, expected);
  }

  private itemsOf(value: Literal, key: string): readonly Literal[] {
    if (value instanceof Tuple) return value.items;
    const isList =
      typeof value === 'object' &&
      value !== null &&
      !(value instanceof Dict || value instanceof NumberLiteral);
    return isList ? value : this.fail(`a tuple for '${key}' in the header`, key);
  }
}
