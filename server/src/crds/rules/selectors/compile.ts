import { answerOf } from '../answer.ts';
import { type Element, readElement } from '../element.ts';
import { internParameters, type Parameters } from '../header.ts';
import { keyIdentity } from '../key-identity.ts';
import { type Literal, NumberLiteral, Tuple } from '../literal.ts';
import { type Entry, isSelector, type Selector } from '../mapping.ts';
import { MappingError } from '../mapping-error.ts';
import { compareTexts } from '../order.ts';
import { readFloat, textOf } from '../python-text.ts';
import { type Steps, sortInSteps } from '../steps.ts';
import { compareText, conditionValue } from '../values.ts';
import { compareVersions, readVersion } from '../versions.ts';
import { Bracket } from './bracket.ts';
import { ClosestTime } from './closest-time.ts';
import { conditionKey } from './key.ts';
import { LegalValues, type ReplacedValues, type Substitutions } from './legal.ts';
import { Match } from './match.ts';
import { GeometricallyNearest } from './nearest.ts';
import type { Branch, Rule } from './rule.ts';
import { compareRelations, readRelation, SelectVersion } from './select-version.ts';
import { UseAfter } from './use-after.ts';
import { VersionAfter } from './version-after.ts';

/** What the levels of one rmap have in common. */
export interface CompileOptions {
  /** Name of the file, for errors. */
  readonly file: string;
  readonly levels: readonly (readonly string[])[];
  readonly substitutions: Substitutions;
  readonly isMerging: boolean;
}

/** Compiles a selector tree. Throws MappingError for keys that mean nothing or the same as another one. */
export function compilingSelector(selector: Selector, options: CompileOptions): Steps<Rule> {
  return new Compiler(options).level(selector, 0);
}

/** Entries that are compiled in one step. */
const entriesOfStep = 256;
/** From so many clauses on they are put in order for lookups here, not at the first lookup. */
const manyClauses = 4096;

class Compiler {
  private readonly options: CompileOptions;
  private readonly levels: readonly Parameters[];
  /** Elements by their text: most of them come again and again. */
  private readonly known = new Map<string, Element>();
  private entries = 0;

  constructor(options: CompileOptions) {
    this.options = options;
    this.levels = options.levels.map(internParameters);
  }

  *level(selector: Selector, depth: number): Steps<Rule> {
    const parameters = this.levels[depth];
    if (parameters === undefined) {
      return this.fail(selector.entries[0], `a tuple of parameters in 'parkey' for level ${depth + 1}`);
    }
    const entries = yield* this.substituted(selector.entries, parameters);
    switch (selector.selector) {
      case 'Match':
        return yield* this.match(entries, parameters, depth);
      case 'UseAfter':
        return new UseAfter(parameters, yield* this.byText(entries, textOf, depth));
      case 'ClosestTime':
        return new ClosestTime(parameters, yield* this.byText(entries, textOf, depth));
      case 'GeometricallyNearest':
        return yield* this.nearest(entries, parameters, depth);
      case 'Bracket':
        return yield* this.bracket(entries, parameters, depth);
      case 'VersionAfter':
        return yield* this.versionAfter(entries, parameters, depth);
      case 'SelectVersion':
        return yield* this.selectVersion(entries, parameters, depth);
    }
  }

  private *match(entries: readonly Entry[], parameters: Parameters, depth: number): Steps<Match> {
    const clauses = yield* this.each(entries, (entry) => ({ entry, key: conditionKey(entry.key) }));
    yield* sortInSteps(clauses, (a, b) => compareTexts(a.key, b.key));
    for (const [index, { entry, key }] of clauses.entries()) {
      if (++this.entries % entriesOfStep === 0) yield;
      if (key.length !== parameters.length) this.fail(entry, `${parameters.length} values in the key`);
      const before = clauses[index - 1];
      if (before !== undefined && compareTexts(before.key, key) === 0) {
        this.fail(entry, `a key that is different from the one in line ${before.entry.line}`);
      }
    }
    const legal: LegalValues[] = [];
    for (const name of parameters) {
      const positions = parameters.flatMap((other, at) => (other === name ? [at] : []));
      const distinct = new Set<string>();
      yield* this.each(clauses, ({ key }) => {
        for (const at of positions) distinct.add(key[at] ?? '');
      });
      legal.push(new LegalValues(name, distinct, this.options.substitutions));
    }
    const match = new Match({
      parameters,
      branches: yield* this.branches(clauses, depth),
      elements: yield* this.each(clauses, ({ entry, key }) =>
        key.map((element) => this.element(entry, element)),
      ),
      legal,
      isMerging: this.options.isMerging,
    });
    if (clauses.length >= manyClauses) yield* match.preparing();
    return match;
  }

  /** What a function makes of each, some hundred in a step. */
  private *each<T, U>(items: readonly T[], make: (item: T) => U): Steps<U[]> {
    const made: U[] = [];
    for (const item of items) {
      made.push(make(item));
      if (++this.entries % entriesOfStep === 0) yield;
    }
    return made;
  }

  private *branches(
    entries: readonly { readonly entry: Entry; readonly key: string | readonly string[] }[],
    depth: number,
  ): Steps<Branch[]> {
    const branches: Branch[] = [];
    for (const { entry, key } of entries) {
      branches.push(yield* this.branch(entry, key, depth));
      if (++this.entries % entriesOfStep === 0) yield;
    }
    return branches;
  }

  private element(entry: Entry, text: string): Element {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    try {
      const element = readElement(text);
      this.known.set(text, element);
      return element;
    } catch (error) {
      return this.fail(entry, error instanceof Error ? error.message : 'a key with a meaning');
    }
  }

