import { type Literal, Tuple } from '../literal.ts';
import {
  type Entry,
  isSelector,
  type Mapping,
  mappingOf,
  type Selector,
  type SelectorName,
  selectorNames,
} from '../mapping.ts';
import { inKeyOrder } from '../order.ts';
import { namesIn, parameterLevels } from '../parameters.ts';
import { quoted, reprOf, textOf } from '../python-text.ts';
import { conditionKey } from '../selectors/key.ts';
import { alternativesOf, conditionValue } from '../values.ts';
import {
  checkKey,
  type DatasetValues,
  isComment,
  makeKey,
  RuleUpdateError,
  ruleIdentity,
} from './rule-key.ts';
import { type KeySubstitutions, keySubstitutionsOf, substituted } from './substitutions.ts';
import { hasDifferentWeight, isSuperset } from './superset.ts';
import { checkValue, type ValidValues } from './valid-values.ts';

export interface InsertOptions {
  /** Values that constraints allow in keys; everything when it is left out. */
  readonly validValues?: ValidValues;
}

/** What an insertion did. */
export interface Insertion {
  readonly mapping: Mapping;
  /** What the file stands in place of, null when its rule is new. */
  readonly replaced: string | null;
  /** Doubtful rules, in words. */
  readonly warnings: readonly string[];
}

/**
 * Inserts a reference into an rmap where its values belong: an existing rule of the same key gets it, else rules are
 * added, one level for each of the classes that the header names (crds 13.2.7).
 * @param values parameters of the reference in dataset terms.
 * @throws {RuleUpdateError} for rules that cannot take it.
 */
export function insertReference(
  mapping: Mapping,
  values: DatasetValues,
  file: string,
  options: InsertOptions = {},
): Insertion {
  if (!isSelector(mapping.selector)) throw new RuleUpdateError('references are inserted into an rmap only');
  const classes = classesOf(mapping);
  const insertion = new Inserting(mapping, values, file, options);
  const selector = insertion.into(mapping.selector, classes, parameterLevels(mapping));
  const { kind, writtenHeader, comment } = mapping;
  return {
    mapping: mappingOf(kind, writtenHeader, comment, selector),
    replaced: insertion.replaced,
    warnings: insertion.warnings,
  };
}

/** The selectors of each level that the header names. */
function classesOf(mapping: Mapping): SelectorName[] {
  const names = mapping.header.has('classes') ? namesIn(mapping, 'classes') : ['Match', 'UseAfter'];
  const levels = parameterLevels(mapping).length;
  if (names.length !== levels) {
    const problem = `has ${names.length} levels (${names.join(', ')}), parkey ${levels}`;
    throw new RuleUpdateError(`rules of unclear depth: classes ${problem}`);
  }
  return names.map((name) => {
    const known = selectorNames.find((selector) => selector === name);
    if (known === undefined) throw new RuleUpdateError(`classes names an unknown selector: ${quoted(name)}`);
    return known;
  });
}

type Levels = readonly (readonly string[])[];

class Inserting {
  replaced: string | null = null;
  readonly warnings: string[] = [];
  private readonly mapping: Mapping;
  private readonly values: DatasetValues;
  private readonly file: string;
  private readonly validValues: ValidValues;
  private readonly comments: ReadonlySet<string>;
  private readonly substitutions: KeySubstitutions;

  constructor(mapping: Mapping, values: DatasetValues, file: string, options: InsertOptions) {
    this.mapping = mapping;
    this.values = values;
    this.file = file;
    this.validValues = options.validValues ?? new Map();
    this.comments = new Set(namesIn(mapping, 'comment_parkeys').map((name) => name.toUpperCase()));
    this.substitutions = keySubstitutionsOf(mapping);
  }

