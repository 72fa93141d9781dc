import { keyIdentity } from './key-identity.ts';
import { Dict, type Literal, Tuple } from './literal.ts';
import { type Entry, isSelector, type Selector, type SelectorName, selectorNames } from './mapping.ts';
import { isQuote, type Scanner } from './scan.ts';

/** The value of one of the three sections, and where it begins. */
export interface Section {
  readonly value: Literal | Selector;
  /** Position in the text. */
  readonly at: number;
}

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

  /** Strict: keys that occur twice are refused. */
  constructor(scan: Scanner, isStrict: boolean) {
    this.scan = scan;
    this.isStrict = isStrict;
  }

  sections(): ReadonlyMap<SectionName, Section> {
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
      found.set(name, { value: this.value(name === 'selector'), at });
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

  /** A value, and the white space after it. Only a selector section and its entries may be selectors. */
  private value(mayBeSelector: boolean): Literal | Selector {
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
    const { at } = this.scan;
    const value = this.value(false);
    return isSelector(value) ? this.scan.fail('a literal', at) : value;
  }

  /** What begins with a name: a constant, a selector, or a string with letters before it. */
  private word(mayBeSelector: boolean): Literal | Selector {
    const { scan } = this;
    const start = scan.at;
    const name = scan.name();
    if (name !== '' && isQuote(scan.code)) return scan.strings(scan.prefixIsRaw(name, start));
    const constant = constants.get(name);
    if (constant !== undefined) {
      scan.skip();
      return constant;
    }
    const selector = selectors.get(name);
    if (selector === undefined) {
      return scan.fail(
        mayBeSelector ? `a literal or one of ${selectorNames.join(', ')}` : 'a literal',
        start,
      );
    }
    if (!mayBeSelector) scan.fail('a literal, not a selector', start);
    return this.selector(selector);
  }

  private selector(name: SelectorName): Selector {
    const { scan } = this;
    scan.skip();
    if (scan.code !== 0x28) scan.fail("'('");
    scan.enter();
    if (scan.code !== 0x7b) scan.fail("'{'");
    const entries = this.entries(true);
    scan.comma();
    scan.leave(0x29, "')'");
    return { selector: name, entries };
  }

  private dictionary(): Dict {
    const entries = this.entries(false);
    const pairs: [Literal, Literal][] = [];
    for (const { key, value } of entries) if (!isSelector(value)) pairs.push([key, value]);
    return new Dict(pairs);
  }

  /** Entries from the opening to the closing brace. Of equal keys the first stays, with the value of the last. */
  private entries(areRules: boolean): Entry[] {
    const { scan } = this;
    const entries: Entry[] = [];
    const places = new Places(entries);
    scan.enter();
    while (scan.code !== 0x7d) {
      const { at, line } = scan;
      const key = this.literal();
      if (scan.code !== 0x3a) scan.fail("':'");
      scan.at++;
      scan.skip();
      const value = areRules ? this.outcome() : this.literal();
      const place = places.of(key);
      if (place === undefined) return scan.fail('a key that is no list and no dictionary', at);
      const earlier = entries[place];
      if (earlier !== undefined && this.isStrict)
        scan.fail(`a key other than that of line ${earlier.line}`, at);
      entries[place] = { key: earlier?.key ?? key, value, line };
      if (!scan.comma()) break;
    }
    scan.leave(0x7d, "',' or '}'");
    return entries;
  }

  /** What a rule leads to: a further selector, a name, several names, or names with names. */
  private outcome(): Selector | Literal {
    const { at } = this.scan;
    const value = this.value(true);
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

/** Where entries with equal keys belong. Keys are mostly written in order, and texts in order are all different. */
class Places {
  private readonly entries: readonly Entry[];
  private last = '';
  private byIdentity: Map<string | number | undefined, number> | undefined;

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }

  /** Index of an entry with this key, or of the next one; undefined for what cannot be a key. */
  of(key: Literal): number | undefined {
    const next = this.entries.length;
    if (this.byIdentity === undefined && typeof key === 'string' && (next === 0 || key > this.last)) {
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
