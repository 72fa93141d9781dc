import { type Literal, Tuple } from '../literal.ts';
import { textOf } from '../python-text.ts';
import { alternativesOf, conditionValue } from '../values.ts';

/** The elements of a Match key as they are compared; a bare value is a key of one element. */
export function conditionKey(key: Literal): string[] {
  return key instanceof Tuple ? key.items.map(conditionElement) : [conditionElement(key)];
}

/** One element: patterns and literals in braces stay as they are, sets are sorted and conditioned one by one. */
function conditionElement(element: Literal): string {
  if (typeof element !== 'string') {
    const members = element instanceof Tuple ? element.items : Array.isArray(element) ? element : undefined;
    if (members !== undefined) return members.map((item) => conditionValue(textOf(item))).join('|');
    return conditionValue(textOf(element));
  }
  if (element.startsWith('{') && element.endsWith('}')) return element;
  if (element.startsWith('(') && element.endsWith(')')) return element;
  if (!element.includes('|')) return conditionValue(element);
  return alternativesOf(element).map(conditionValue).join('|');
}
