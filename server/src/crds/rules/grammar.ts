import { keyIdentity } from './key-identity.ts';
import { Dict, type Literal, Tuple } from './literal.ts';
import { type Entry, isSelector, type Selector, type SelectorName, selectorNames } from './mapping.ts';
import { isQuote, type Scanner } from './scan.ts';
import { atOnce, type Steps } from './steps.ts';

/** The value of one of the three sections, and where it begins. */
export interface Section {
  readonly value: Literal | Selector;
  /** Position in the text. */
  readonly at: number;
  /** Where the values of a dictionary begin, in its order, and those of dictionaries in it. */
  readonly positions: ReadonlyMap<Dict, readonly number[]>;
}

/** Rules that are read in one step. */
const rulesOfStep = 512;

export type SectionName = 'header' | 'comment' | 'selector';

const selectors: ReadonlyMap<string, SelectorName> = new Map(selectorNames.map((name) => [name, name]));
const constants: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/**
 * The grammar of mapping files. All of it is Python, so that what is read here means what it means there:
 * assignments of `header`, `comment` and `selector`, each once, of literals and of selectors with literals.
 */
export class Grammar {
  private readonly scan: Scanner;
  private readonly isStrict: boolean;
  private rules = 0;
  /** Of the dictionaries of the section that is read. */
  private positions = new Map<Dict, readonly number[]>();

  /** Strict: keys that occur twice are refused. */
  constructor(scan: Scanner, isStrict: boolean) {
    this.scan = scan;
    this.isStrict = isStrict;
  }

  sections(): ReadonlyMap<SectionName, Section> {
    return atOnce(this.reading());
  }

  /** The same in steps: a text may have a hundred thousand rules. */
  *reading(): Steps<ReadonlyMap<SectionName, Section>> {
    const { scan } = this;
    const found = new Map<SectionName, Section>();
    while (scan.nextStatement()) {
      const start = scan.at;
      const name = scan.name();
      if (name !== 'header' && name !== 'comment' && name !== 'selector') {
        return scan.fail("an assignment of 'header', 'comment' or 'selector'", start);
      }
      if (found.has(name)) scan.fail(`${name} only once`, start);
      scan.skip();
      if (scan.code !== 0x3d) scan.fail("'='");
      scan.at++;
      scan.skip();
      const at = scan.at;
      this.positions = new Map();
      const value = name === 'selector' ? yield* this.ruleOrLiteral() : this.value(false);
      found.set(name, { value, at, positions: this.positions });
      scan.endStatement();
    }
    return found;
  }

  /** A text that is one literal and nothing else. */
  onlyLiteral(): Literal {
    const { scan } = this;
    if (!scan.nextStatement()) scan.fail('a literal');
    const value = this.literal();
    scan.endStatement();
    if (scan.nextStatement()) scan.fail('the end of the text');
    return value;
  }

