import { Dict, type Literal, NumberLiteral, Tuple } from './literal.ts';

/** What is recommended for one type, as JSON: a file name mostly, or a list or an object of names. */
export type Answer =
  | string
  | number
  | boolean
  | null
  | readonly Answer[]
  | { readonly [key: string]: Answer };

/** The answer for a type that does not apply; clients take `n/a` in any case as harmless. */
export const notApplicable = 'NOT FOUND n/a';

/** A terminal of the rules as JSON. */
export function answerOf(literal: Literal): Answer {
  if (typeof literal === 'string' || typeof literal === 'boolean' || literal === null) return literal;
  if (literal instanceof NumberLiteral) return literal.value;
  if (literal instanceof Tuple) return literal.items.map(answerOf);
  if (literal instanceof Dict) {
    const object = Object.create(null) as Record<string, Answer>;
    for (const [key, value] of literal.entries) object[String(answerOf(key))] = answerOf(value);
    return object;
  }
  return literal.map(answerOf);
}
