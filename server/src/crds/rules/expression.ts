import { ExpressionSyntaxError, type ExpressionToken, tokenize } from './expression-tokens.ts';

/** Values in expressions: conditioned texts of the header, and what literals can say. */
export type Value = string | number | boolean | null | readonly Value[];

/** Gives the value of a name; undefined when there is none. */
export type Names = (name: string) => Value | undefined;

/** An expression that was read once; throws EvaluationError. */
export interface Expression {
  readonly source: string;
  /** Names that it asks for, each once. */
  readonly names: readonly string[];
  evaluate(names: Names): Value;
}

/** An expression that cannot be evaluated for a header: an unknown name, or texts compared with numbers. */
export class EvaluationError extends Error {}

type Node = (names: Names) => Value;

/** Nested parentheses and operators; expressions of rules have a handful. */
const deepest = 60;

/**
 * Reads one of the small expressions that rules use to say when they apply: literals, names, tuples and lists,
 * comparison chains, `in`, `and`, `or`, `not`, `x if c else y`. Nothing is ever executed. Throws
 * ExpressionSyntaxError.
 */
export function readExpression(source: string): Expression {
  const parser = new Parser(tokenize(source));
  const node = parser.whole();
  return { source, names: [...parser.names], evaluate: node };
}

/** What counts as true. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'boolean') return value;
  return value !== null && value.length > 0;
}

class Parser {
  readonly names = new Set<string>();
  private readonly tokens: readonly ExpressionToken[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly ExpressionToken[]) {
    this.tokens = tokens;
  }

  whole(): Node {
    const node = this.items();
    if (this.at < this.tokens.length) this.fail('the end of the expression');
    return node;
  }

  /** One expression, or a tuple without parentheses. */
  private items(): Node {
    const first = this.conditional();
    if (!this.isNext(',')) return first;
    const nodes = [first];
    while (this.take(',')) {
      if (this.at >= this.tokens.length || this.isNext(')')) break;
      nodes.push(this.conditional());
    }
    return (names) => nodes.map((node) => node(names));
  }

  private conditional(): Node {
    if (++this.depth > deepest) this.fail('fewer nested parts');
    const yes = this.disjunction();
    let node = yes;
    if (this.take('if')) {
      const condition = this.disjunction();
      if (!this.take('else')) this.fail('else');
      const no = this.conditional();
      node = (names) => (isTrue(condition(names)) ? yes(names) : no(names));
    }
    this.depth--;
    return node;
  }

  private disjunction(): Node {
    const nodes = [this.conjunction()];
    while (this.take('or')) nodes.push(this.conjunction());
    return firstThat(nodes, isTrue);
  }

  private conjunction(): Node {
    const nodes = [this.negation()];
    while (this.take('and')) nodes.push(this.negation());
    return firstThat(nodes, (value) => !isTrue(value));
  }

  private negation(): Node {
    let isNegated = false;
    let count = 0;
    for (; this.take('not'); count++) isNegated = !isNegated;
    const node = this.comparison();
    if (count === 0) return node;
    return isNegated ? (names) => !isTrue(node(names)) : (names) => isTrue(node(names));
  }

  private comparison(): Node {
    const operands = [this.operand()];
    const tests: Test[] = [];
    for (let test = this.test(); test !== undefined; test = this.test()) {
      tests.push(test);
      operands.push(this.operand());
    }
    const [left, right] = operands;
    const [only] = tests;
    if (left === undefined || only === undefined) return left ?? (() => null);
    if (tests.length === 1 && right !== undefined) return (names) => only(left(names), right(names));
    return (names) => {
      let value = left(names);
      for (const [index, test] of tests.entries()) {
        const next = operands[index + 1]?.(names) ?? null;
        if (!test(value, next)) return false;
        value = next;
      }
      return true;
    };
  }

  private test(): Test | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== 'sign') return undefined;
    if (token.text === 'not') {
      const following = this.tokens[this.at + 1];
      if (following?.kind !== 'sign' || following.text !== 'in') return undefined;
      this.at += 2;
      return (item, all) => !contains(item, all);
    }
    const test = tests[token.text];
    if (test !== undefined) this.at++;
    return test;
  }

  private operand(): Node {
    const token = this.tokens[this.at];
    if (token === undefined) return this.fail('a value');
    if (token.kind === 'text' || token.kind === 'number') return this.literal();
    if (token.kind === 'name') return this.name(token.text);
    if (this.take('-')) {
      const number = this.tokens[this.at];
      if (number?.kind !== 'number') return this.fail('a number');
      this.at++;
      return () => -number.value;
    }
    if (this.take('(')) return this.parenthesised();
    if (this.take('[')) return this.list();
    return this.fail('a value');
  }

  private literal(): Node {
    const token = this.tokens[this.at++];
    if (token?.kind === 'number') return () => token.value;
    let text = '';
    for (this.at--; ; this.at++) {
      const part = this.tokens[this.at];
      if (part?.kind !== 'text') break;
      text += part.text;
    }
    return () => text;
  }

  private name(name: string): Node {
    this.at++;
    if (name === 'True' || name === 'False') return () => name === 'True';
    if (name === 'None') return () => null;
    if (this.isNext('(') || this.isNext('[')) this.fail('an operator');
    this.names.add(name);
    // One error for all times: a header without the name is common, and a stack trace tells nothing.
    let unknown: EvaluationError | undefined;
    return (names) => {
      const value = names(name);
      if (value !== undefined) return value;
      unknown ??= new EvaluationError(`name '${name}' is not defined`);
      throw unknown;
    };
  }

  private parenthesised(): Node {
    if (this.take(')')) return () => [];
    const node = this.items();
    if (!this.take(')')) this.fail(')');
    return node;
  }

  private list(): Node {
    const nodes: Node[] = [];
    while (!this.isNext(']')) {
      nodes.push(this.conditional());
      if (!this.take(',')) break;
    }
    if (!this.take(']')) this.fail(']');
    return (names) => nodes.map((node) => node(names));
  }

  private isNext(text: string): boolean {
    const token = this.tokens[this.at];
    return token?.kind === 'sign' && token.text === text;
  }

  private take(text: string): boolean {
    const isThere = this.isNext(text);
    if (isThere) this.at++;
    return isThere;
  }

  private fail(expected: string): never {
    throw new ExpressionSyntaxError(this.tokens[this.at]?.at ?? -1, expected);
  }
}