  /** A selector with the file in it. */
  into({ selector, entries }: Selector, classes: readonly SelectorName[], levels: Levels): Selector {
    const [parameters = [], ...below] = levels;
    const key = makeKey(selector, this.values, parameters);
    this.check(selector, key, parameters, entries);
    const identity = ruleIdentity(selector, key, parameters, this.comments);
    const found = entries.findIndex(
      (entry) => ruleIdentity(selector, entry.key, parameters, this.comments) === identity,
    );
    const entry = entries[found];
    const [, ...deeper] = classes;
    if (deeper.length === 0) {
      // At a leaf the new key takes the place of the old one, which may have been written another way.
      if (entry !== undefined) this.replaces(entry);
      return replaceEntry(selector, entries, found, { key, value: this.file, line: 0 });
    }
    if (entry !== undefined && isSelector(entry.value)) {
      const value = this.into(entry.value, deeper, below);
      return replaceEntry(selector, entries, found, { ...entry, value });
    }
    if (entry !== undefined) this.replaces(entry);
    const value = this.path(deeper, below);
    return replaceEntry(selector, entries, found, { key: entry?.key ?? key, value, line: 0 });
  }

  private replaces({ key, value }: Entry): void {
    if (isSelector(value))
      throw new RuleUpdateError(`the rule at ${reprOf(key)} leads to more rules, not to a file`);
    this.replaced = textOf(value);
  }

  /** New selectors down to the file. */
  private path(classes: readonly SelectorName[], levels: Levels): Selector | string {
    const [selector, ...deeper] = classes;
    const [parameters = [], ...below] = levels;
    if (selector === undefined) return this.file;
    const key = makeKey(selector, this.values, parameters);
    this.check(selector, key, parameters, []);
    return { selector, entries: [{ key, value: this.path(deeper, below), line: 0 }] };
  }

  private check(
    selector: SelectorName,
    key: Literal,
    parameters: readonly string[],
    entries: readonly Entry[],
  ): void {
    checkKey(selector, key);
    if (selector !== 'Match') return;
    const elements = key instanceof Tuple ? key.items.map(textOf) : [textOf(key)];
    for (const [at, name] of parameters.entries()) {
      if (isComment(name, this.comments)) continue;
      for (const value of alternativesOf(elements[at] ?? '')) {
        checkValue(name, value, this.validValues, this.substitutions);
      }
    }
    this.checkSpecialCase(elements.map(conditionValue), parameters, entries);
  }

  /**
   * A rule that is a special case of another of the same weight makes both of them match its datasets. Hubble's rules
   * are merged in this case, those of others must not come to it.
   */
  private checkSpecialCase(
    key: readonly string[],
    parameters: readonly string[],
    entries: readonly Entry[],
  ): void {
    for (const entry of entries) {
      const other = conditionKey(substituted(entry.key, parameters, this.substitutions));
      const isSame = key.length === other.length && key.every((value, at) => value === other[at]);
      if (isSame || !isSuperset(other, key) || hasDifferentWeight(key, other)) continue;
      const problem = `the rule ${shown(key)} is a special case of equal weight of ${shown(other)}`;
      if (this.mapping.header.get('observatory') !== 'hst' || !mergesOverlaps(this.mapping)) {
        throw new RuleUpdateError(`${problem}; deliver the file with values of an existing rule`);
      }
      this.warnings.push(problem);
    }
  }
}

function mergesOverlaps(mapping: Mapping): boolean {
  const stated = mapping.header.get('merge_overlaps');
  return stated === undefined || ['TRUE', '1'].includes(textOf(stated).toUpperCase());
}

function shown(key: readonly string[]): string {
  return `(${key.map(quoted).join(', ')})`;
}

/** A selector with one entry replaced, or added when there is none to replace. */
function replaceEntry(selector: SelectorName, entries: readonly Entry[], at: number, entry: Entry): Selector {
  const kept = at < 0 ? entries : entries.toSpliced(at, 1);
  return { selector, entries: inKeyOrder([...kept, entry]) };
}
