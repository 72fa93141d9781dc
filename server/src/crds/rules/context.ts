import type { Answer } from './answer.ts';
import { Failure } from './failure.ts';
import type { Header } from './header.ts';
import { Instrument, type RawHeader, readerOf, type TypeRules } from './instrument.ts';
import { Dict } from './literal.ts';
import type { Mapping } from './mapping.ts';
import { MappingError } from './mapping-error.ts';
import { quoted, shown, textOfJson } from './python-text.ts';
import { compilingRmap, lookUp, type Rmap, referencesOf } from './rmap.ts';
import { RmapHeader } from './rmap-header.ts';
import { RuleCache } from './rule-cache.ts';
import { isNotApplicable, isOmitted, isSpecial } from './specials.ts';
import { inTurns } from './steps.ts';
import { type Traits, traitsOf } from './traits.ts';
import { compareText } from './values.ts';

/** Where a context gets its files from. */
export interface MappingSource {
  /** The mapping of a name; throws when there is none or it cannot be read. */
  read(name: string): Mapping | Promise<Mapping>;
  /** A hash of its contents, when it is known without reading; equal hashes share compiled rules. */
  hashOf?(name: string): string | undefined;
  /** What to throw instead of what compiling rules threw, which were read well. */
  failure?(thrown: unknown): unknown;
}

/** A dataset that rules cannot be chosen for at all: no instrument, or one that the context does not have. */
export class BestReferencesError extends Error {}

const instrumentAliases: ReadonlyMap<string, string> = new Map([['wfii', 'wfpc2']]);

/** Keywords under which headers name their instrument, after the context's own (crds 13.2.7). */
const instrumentKeywords = [
  'INSTRUME',
  'META.INSTRUMENT.NAME',
  'META_INSTRUMENT_NAME',
  'INSTRUMENT',
  'ROMAN.META.INSTRUMENT.NAME',
  'META.INSTRUMENT.TYPE',
  'META_INSTRUMENT_TYPE',
];

/**
 * A set of rules as one pmap names it; an imap or an rmap alone counts as a context of one instrument or type. Files
 * are read when an instrument is first asked for, and all of its files or none.
 */
export class Context {
  readonly name: string;
  readonly observatory: string;
  readonly traits: Traits;
  /** Names of imaps by instrument in lower case; a special value instead when an instrument has no rules. */
  private readonly imaps: ReadonlyMap<string, string>;
  private readonly root: Mapping;
  private readonly source: MappingSource;
  private readonly cache: RuleCache;
  private readonly loading = new Map<string, Promise<Instrument>>();
  private readonly loaded = new Map<string, Instrument>();
  private readonly files = new Map<string, readonly string[]>();

  private constructor(root: Mapping, source: MappingSource, cache: RuleCache) {
    this.name = root.name;
    this.root = root;
    this.source = source;
    this.cache = cache;
    this.observatory = new RmapHeader(root).text('observatory') ?? '';
    this.traits = traitsOf(this.observatory);
    this.imaps = root.kind === 'pmap' ? namesIn(root) : new Map([[instrumentNameOf(root), root.name]]);
  }

  /** Reads the pmap only. Throws what the source throws. */
  static async open(name: string, source: MappingSource, cache = new RuleCache()): Promise<Context> {
    return new Context(await source.read(name), source, cache);
  }

  /** Instruments that have rules, in lower case and in the order of the pmap. */
  get instruments(): string[] {
    return [...this.imaps].filter(([, name]) => !isSpecial(name)).map(([instrument]) => instrument);
  }

  /** Reads and compiles the rules of an instrument. Throws MappingError, BestReferencesError when unknown. */
  async load(instrument: string): Promise<Instrument> {
    const name = this.known(instrument);
    let pending = this.loading.get(name);
    if (pending === undefined) {
      pending = this.readInstrument(name).catch((thrown: unknown) => {
        throw this.source.failure?.(thrown) ?? thrown;
      });
      this.loading.set(name, pending);
      pending.catch(() => this.loading.delete(name));
    }
    return pending;
  }

  async loadAll(): Promise<void> {
    for (const instrument of this.instruments) await this.load(instrument);
  }

  /** The rules of an instrument; throws Error when they were not loaded before. */
  instrument(name: string): Instrument {
    const instrument = this.loaded.get(this.known(name));
    if (instrument === undefined) throw new Error(`${name} of ${this.name} has not been loaded`);
    return instrument;
  }

  /** Instrument of a dataset, in lower case. Throws BestReferencesError. */
  instrumentOf(raw: RawHeader): string {
    if (this.root.kind !== 'pmap') return this.instruments[0] ?? '';
    const read = readerOf(raw, this.traits.translate);
    const key = this.instrumentKey();
    for (const name of [key, key.toLowerCase(), ...instrumentKeywords]) {
      const value = read(name);
      if (value === undefined) continue;
      const text = textOfJson(value);
      if (text.toUpperCase() !== 'UNDEFINED') return this.known(text);
    }
    throw new BestReferencesError(`Missing '${key}' keyword in header for determining instrument.`);
  }

