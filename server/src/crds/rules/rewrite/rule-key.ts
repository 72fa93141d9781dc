import { DateError, reformatDate } from '../dates.ts';
import { keyIdentity } from '../key-identity.ts';
import { type Literal, NumberLiteral, Tuple } from '../literal.ts';
import type { SelectorName } from '../mapping.ts';
import { floatText, quoted, readFloat, textOf } from '../python-text.ts';
import { conditionKey } from '../selectors/key.ts';
import { type Relation, readRelation } from '../selectors/select-version.ts';
import { alternativesOf, conditionValue } from '../values.ts';
import { readVersion, versionProblem } from '../versions.ts';

/** Rules that cannot be changed as asked; the text says why. */
export class RuleUpdateError extends Error {}

/** Values of parameters in dataset terms, by name as rules write it. */
export type DatasetValues = ReadonlyMap<string, string>;

/** The key that a reference with these values has in a selector (crds 13.2.7), as it would be written. */
export function makeKey(
  selector: SelectorName,
  values: DatasetValues,
  parameters: readonly string[],
): Literal {
  const texts = parameters.map((name) => {
    const value = values.get(name);
    if (value === undefined) throw new RuleUpdateError(`the reference has no value for ${quoted(name)}`);
    return value;
  });
  switch (selector) {
    case 'UseAfter':
    case 'ClosestTime':
      return texts.join(' ');
    case 'VersionAfter':
      return compressed(texts.join('.'));
    case 'GeometricallyNearest':
    case 'Bracket':
      return numberKey(parameters[0] ?? '', texts[0] ?? '');
    default: {
      const elements = texts.map(compressed);
      const [only] = elements;
      return elements.length === 1 && only !== undefined ? only : new Tuple(elements);
    }
  }
}

/** An or-set sorted, without blanks and empty members. */
function compressed(value: string): string {
  return alternativesOf(value).join('|');
}

function numberKey(name: string, text: string): NumberLiteral {
  const value = readFloat(text);
  if (value === undefined || !Number.isFinite(value)) {
    throw new RuleUpdateError(`${quoted(name)} is no number: ${quoted(text)}`);
  }
  return new NumberLiteral(floatText(value), value);
}

/**
 * What two keys of a selector have in common when they are keys of the same rule; values of a Match for parameters
 * that are only comments do not count.
 */
export function ruleIdentity(
  selector: SelectorName,
  key: Literal,
  parameters: readonly string[],
  comments: ReadonlySet<string>,
): string | number | undefined {
  switch (selector) {
    case 'Match': {
      const elements = conditionKey(key);
      return JSON.stringify(
        elements.map((element, at) => (isComment(parameters[at], comments) ? 0 : element)),
      );
    }
    case 'VersionAfter':
      return versionOf(key).join('.');
    case 'SelectVersion':
      return JSON.stringify(relationOf(key));
    case 'GeometricallyNearest':
      return conditionValue(textOf(key));
    default:
      return keyIdentity(key);
  }
}

export function isComment(parameter: string | undefined, comments: ReadonlySet<string>): boolean {
  return parameter !== undefined && comments.has(parameter.toUpperCase());
}

/** Refuses a key that no lookup could use. A Match has more to it, see the insertion. */
export function checkKey(selector: SelectorName, key: Literal): void {
  if (selector === 'VersionAfter') versionOf(key);
  if (selector === 'SelectVersion') relationOf(key);
  if (selector !== 'UseAfter' && selector !== 'ClosestTime') return;
  try {
    reformatDate(textOf(key));
  } catch (error) {
    if (error instanceof DateError) throw new RuleUpdateError(`no date and time: ${quoted(textOf(key))}`);
    throw error;
  }
}

function versionOf(key: Literal): readonly number[] {
  const version = readVersion(textOf(key));
  if (version === undefined) throw new RuleUpdateError(versionProblem(textOf(key)));
  return version;
}

function relationOf(key: Literal): Relation {
  const relation = readRelation(textOf(key));
  if (relation === undefined) throw new RuleUpdateError(`no relation to a version: ${quoted(textOf(key))}`);
  return relation;
}