  /** A literal, and the white space after it. `mayBeSelector`: whether a selector was looked for here before. */
  private value(mayBeSelector: boolean): Literal {
    const { scan } = this;
    const { code } = scan;
    if (isQuote(code)) return scan.strings(false);
    if (code === 0x28) return this.parenthesized();
    if (code === 0x7b) return this.dictionary();
    if (code === 0x5b) return this.list();
    if ((code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2d) return scan.number();
    return this.word(mayBeSelector);
  }

  private literal(): Literal {
    return this.value(false);
  }

  /** What begins with a name: a constant, or a string with letters before it. */
  private word(mayBeSelector: boolean): Literal {
    const { scan } = this;
    const start = scan.at;
    const name = scan.name();
    if (name !== '' && isQuote(scan.code)) return scan.strings(scan.prefixIsRaw(name, start));
    const constant = constants.get(name);
    if (constant !== undefined) {
      scan.skip();
      return constant;
    }
    if (mayBeSelector) scan.fail(`a literal or one of ${selectorNames.join(', ')}`, start);
    return scan.fail(selectors.has(name) ? 'a literal, not a selector' : 'a literal', start);
  }

  /** A selector with its rules, or a literal. */
  private *ruleOrLiteral(): Steps<Literal | Selector> {
    const { scan } = this;
    const { at } = scan;
    const name = selectors.get(scan.name());
    if (name !== undefined && !isQuote(scan.code)) return yield* this.selector(name);
    scan.at = at;
    return this.value(true);
  }

  private *selector(name: SelectorName): Steps<Selector> {
    const { scan } = this;
    scan.skip();
    if (scan.code !== 0x28) scan.fail("'('");
    scan.enter();
    if (scan.code !== 0x7b) scan.fail("'{'");
    const entries: Entry[] = [];
    const places = new Places(entries);
    scan.enter();
    while (scan.code !== 0x7d) {
      const { at, line } = scan;
      const key = this.key();
      const valueAt = scan.at;
      const value = isQuote(scan.code) ? scan.strings(false) : yield* this.outcome();
      this.put(entries, places.of(key), { key, value, line, at: valueAt }, at);
      if (!scan.comma()) break;
      if (++this.rules % rulesOfStep === 0) yield;
    }
    scan.leave(0x7d, "',' or '}'");
    scan.comma();
    scan.leave(0x29, "')'");
    return { selector: name, entries };
  }

  private dictionary(): Dict {
    const { scan } = this;
    const entries: (Entry & { value: Literal; at: number })[] = [];
    const places = new Places(entries);
    scan.enter();
    while (scan.code !== 0x7d) {
      const { at, line } = scan;
      const key = this.key();
      const valueAt = scan.at;
      const value = this.literal();
      this.put(entries, places.of(key), { key, value, line, at: valueAt }, at);
      if (!scan.comma()) break;
    }
    scan.leave(0x7d, "',' or '}'");
    const dictionary = new Dict(entries.map(({ key, value }) => [key, value]));
    this.positions.set(
      dictionary,
      entries.map(({ at }) => at),
    );
    return dictionary;
  }

  /** A key, and the colon after it. */
  private key(): Literal {
    const { scan } = this;
    const key = this.literal();
    if (scan.code !== 0x3a) scan.fail("':'");
    scan.at++;
    scan.skip();
    return key;
  }

  /** Adds an entry. Of equal keys the first stays, with the value of the last. */
  private put<E extends Entry>(entries: E[], place: number | undefined, entry: E, at: number): void {
    const { scan } = this;
    const earlier =
      place === undefined ? scan.fail('a key that is no list and no dictionary', at) : entries[place];
    if (earlier !== undefined && this.isStrict)
      scan.fail(`a key other than that of line ${earlier.line}`, at);
    entries[place ?? 0] = earlier === undefined ? entry : { ...entry, key: earlier.key };
  }

  /** What a rule leads to: a further selector, a name, several names, or names with names. */
  private *outcome(): Steps<Selector | Literal> {
    const { at } = this.scan;
    const value = yield* this.ruleOrLiteral();
    if (typeof value === 'string' || isSelectorOrNames(value)) return value;
    return this.scan.fail('a selector, a file name, a tuple of names or a dictionary of names', at);
  }

  private parenthesized(): Literal {
    const { scan } = this;
    scan.enter();
    if (scan.code === 0x29) {
      scan.leave(0x29, "')'");
      return new Tuple([]);
    }
    const first = this.literal();
    if (scan.code === 0x29) {
      scan.leave(0x29, "')'");
      return first;
    }
    const items: Literal[] = [first];
    while (scan.comma() && scan.code !== 0x29) items.push(this.literal());
    scan.leave(0x29, "',' or ')'");
    return new Tuple(items);
  }

  private list(): Literal[] {
    const { scan } = this;
    const items: Literal[] = [];
    scan.enter();
    while (scan.code !== 0x5d) {
      items.push(this.literal());
      if (!scan.comma()) break;
    }
    scan.leave(0x5d, "',' or ']'");
    return items;
  }
}

function isSelectorOrNames(value: Selector | Literal): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isSelector(value)) return true;
  if (value instanceof Tuple) return value.items.every((item) => typeof item === 'string');
  return (
    value instanceof Dict && value.entries.every((pair) => pair.every((part) => typeof part === 'string'))
  );
}

/** Where entries with equal keys belong. Keys are mostly written in order, and those in order are all different. */
class Places {
  private readonly entries: readonly Entry[];
  private last: Literal = '';
  private byIdentity: Map<string | number | undefined, number> | undefined;

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }

  /** Index of an entry with this key, or of the next one; undefined for what cannot be a key. */
  of(key: Literal): number | undefined {
    const next = this.entries.length;
    if (this.byIdentity === undefined && (next === 0 ? isText(key) : isAfter(key, this.last))) {
      this.last = key;
      return next;
    }
    const identity = keyIdentity(key);
    if (identity === undefined) return undefined;
    this.byIdentity ??= new Map(this.entries.map((entry, at) => [keyIdentity(entry.key), at]));
    const place = this.byIdentity.get(identity);
    if (place === undefined) this.byIdentity.set(identity, next);
    return place ?? next;
  }
}

/** Whether a key is made of texts alone, so that its order tells it from others. */
function isText(key: Literal): boolean {
  return (
    typeof key === 'string' || (key instanceof Tuple && key.items.every((item) => typeof item === 'string'))
  );
}

/** Whether a key is of the same form as another one that is made of texts, and comes after it. */
function isAfter(key: Literal, other: Literal): boolean {
  if (typeof key === 'string') return typeof other === 'string' && key > other;
  if (!(key instanceof Tuple && other instanceof Tuple) || !isText(key)) return false;
  for (const [at, item] of key.items.entries()) {
    const before = other.items[at];
    if (item === before) continue;
    return before === undefined || (typeof item === 'string' && typeof before === 'string' && item > before);
  }
  return false;
}
