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
import { MappingError } from '../mapping-error.ts';
import { inKeyOrder } from '../order.ts';
import { namesIn, parameterLevels } from '../parameters.ts';
import { quoted, reprOf, textOf } from '../python-text.ts';
import { compileRmap } from '../rmap.ts';
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
  const insertion = insertUnchecked(mapping, values, file, options);
  checkRules(insertion.mapping);
  return insertion;
}

/** Refuses rules that no lookup could use. */
export function checkRules(mapping: Mapping): void {
  try {
    compileRmap(mapping);
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    throw new RuleUpdateError(`the new rules cannot be used: ${error.message}`);
  }
}

/** Inserts a reference without looking whether the rules can be used, for several in a row. */
export function insertUnchecked(
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
  into(selector: Selector, classes: readonly SelectorName[], levels: Levels): Selector {
    const [parameters = [], ...below] = levels;
    const [, ...deeper] = classes;
    const key = makeKey(selector.selector, this.values, parameters);
    this.check(selector.selector, key, parameters, selector.entries);
    const [entry, ...others] = this.rulesOf(selector, key, parameters);
    if (entry !== undefined && isSelector(entry.value) && deeper.length > 0) {
      return withEntry(selector, { ...entry, value: this.into(entry.value, deeper, below) }, entry);
    }
    if (entry !== undefined) this.replaces(entry, others);
    const value = this.path(deeper, below);
    // At a leaf the new key takes the place of the old one, which may have been written another way.
    const written = deeper.length === 0 ? key : (entry?.key ?? key);
    return withEntry(selector, { key: written, value, line: 0 }, entry);
  }

  /** Rules with this key, in the order of the file when it is written; several when comments tell them apart. */
  private rulesOf({ selector, entries }: Selector, key: Literal, parameters: readonly string[]): Entry[] {
    const identity = ruleIdentity(selector, key, parameters, this.comments);
    return inKeyOrder(
      entries.filter((entry) => ruleIdentity(selector, entry.key, parameters, this.comments) === identity),
    );
  }

  private replaces({ key, value }: Entry, [other]: readonly Entry[]): void {
    if (isSelector(value)) {
      throw new RuleUpdateError(`the rule at ${reprOf(key)} leads to more rules, not to a file`);
    }
    if (other !== undefined) {
      throw new RuleUpdateError(
        `only comments tell the rules at ${reprOf(key)} and ${reprOf(other.key)} apart`,
      );
    }
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

/** A selector with one more entry, or with one in place of another. */
function withEntry({ selector, entries }: Selector, entry: Entry, old: Entry | undefined): Selector {
  return { selector, entries: inKeyOrder([...entries.filter((kept) => kept !== old), entry]) };
}
