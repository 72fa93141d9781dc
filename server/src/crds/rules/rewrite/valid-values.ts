import { keyIdentity } from '../key-identity.ts';
import { quoted, readFloat, textOf } from '../python-text.ts';
import { conditionValue, isEsoteric } from '../values.ts';
import { RuleUpdateError } from './rule-key.ts';
import type { KeySubstitutions } from './substitutions.ts';

/** Conditioned values that constraints allow for a parameter, by its name; none or an empty list allows all. */
export type ValidValues = ReadonlyMap<string, readonly string[]>;

/** Negations and substitutions that are followed. */
const deepest = 20;

/**
 * Refuses a value in a key that constraints do not allow (crds 13.2.7, `_validate_value`). A list of one text `a:b` is
 * a range of numbers.
 */
export function checkValue(
  name: string,
  value: string,
  valid: ValidValues,
  substitutions: KeySubstitutions,
  depth = 0,
): void {
  const list = valid.get(name) ?? [];
  if (list.length === 0 || list.includes(value) || list.includes(conditionValue(value))) return;
  if (value.startsWith('NOT') && depth < deepest) {
    checkValue(name, value.slice('NOT'.length).trim(), valid, substitutions, depth + 1);
    return;
  }
  if (isEsoteric(value) || value === '*' || value === 'ANY' || value === 'N/A') return;
  const [range = ''] = list;
  if (list.length === 1 && range.includes(':')) {
    const [from = Number.NaN, to = Number.NaN] = range.split(':').map((limit) => readFloat(limit));
    const number = readFloat(value) ?? Number.NaN;
    if (number >= from && number <= to) return;
    throw new RuleUpdateError(`${quoted(name)} is ${quoted(value)}, not between ${from} and ${to}`);
  }
  const replacement = substitutions.get(name)?.get(keyIdentity(value));
  if (replacement !== undefined && depth < deepest) {
    checkValue(name, textOf(replacement), valid, substitutions, depth + 1);
    return;
  }
  throw new RuleUpdateError(`${quoted(name)} is ${quoted(value)}, not one of ${list.map(quoted).join(', ')}`);
}
