import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiteralError, readPythonLiteral } from './read-python-literal.ts';
import { writePythonLiteral } from './write-python-literal.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: literals compared with Python, because python3 is not installed');

function python(program: string, input: unknown): unknown {
  const options = { input: JSON.stringify(input), maxBuffer: 1e9 };
  return JSON.parse(execFileSync('python3', ['-c', `import sys, ast, json\n${program}`], options).toString());
}

const samples = fc.sample(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), { numRuns: 300, seed: 11 });
samples.push('\ud800x', '\u{1f52d}', `'"\\'''`, 'a\u0000\n\r\u2028b', 'line\\\nnext', '\u0085\u00ad', {
  "it's": [true, null, 1e300, -0.5],
});

test('a literal has no word of JSON in it', () => {
  expect(writePythonLiteral({ StatusCode: 0, text: "it's", none: null, ok: [true, false] })).toBe(
    "{'StatusCode': 0, 'text': 'it\\'s', 'none': None, 'ok': [True, False]}",
  );
});

test('what is written is read again', () => {
  for (const sample of samples) {
    expect(JSON.stringify(readPythonLiteral(writePythonLiteral(sample)))).toBe(
      JSON.stringify(wellFormed(sample)),
    );
  }
});

test.skipIf(!hasPython)('Python reads what is written, whatever the value', () => {
  const read = python(
    'print(json.dumps([ast.literal_eval(line) for line in json.load(sys.stdin)]))',
    samples.map(writePythonLiteral),
  );
  expect(JSON.stringify(read)).toBe(JSON.stringify(samples.map(wellFormed)));
});

test.skipIf(!hasPython)('what Python writes is read, whatever the value', () => {
  const written = python(
    'print(json.dumps([repr(one) for one in json.load(sys.stdin)]))',
    samples,
  ) as string[];
  expect(JSON.stringify(written.map((text) => readPythonLiteral(text)))).toBe(JSON.stringify(samples));
});

/** A half of a pair of surrogates cannot be written to a file. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name.toWellFormed(), wellFormed(one)]),
  );
}

const literals: ReadonlyArray<[string, unknown]> = [
  [' [ ] ', []],
  ['(1, )', [1]],
  ['(1)', 1],
  ['()', []],
  ['{1, 2,}', [1, 2]],
  ['set()', []],
  ['{}', {}],
  ["{'a': 1, 'a': 2, 3: (4, 5), None: 6, '__proto__': 7}", { a: 2, 3: [4, 5], null: 6, ['__proto__']: 7 }],
  ['0x1F', 31],
  ['-0b11', -3],
  ['+1_000', 1000],
  ['.5e-1', 0.05],
  ['1.', 1],
  ["'a' \"b\" r'\\n'", 'ab\\n'],
  ["b'\\xff\\0'", '\xff\0'],
  ["u'\\u20ac\\U0001f600\\q'", '€😀\\q'],
  ['"""a\n"b"\\""""', 'a\n"b""'],
  ['[1, # one\n 2, \\\n 3]', [1, 2, 3]],
];

test.each(literals)('%j is read', (text, value) => {
  expect(readPythonLiteral(text)).toEqual(value);
});

test.skipIf(!hasPython)('Python reads these as the same', () => {
  const read = python(
    `def plain(v):
  if isinstance(v, (list, tuple, set)): return [plain(one) for one in v]
  if isinstance(v, dict): return {k if isinstance(k, str) else json.dumps(k): plain(one) for k, one in v.items()}
  return v.decode('latin1') if isinstance(v, bytes) else v
import warnings; warnings.simplefilter('ignore')
print(json.dumps([plain(ast.literal_eval(t.strip())) for t in json.load(sys.stdin)]))`,
    literals.map(([text]) => text),
  );
  expect(JSON.stringify(read)).toBe(JSON.stringify(literals.map(([, value]) => value)));
});

const refused: ReadonlyArray<[string, string]> = [
  ['', 'a value'],
  ['open("x")', 'a value'],
  ["__import__('os')", 'a value'],
  ['[1 2]', '"," or "]"'],
  ['[,]', 'a value'],
  ['{1: 2 3: 4}', '"," or "}"'],
  ['{1: 2, 3}', '":"'],
  ["'abc", "the end of the text that begins with '"],
  ["'a\nb'", 'a text on one line'],
  ['1 1', 'the end'],
  ['1.2.3', 'a number'],
  ['1j', 'a number'],
  ['true', 'a value'],
  [`${'['.repeat(101)}${']'.repeat(101)}`, 'less nesting'],
  [`${'{'.repeat(100_000)}${'}'.repeat(100_000)}`, 'less nesting'],
  [`${'1'.repeat(1_000_000)}x`, 'a number'],
  ['{{1: 2}: 3}', 'no dictionary in a key'],
  ['{1: 2, (3, [{4: 5}]): 6}', 'no dictionary in a key'],
  [`${'{'.repeat(90)}1${':1}'.repeat(90)}`, 'no dictionary in a key'],
  [`'${"\\'".repeat(500_000)}`, "the end of the text that begins with '"],
];

test.each(refused.map(([text, expected]) => [text.slice(0, 40), text, expected] as const))(
  '%j is refused where it is none',
  (_name, text, expected) => {
    expect(() => readPythonLiteral(text)).toThrow(LiteralError);
    expect(() => readPythonLiteral(text)).toThrow(`expected ${expected}`);
  },
);

test('blanks and comments by the million are passed over', () => {
  for (const blank of [' ', '\n', '#\n', '\\\n', ' #\n']) {
    expect(readPythonLiteral(`[${blank.repeat(4_000_000)}1]`)).toEqual([1]);
  }
});

test('the refusal says where', () => {
  const thrown = (() => {
    try {
      return readPythonLiteral("{\n 'a': x}");
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toMatchObject({ expected: 'a value', line: 2, column: 8 });
});

test('whatever text comes, it is read or refused', () => {
  const sign = fc.constantFrom(...'[](){},:\'"\\#\n ', 'None', '0x', '1.', 'r', 'b', "'''");
  fc.assert(
    fc.property(fc.array(fc.oneof(sign, fc.string({ maxLength: 2 })), { maxLength: 30 }), (parts) => {
      try {
        JSON.stringify(readPythonLiteral(parts.join('')));
      } catch (error) {
        expect(error).toBeInstanceOf(LiteralError);
      }
    }),
    { numRuns: 2000 },
  );
});
