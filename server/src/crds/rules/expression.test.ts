import { describe, expect, it } from 'vitest';
import { EvaluationError, isTrue, readExpression, type Value } from './expression.ts';
import { ExpressionSyntaxError } from './expression-tokens.ts';

const header = new Map([
  ['DETECTOR', 'WFC'],
  ['GAIN', '2.0'],
  ['META_X', 'A'],
]);

function evaluate(source: string): Value {
  return readExpression(source).evaluate((name) => header.get(name));
}

describe('expressions of rules', () => {
  it.each<[string, Value]>([
    ['DETECTOR == "WFC"', true],
    ["(DETECTOR != 'WFC')", false],
    ['DETECTOR in ("WFC", "HRC")', true],
    // One text in parentheses is no tuple: a part of it is enough.
    ['"W" in ("WFC")', true],
    ['DETECTOR not in ["HRC"]', true],
    ['not DETECTOR == "WFC"', false],
    ['DETECTOR == "HRC" or GAIN == "2.0" and META_X == "A"', true],
    ['"1.0" < GAIN <= "2.0"', true],
    ['"1.0" < GAIN < "2.0"', false],
    ['"yes" if GAIN == "1.0" else "no"', 'no'],
    ['True', true],
    ['None', null],
    ['-1 < 0', true],
    ['1 == True', true],
    ['"a" "b"', 'ab'],
    ["'it\\'s'", "it's"],
    ['()', []],
    ['("A",)', ['A']],
    ['("A", "B") == ("A", "B")', true],
    ['("A", "B") < ("A", "C")', true],
    ['DETECTOR == 5', false],
    ['"" or "x"', 'x'],
    ['"a" and ""', ''],
  ])('%s is %j', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  it.each([
    '',
    'A +',
    'A + B',
    'A.B',
    'A[0]',
    'f(x)',
    'A == ',
    '(A',
    'A B',
    'lambda: 1',
    'A if B',
    '{"a": 1}',
    '__import__("os")',
    '`a`',
    '"open',
    'x := 1',
    'A is B',
    '- A',
    '('.repeat(100),
  ])('%s is refused', (source) => {
    expect(() => readExpression(source)).toThrow(ExpressionSyntaxError);
  });

  it('say where they are wrong', () => {
    expect(() => readExpression('A == + B')).toThrow('expected a value or an operator at character 6');
    expect(() => readExpression('A ==')).toThrow('expected a value at the end');
  });

  it.each([
    ['UNKNOWN == "A"', "name 'UNKNOWN' is not defined"],
    ['DETECTOR < 5', "'<' not supported between instances of 'str' and 'int'"],
    ['5 in DETECTOR', "'in <string>' requires string as left operand, not int"],
    ['"a" in 5', "argument of type 'int' is not iterable"],
  ])('%s cannot be evaluated: %s', (source, reason) => {
    expect(() => evaluate(source)).toThrow(new EvaluationError(reason));
  });

  it('do not ask for what does not matter', () => {
    expect(evaluate('DETECTOR == "WFC" or UNKNOWN')).toBe(true);
    expect(evaluate('DETECTOR == "HRC" and UNKNOWN')).toBe(false);
  });

  it('name what they ask for', () => {
    expect(readExpression('A == "x" and B in (A, C)').names).toEqual(['A', 'B', 'C']);
  });

  it('take texts, numbers and lists as true unless they are empty or zero', () => {
    expect(['', 'x', 0, 1, [], ['a'], null, false].map((value) => isTrue(value))).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
      false,
      false,
    ]);
  });
});
