import { EvaluationError, type Expression, isTrue, readExpression } from '../expression.ts';
import { ExpressionSyntaxError } from '../expression-tokens.ts';
import { Grammar } from '../grammar.ts';
import { Dict, type Literal } from '../literal.ts';
import { Scanner } from '../scan.ts';
import { withUnixLines } from '../sum.ts';

/** When its condition holds for the header of a reference, a parameter stands for these values. */
export interface Expansion {
  readonly parameter: string;
  readonly condition: Expression;
  /** Mostly several values, `A|B`. */
  readonly values: string;
}

/** Expansions by instrument, in lower case, in the order in which they count; the last that holds wins. */
export type Expansions = ReadonlyMap<string, readonly Expansion[]>;

/**
 * Reads what an observatory's references mean by words such as `ANY`: a dictionary {instrument: {parameter:
 * {condition: values}}} as crds 13.2.7 keeps it.
 * @throws {MappingError} saying where and what was expected.
 */
export function readExpansions(text: string, file: string): Expansions {
  const scan = new Scanner(withUnixLines(text), file);
  const expansions = new Map<string, Expansion[]>();
  const fail = (expected: string): never => scan.fail(expected, 0);
  const pairsOf = (value: Literal): [string, Literal][] => {
    if (!(value instanceof Dict)) return fail('dictionaries down to the conditions');
    return value.entries.map(([key, item]) => [
      typeof key === 'string' ? key : fail('text for every key'),
      item,
    ]);
  };
  for (const [instrument, parameters] of pairsOf(new Grammar(scan, true).onlyLiteral())) {
    const found: Expansion[] = [];
    for (const [parameter, conditions] of pairsOf(parameters)) {
      for (const [source, values] of pairsOf(conditions)) {
        if (typeof values !== 'string') return fail('text for the values that a parameter stands for');
        found.push({ parameter, condition: conditionOf(source, fail), values });
      }
    }
    expansions.set(instrument.toLowerCase(), found);
  }
  return expansions;
}

function conditionOf(source: string, fail: (expected: string) => never): Expression {
  try {
    return readExpression(source);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    return fail(`${error.expected} in the condition ${source}`);
  }
}

/**
 * A header with the parameters expanded that rules want. Conditions see the header as it was; one that cannot be
 * evaluated for it does not hold.
 */
export function expanded(
  header: ReadonlyMap<string, string>,
  expansions: readonly Expansion[],
  wanted: ReadonlySet<string>,
): Map<string, string> {
  const result = new Map(header);
  for (const { parameter, condition, values } of expansions) {
    if (wanted.has(parameter) && holds(condition, header)) result.set(parameter, values);
  }
  return result;
}

function holds(condition: Expression, header: ReadonlyMap<string, string>): boolean {
  try {
    return isTrue(condition.evaluate((name) => header.get(name)));
  } catch (error) {
    if (error instanceof EvaluationError) return false;
    throw error;
  }
}