  private *byText(
    entries: readonly Entry[],
    keyOf: (key: Literal) => string,
    depth: number,
  ): Steps<Branch[]> {
    const keyed = entries.map((entry) => ({ entry, key: keyOf(entry.key) }));
    const branches = yield* this.branches(keyed, depth);
    yield* sortInSteps(branches, (a, b) => compareText(String(a.key), String(b.key)));
    return branches;
  }

  private *nearest(
    entries: readonly Entry[],
    parameters: Parameters,
    depth: number,
  ): Steps<GeometricallyNearest> {
    this.single(entries, parameters);
    const branches = yield* this.byText(entries, (key) => conditionValue(textOf(key)), depth);
    for (const [index, branch] of branches.entries()) {
      if (index > 0 && branch.key === branches[index - 1]?.key) this.fail(branch, 'another number');
      if (readFloat(String(branch.key)) === undefined) this.fail(branch, 'a number');
    }
    return new GeometricallyNearest(parameters, branches);
  }

  private *bracket(entries: readonly Entry[], parameters: Parameters, depth: number): Steps<Bracket> {
    this.single(entries, parameters);
    const numbered = entries.map((entry) => {
      const number = entry.key instanceof NumberLiteral ? entry.key.value : this.fail(entry, 'a number');
      return { number, entry, key: textOf(entry.key) };
    });
    yield* sortInSteps(numbered, (a, b) => a.number - b.number);
    return new Bracket(
      parameters,
      yield* this.branches(numbered, depth),
      numbered.map(({ number }) => number),
    );
  }

  private *versionAfter(
    entries: readonly Entry[],
    parameters: Parameters,
    depth: number,
  ): Steps<VersionAfter> {
    const known = entries.map((entry) => {
      const version = typeof entry.key === 'string' ? readVersion(entry.key) : undefined;
      return {
        version: version ?? this.fail(entry, 'a version such as 1.2.3'),
        entry,
        key: textOf(entry.key),
      };
    });
    yield* sortInSteps(known, (a, b) => compareVersions(a.version, b.version));
    for (const [index, { version, entry }] of known.entries()) {
      const before = known[index - 1];
      if (before !== undefined && compareVersions(before.version, version) === 0)
        this.fail(entry, 'another version');
    }
    return new VersionAfter(
      parameters,
      yield* this.branches(known, depth),
      known.map(({ version }) => version),
    );
  }

  private *selectVersion(
    entries: readonly Entry[],
    parameters: Parameters,
    depth: number,
  ): Steps<SelectVersion> {
    this.single(entries, parameters);
    const known = entries.map((entry) => {
      const relation = readRelation(textOf(entry.key));
      return {
        relation: relation ?? this.fail(entry, 'a relation such as <5, =5 or default'),
        entry,
        key: textOf(entry.key),
      };
    });
    yield* sortInSteps(known, (a, b) => compareRelations(a.relation, b.relation));
    for (const [index, { relation, entry }] of known.entries()) {
      const before = known[index - 1];
      if (before !== undefined && compareRelations(before.relation, relation) === 0) {
        this.fail(entry, 'another relation');
      }
    }
    return new SelectVersion(
      parameters,
      yield* this.branches(known, depth),
      known.map(({ relation }) => relation),
    );
  }

  private single(entries: readonly Entry[], parameters: Parameters): void {
    if (parameters.length !== 1) this.fail(entries[0], 'one parameter for this selector');
  }

  private *branch(entry: Entry, key: string | readonly string[], depth: number): Steps<Branch> {
    const { value, line } = entry;
    if (isSelector(value))
      return { key, line, rule: yield* this.level(value, depth + 1), answer: null, literal: null };
    return { key, line, rule: null, answer: answerOf(value), literal: value };
  }

  /**
   * Entries with keys as the substitutions make them. Of two that become the same as written, the later counts and
   * nobody is told, as in the original; two that become the same only by conditioning are an error.
   */
  private *substituted(entries: readonly Entry[], parameters: Parameters): Steps<readonly Entry[]> {
    let current = entries;
    for (const [at, name] of parameters.entries()) {
      const replaced = this.options.substitutions.get(name);
      if (replaced === undefined || parameters.indexOf(name) !== at) continue;
      const byKey = new Map(current.map((entry) => [keyIdentity(entry.key), entry]));
      for (const entry of current) {
        if (++this.entries % entriesOfStep === 0) yield;
        const key = substitute(entry.key, at, replaced);
        if (key === undefined) continue;
        const old = keyIdentity(entry.key);
        const value = byKey.get(old)?.value ?? entry.value;
        byKey.delete(old);
        byKey.set(keyIdentity(key), { ...entry, value, key });
      }
      current = [...byKey.values()];
    }
    return current;
  }

  private fail(at: { readonly line: number } | undefined, expected: string): never {
    throw new MappingError('form', this.options.file, at?.line ?? 1, 1, expected);
  }
}

/** The key with one element replaced; undefined when nothing is replaced. */
function substitute(key: Literal, at: number, replaced: ReplacedValues): Literal | undefined {
  const items = key instanceof Tuple ? key.items : [key];
  const element = items[key instanceof Tuple ? at : 0];
  if (element === undefined) return undefined;
  const instead = replaced.get(keyIdentity(element) ?? '');
  if (instead === undefined) return undefined;
  const value = Array.isArray(instead) ? new Tuple(instead) : instead;
  return key instanceof Tuple ? new Tuple(items.map((item, index) => (index === at ? value : item))) : value;
}
