import { DateError, reformatDate } from './dates.ts';
import { Failure } from './failure.ts';
import { quoted, shown, strip } from './python-text.ts';

/** Parameters of one selector level. Equal lists are the same object, so that they can be keys. */
export type Parameters = readonly string[];

const interned = new Map<string, Parameters>();

export function internParameters(names: readonly string[]): Parameters {
  const key = names.join('\n');
  const known = interned.get(key);
  if (known !== undefined) return known;
  // Names come from rules that operators accepted; a flood of them starts over, which costs nothing but sharing.
  if (interned.size > 10_000) interned.clear();
  interned.set(key, names);
  return names;
}

/** How the names of parameters stand in expressions: `A.B` also as `A_B`. */
export type Aliases = ReadonlyMap<string, string>;

/** The conditioned values of one dataset that the rules of its instrument ask for, by upper-case name. */
export class Header {
  private readonly values: ReadonlyMap<string, string>;
  private readonly aliases: Aliases;
  /** Of a changed header, the one it was made from. */
  private readonly base: Header | null;
  private readonly dates = new Map<Parameters, string | Failure>();
  /** Value of a name in an expression: aliases count as well. */
  readonly names: (name: string) => string | undefined;

  constructor(values: ReadonlyMap<string, string>, aliases: Aliases, base: Header | null = null) {
    this.values = values;
    this.aliases = aliases;
    this.base = base;
    this.names = (name) => this.getNamed(name);
  }

  get(name: string): string | undefined {
    const value = this.values.get(name);
    return value === undefined && this.base !== null ? this.base.get(name) : value;
  }

  private getNamed(name: string): string | undefined {
    if (this.aliases.size === 0) return this.get(name);
    const dotted = this.aliases.get(name);
    return (dotted === undefined ? undefined : this.get(dotted)) ?? this.get(name);
  }

  /** This header with some values replaced. */
  with(changes: ReadonlyMap<string, string>): Header {
    return changes.size === 0 ? this : new Header(changes, this.aliases, this);
  }

  /** Only these parameters; those that are not there become `UNDEFINED`. */
  restricted(names: readonly string[]): Header {
    const values = new Map(names.map((name) => [name, this.get(name) ?? 'UNDEFINED']));
    return new Header(values, this.aliases);
  }

  /**
   * The date that some parameters make together, in the form that sorts as text. The failure's text lacks the name
   * of the selector unless a value was not defined.
   */
  date(parameters: Parameters, selector: string): string | Failure {
    if (this.base !== null && !parameters.some((name) => this.values.has(name))) {
      return this.base.date(parameters, selector);
    }
    let date = this.dates.get(parameters);
    if (date === undefined) {
      date = this.readDate(parameters);
      this.dates.set(parameters, date);
    }
    if (typeof date === 'string' || date.isLookup)
      return date instanceof Failure ? new Failure(date.text) : date;
    return new Failure(`${selector} ${date.text}`);
  }

  private readDate(parameters: Parameters): string | Failure {
    let raw = '';
    for (const name of parameters) {
      const value = this.get(name);
      if (value === undefined) return new Failure(`required lookup parameter ${quoted(name)} is undefined.`);
    }
    for (const name of parameters) {
      const value = strip(this.get(name) ?? '');
      if (value === 'UNDEFINED') return complete(`UseAfter parameter ${quoted(name)} is UNDEFINED.`);
      raw = raw === '' ? value : `${raw} ${value}`;
    }
    const text = strip(raw);
    try {
      return reformatDate(text);
    } catch (error) {
      if (!(error instanceof DateError)) throw error;
      return new Failure(
        `Invalid date/time format for ${tupleText(parameters)} value = ${shown(text)} exception is ${quoted(error.message)}`,
      );
    }
  }
}

/** Marks, within this file, a text that does not begin with the selector's name. */
function complete(text: string): Failure {
  return new Failure(text, true);
}

/** Names as Python writes a tuple of them. */
export function tupleText(names: readonly string[]): string {
  const [only] = names;
  if (names.length === 1 && only !== undefined) return `(${quoted(only)},)`;
  return `(${names.map(quoted).join(', ')})`;
}