/** `and` and `or` give the operand that decided, not a truth value. */
function firstThat(nodes: readonly Node[], decides: (value: Value) => boolean): Node {
  const [first] = nodes;
  if (nodes.length === 1 && first !== undefined) return first;
  return (names) => {
    let value: Value = null;
    for (const node of nodes) {
      value = node(names);
      if (decides(value)) break;
    }
    return value;
  };
}

type Test = (left: Value, right: Value) => boolean;

const tests: Readonly<Record<string, Test>> = Object.assign(Object.create(null) as Record<string, Test>, {
  '==': (left: Value, right: Value) => equal(left, right),
  '!=': (left: Value, right: Value) => !equal(left, right),
  '<': (left: Value, right: Value) => order(left, right, '<') < 0,
  '<=': (left: Value, right: Value) => order(left, right, '<=') <= 0,
  '>': (left: Value, right: Value) => order(left, right, '>') > 0,
  '>=': (left: Value, right: Value) => order(left, right, '>=') >= 0,
  in: (item: Value, all: Value) => contains(item, all),
});

function equal(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index] ?? null));
  }
  return typeof left === 'boolean' || typeof right === 'boolean' ? numberOf(left) === numberOf(right) : false;
}

function order(left: Value, right: Value, sign: string): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (isList(left) && isList(right)) {
    for (const [index, item] of left.entries()) {
      const other = right[index];
      if (other === undefined) return 1;
      if (!equal(item, other)) return order(item, other, sign);
    }
    return left.length - right.length;
  }
  const a = numberOf(left);
  const b = numberOf(right);
  if (a === undefined || b === undefined) {
    throw new EvaluationError(
      `'${sign}' not supported between instances of '${typeOf(left)}' and '${typeOf(right)}'`,
    );
  }
  return a - b;
}

/** In a text, a part of it; in a list, a member. */
function contains(item: Value, all: Value): boolean {
  if (typeof all === 'string') {
    if (typeof item === 'string') return all.includes(item);
    throw new EvaluationError(`'in <string>' requires string as left operand, not ${typeOf(item)}`);
  }
  if (isList(all)) return all.some((member) => equal(item, member));
  throw new EvaluationError(`argument of type '${typeOf(all)}' is not iterable`);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function numberOf(value: Value): number | undefined {
  return typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : undefined;
}

function typeOf(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return 'tuple';
}
