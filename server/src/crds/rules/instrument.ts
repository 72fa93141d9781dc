import { type Aliases, Header } from './header.ts';
import type { Rmap } from './rmap.ts';
import { compareText, conditionValue } from './values.ts';

/** What an imap says about one type: its rules, or that there are none. */
export type TypeRules = Rmap | 'not-applicable' | 'omitted';

/** A dataset's header as it comes from outside: any JSON values, any names. */
export type RawHeader = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

/** The rules of all types of one instrument. */
export class Instrument {
  readonly name: string;
  /** Types in the order of the imap, in lower case. */
  readonly types: ReadonlyMap<string, TypeRules>;
  /** Parameters that lookups of any type need, sorted, as the rules name them. */
  readonly required: readonly string[];
  private readonly wanted: readonly WantedParameter[];
  private readonly aliases: Aliases;
  private readonly translate: ((name: string) => string) | undefined;

  /** @param own parameters that the imap and the pmap ask for themselves. */
  constructor(
    name: string,
    types: ReadonlyMap<string, TypeRules>,
    own: readonly string[],
    translate: ((name: string) => string) | undefined,
  ) {
    const rules = [...types.values()].flatMap((rule) => (typeof rule === 'string' ? [] : rule.required));
    this.name = name;
    this.types = types;
    this.required = [...new Set([...own, ...rules])].sort(compareText);
    this.wanted = this.required.map((parameter) => ({
      name: parameter.toUpperCase(),
      lower: parameter.toLowerCase(),
      upper: parameter.toUpperCase(),
    }));
    this.aliases = new Map(
      this.required
        .map((parameter) => parameter.toUpperCase())
        .filter((parameter) => parameter.includes('.'))
        .map((parameter) => [parameter.replaceAll('.', '_'), parameter]),
    );
    this.translate = translate;
  }

  /** The conditioned values of the parameters that the rules ask for; what is missing is `UNDEFINED`. */
  headerOf(raw: RawHeader): Header {
    const read = readerOf(raw, this.translate);
    const values = new Map<string, string>();
    for (const { name, lower, upper } of this.wanted) {
      let value = read(lower);
      if (value === undefined) value = read(upper);
      values.set(name, value === undefined ? 'UNDEFINED' : conditionValue(value));
    }
    return new Header(values, this.aliases);
  }
}

interface WantedParameter {
  readonly name: string;
  readonly lower: string;
  readonly upper: string;
}

/** Gives values of a raw header by their exact name; after translation names are those of the rules. */
export function readerOf(
  raw: RawHeader,
  translate: ((name: string) => string) | undefined,
): (name: string) => unknown {
  if (translate === undefined) {
    if (raw instanceof Map) return (name) => raw.get(name);
    const record = raw as Readonly<Record<string, unknown>>;
    return (name) => (Object.hasOwn(record, name) ? (record[name] ?? null) : undefined);
  }
  const translated = new Map<string, unknown>();
  const entries = raw instanceof Map ? raw.entries() : Object.entries(raw);
  for (const [name, value] of entries) translated.set(translate(name), value ?? null);
  return (name) => translated.get(name);
}
