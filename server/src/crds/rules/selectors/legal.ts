import { Failure } from '../failure.ts';
import { type Literal, Tuple } from '../literal.ts';
import { floatText, quoted, readFloat, shown, strip, textOf } from '../python-text.ts';
import { alternativesOf, compareText, conditionValue, isEsoteric } from '../values.ts';

/** How many NOTs and substitutions are followed. */
const deepest = 30;
/** Longest value of which they are taken off one by one. */
const longest = 10_000;

/** What stands for an element of a key instead, by the element's identity: the number 1 is not the text '1'. */
export type ReplacedValues = ReadonlyMap<string | number, Literal>;

/** What rules replace in the elements of keys, by parameter. */
export type Substitutions = ReadonlyMap<string, ReplacedValues>;

/**
 * The values that the keys of a Match name for a parameter. A dataset's value outside of them is an error before any
 * matching, unless the rules are open there (crds 13.2.7, `_validate_value`).
 */
export class LegalValues {
  private readonly name: string;
  private readonly values: ReadonlySet<string>;
  private readonly isOpen: boolean;
  private readonly replaced: ReplacedValues | undefined;

  constructor(name: string, elements: ReadonlySet<string>, substitutions: Substitutions) {
    this.name = name;
    this.values = namedValues(elements);
    this.isOpen =
      this.values.size === 0 || this.values.has('*') || this.values.has('ANY') || this.values.has('N/A');
    this.replaced = substitutions.get(name);
  }

  /** Whether the parameter may be absent altogether. */
  mayBeAbsent(): boolean {
    return this.values.has('N/A');
  }

  /** Undefined when the value may be matched. */
  refuse(value: string): Failure | undefined {
    return this.isOpen || this.values.has(value) ? undefined : this.refuseRest(value, 0);
  }

  private refuseRest(value: string, depth: number): Failure | undefined {
    if (this.values.has(value) || this.values.has(conditionValue(value))) return undefined;
    if (value.startsWith('NOT')) {
      // Each NOT is taken off and the rest looked up; of an endless chain only the end.
      const isShort = depth < deepest && value.length <= longest;
      const rest = isShort ? value.slice(3) : value.replace(/^(?:NOT\s*)+/, '');
      return this.refuseRest(strip(rest), depth + 1);
    }
    if (isEsoteric(value) || value === '*' || value === 'ANY' || value === 'N/A') return undefined;
    const [only] = this.values;
    if (this.values.size === 1 && only?.includes(':')) return this.refuseRange(value, only);
    const instead = this.replaced?.get(value);
    if (instead !== undefined && depth < deepest) return this.refuseInstead(instead, depth);
    const listed = [...this.values].sort(compareText).map(quoted).join(', ');
    return new Failure(` parameter=${quoted(this.name)} value=${shown(value)} is not in [${listed}]`);
  }

  private refuseInstead(instead: Literal, depth: number): Failure | undefined {
    if (typeof instead === 'string') return this.refuseRest(instead, depth + 1);
    if (this.values.has(conditionValue(textOf(instead)))) return undefined;
    const type = instead instanceof Tuple ? 'tuple' : 'list';
    return new Failure(`'${type}' object has no attribute 'startswith'`);
  }

  /** A single key such as `1:5` reads as a range. */
  private refuseRange(value: string, range: string): Failure | undefined {
    const bounds = range.split(':').map((text) => [text, readFloat(text)] as const);
    const bad = bounds.find(([, number]) => number === undefined);
    if (bad !== undefined) return new Failure(`could not convert string to float: ${quoted(bad[0])}`);
    const [low = 0, high = 0] = bounds.map(([, number]) => number ?? 0);
    const number = readFloat(value);
    if (number === undefined) return new Failure(`could not convert string to float: ${shown(value)}`);
    if (low <= number && number <= high) return undefined;
    const name = quoted(this.name);
    return new Failure(
      ` parameter=${name} value =${shown(value)} is not in range [${floatText(low)} .. ${floatText(high)}]`,
    );
  }
}

/** The values that elements name; none when one of them is more than a list of values. */
function namedValues(elements: ReadonlySet<string>): ReadonlySet<string> {
  let hasSets = false;
  for (const element of elements) {
    if (isEsoteric(element)) return new Set();
    hasSets ||= element.includes('|');
  }
  return hasSets ? new Set([...elements].flatMap(alternativesOf)) : elements;
}
