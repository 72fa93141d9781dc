import { isSameLiteral, keyIdentity } from '../key-identity.ts';
import { Dict, type Literal, NumberLiteral, Tuple } from '../literal.ts';
import { type Entry, isSelector, type Selector } from '../mapping.ts';
import { keyValues } from '../parameters.ts';
import { quoted, reprOf } from '../python-text.ts';
import { type Difference, differenceAt, inside, type Place } from './difference.ts';

/** A tree of rules with the parameters of its levels. */
export interface Rules {
  readonly selector: Selector;
  readonly levels: readonly (readonly string[])[];
}

/** What two trees of rules say differently; a rule is the same one when its key is written the same. */
export function selectorDifferences(before: Rules, after: Rules, place: Place): Difference[] {
  const found: Difference[] = [];
  compare(before, after, place, true, found);
  return found;
}

/** Every leaf of a tree as one difference. */
export function leafDifferences(rules: Rules, change: string, place: Place): Difference[] {
  const found: Difference[] = [];
  addLeaves(rules, change, place, found);
  return found;
}

function compare(before: Rules, after: Rules, place: Place, isTop: boolean, found: Difference[]): void {
  const { selector } = before.selector;
  if (selector !== after.selector.selector) {
    found.push(differenceAt(place, `different classes ${selector} : ${after.selector.selector}`));
    return;
  }
  const parameters = tupleText(before.levels[0]);
  const newParameters = tupleText(after.levels[0]);
  if (parameters !== newParameters) {
    found.push(differenceAt(place, `different parameter lists  ${parameters} : ${newParameters}`));
    return;
  }
  const old = byKey(before.selector.entries);
  const current = byKey(after.selector.entries);
  for (const [identity, entry] of old) {
    const counterpart = current.get(identity);
    if (counterpart === undefined) addRule(before, entry, 'deleted', isTop, place, found);
    else compareValues(before, entry, after, counterpart, place, found);
  }
  for (const [identity, entry] of current) {
    if (!old.has(identity)) addRule(after, entry, 'added', isTop, place, found);
  }
}

/** Two rules with the same key. */
function compareValues(
  before: Rules,
  { key, value }: Entry,
  after: Rules,
  { value: newValue }: Entry,
  place: Place,
  found: Difference[],
): void {
  const at = placeBelow(before, key, place);
  if (!isSelector(value)) {
    if (!isSelector(newValue) && isSameLiteral(value, newValue)) return;
    found.push(
      differenceAt(
        placeOf(before, key, place),
        `replaced ${reprOf(value)} with ${shown(newValue, after.levels[1])}`,
      ),
    );
  } else if (isSelector(newValue)) {
    const [, ...levels] = before.levels;
    const [, ...newLevels] = after.levels;
    compare({ selector: value, levels }, { selector: newValue, levels: newLevels }, at, false, found);
  } else {
    const newClass = newValue === 'N/A' ? 'N/A' : className(newValue);
    found.push(differenceAt(at, `different classes ${value.selector} : ${newClass}`));
  }
}

function addRule(
  rules: Rules,
  { key, value }: Entry,
  change: 'added' | 'deleted',
  isTop: boolean,
  place: Place,
  found: Difference[],
): void {
  const rule = `${change} ${rules.selector.selector} rule for`;
  if (isSelector(value)) {
    const below = placeBelow(rules, key, place);
    addLeaves({ selector: value, levels: rules.levels.slice(1) }, rule, below, found);
  } else {
    const message = `${isTop ? rule : `${change} terminal`} ${reprOf(value)}`;
    found.push(differenceAt(placeOf(rules, key, place), message));
  }
}

function addLeaves(rules: Rules, change: string, place: Place, found: Difference[]): void {
  const levels = rules.levels.slice(1);
  for (const { key, value } of rules.selector.entries) {
    if (isSelector(value)) {
      addLeaves({ selector: value, levels }, change, placeBelow(rules, key, place), found);
    } else found.push(differenceAt(placeOf(rules, key, place), `${change} ${reprOf(value)}`));
  }
}

function byKey(entries: readonly Entry[]): Map<string | number | undefined, Entry> {
  return new Map(entries.map((entry) => [keyIdentity(entry.key), entry]));
}

/** Where the rules below a key are. */
function placeBelow({ selector, levels }: Rules, key: Literal, place: Place): Place {
  const [parameters = []] = levels;
  return inside(place, keyValues(selector.selector, key, parameters), parameters);
}

/** Where a file at a key is; a key that Python takes for false (`()`, `0.0`) adds nothing to the way. */
function placeOf(rules: Rules, key: Literal, place: Place): Place {
  return isFalse(key) ? place : placeBelow(rules, key, place);
}

function isFalse(key: Literal): boolean {
  if (key instanceof Tuple) return key.items.length === 0;
  if (key instanceof NumberLiteral) return key.value === 0;
  return key === '' || key === false || key === null;
}

/** `repr` of what a rule leads to. */
function shown(value: Selector | Literal, parameters: readonly string[] | undefined): string {
  if (!isSelector(value)) return reprOf(value);
  return `${value.selector}Selector(${tupleText(parameters)}, nselections=${value.entries.length})`;
}

function tupleText(names: readonly string[] = []): string {
  return `(${names.map(quoted).join(', ')}${names.length === 1 ? ',' : ''})`;
}

/** Python's name for the class of a literal. */
function className(value: Literal): string {
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (value === null) return 'NoneType';
  if (value instanceof NumberLiteral) return /^-?\d+$/.test(value.text) ? 'int' : 'float';
  if (value instanceof Tuple) return 'tuple';
  return value instanceof Dict ? 'dict' : 'list';
}