  /** Parameters that lookups need: the instrument's keyword, then the others sorted. Loads the instrument. */
  async requiredParameters(instrument: string): Promise<string[]> {
    const { required } = await this.load(instrument);
    return this.root.kind === 'pmap'
      ? [...new RmapHeader(this.root).names('parkey'), ...required]
      : [...required];
  }

  /** All mappings that the context leads to and itself, sorted. Loads everything. */
  async mappingNames(): Promise<string[]> {
    await this.loadAll();
    return [...new Set([this.name, ...[...this.files.values()].flat()])].sort(compareText);
  }

  /** All references that the context may recommend, sorted. Loads everything. */
  async referenceNames(): Promise<string[]> {
    await this.loadAll();
    const files = new Set<string>();
    for (const { types } of this.loaded.values()) {
      for (const rules of types.values()) {
        if (typeof rules !== 'string') for (const file of referencesOf(rules)) files.add(file);
      }
    }
    return [...files].sort(compareText);
  }

  private instrumentKey(): string {
    return (new RmapHeader(this.root).names('parkey')[0] ?? '').toUpperCase();
  }

  private known(instrument: string): string {
    const lower = instrument.toLowerCase();
    const name = instrumentAliases.get(lower) ?? lower;
    const imap = this.imaps.get(name);
    if (imap === undefined || isSpecial(imap)) {
      throw new BestReferencesError(`Unknown instrument ${shown(name)} for context ${quoted(this.name)}`);
    }
    return name;
  }

  private async readInstrument(name: string): Promise<Instrument> {
    const imapName = this.imaps.get(name) ?? '';
    const imap = this.root.kind === 'pmap' ? await this.source.read(imapName) : this.root;
    const types = new Map<string, TypeRules>();
    const own = imap.kind === 'rmap' ? [] : this.ownParameters(imap);
    const files = [imap.name];
    if (imap.kind === 'rmap') {
      const rmap = await inTurns(compilingRmap(imap));
      types.set(rmap.filekind, rmap);
    } else {
      for (const [type, file] of namesIn(imap)) {
        if (isOmitted(file)) types.set(type, 'omitted');
        else if (isNotApplicable(file)) types.set(type, 'not-applicable');
        else {
          types.set(type, await this.readRmap(file));
          files.push(file);
        }
      }
    }
    const instrument = new Instrument(name, types, own, this.traits.translate);
    this.files.set(name, files);
    this.loaded.set(name, instrument);
    return instrument;
  }

  private ownParameters(imap: Mapping): string[] {
    const header = new RmapHeader(imap);
    return [...header.names('parkey'), ...header.names('extra_keys')];
  }

  private readRmap(file: string): Promise<Rmap> {
    const compile = async (): Promise<Rmap> => inTurns(compilingRmap(await this.source.read(file)));
    const hash = this.source.hashOf?.(file);
    return hash === undefined ? compile() : this.cache.get(hash, compile);
  }
}

/** Names of files by key in lower case. */
function namesIn(mapping: Mapping): Map<string, string> {
  if (!(mapping.selector instanceof Dict)) {
    throw new MappingError('form', mapping.name, 1, 1, 'a dictionary of file names');
  }
  const names = new Map<string, string>();
  for (const [key, value] of mapping.selector.entries) {
    if (typeof key === 'string' && typeof value === 'string') names.set(key.toLowerCase(), value);
  }
  return names;
}

function instrumentNameOf(root: Mapping): string {
  return new RmapHeader(root).text('instrument') ?? '';
}

/**
 * Best references of a dataset by type, as the client gets them: a name, a list, an object, or `NOT FOUND …`; types
 * that rules leave out are absent. The instrument must have been loaded.
 * @param types only these; null or an empty list stands for all.
 * @throws BestReferencesError when the instrument cannot be told or is not known.
 */
export function bestReferences(
  context: Context,
  raw: RawHeader,
  types: readonly string[] | null,
): Record<string, Answer> {
  const instrument = context.instrument(context.instrumentOf(raw));
  const header = instrument.headerOf(raw);
  const answers = Object.create(null) as Record<string, Answer>;
  const asked = types === null || types.length === 0 ? instrument.types.keys() : types;
  for (const type of asked) {
    const name = type.toLowerCase();
    const answer = answerFor(instrument, name, header);
    if (answer !== null) answers[name] = answer;
  }
  return answers;
}

function answerFor(instrument: Instrument, type: string, header: Header): Answer {
  const rules = instrument.types.get(type);
  if (rules === undefined) return `NOT FOUND Unknown reference type ${shown(type)}`;
  if (rules === 'omitted') return null;
  if (rules === 'not-applicable') return 'NOT FOUND n/a';
  const outcome = lookUp(rules, header);
  return outcome instanceof Failure ? `NOT FOUND ${outcome.text}` : outcome;
}
