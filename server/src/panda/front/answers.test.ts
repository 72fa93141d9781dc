import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { naiveIso, plainInstant, renderForm, renderJson } from './answers.ts';
import { renderPickle } from './pickle/index.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: answers compared with Python, because python3 is not installed');

/** Runs a program that reads one JSON value and prints one; the answers of one run are those of all samples. */
function python(program: string, input: unknown): unknown {
  const run = spawnSync('python3', ['-c', `import sys, json\nvalue = json.load(sys.stdin)\n${program}`], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

const anyText = fc.string({ unit: 'binary', maxLength: 30 });
const instant = new Date('2026-11-22T00:38:36.934Z');

test('an instant in JSON is an object that names it, in UTC without a zone', () => {
  expect(renderJson({ at: instant, list: [instant], none: null })).toBe(
    '{"at":{"__datetime__":"2026-11-22T00:38:36.934000"},"list":[{"__datetime__":"2026-11-22T00:38:36.934000"}],"none":null}',
  );
  expect(naiveIso(instant)).toBe('2026-11-22T00:38:36.934000');
  expect(plainInstant(instant)).toBe('2026-11-22 00:38:36');
});

test('a form has the words of Python, and structures as JSON', () => {
  expect(renderForm({ StatusCode: 0, command: 'NULL', ok: true, none: null, jobs: [{ a: 1 }] })).toBe(
    'StatusCode=0&command=NULL&ok=True&none=None&jobs=%5B%7B%22a%22%3A1%7D%5D',
  );
  expect(renderForm({})).toBe('');
});

test('half a surrogate pair does not break a form', () => {
  expect(renderForm({ diag: '\ud800' })).toBe('diag=%EF%BF%BD');
});

test('a pickle is plain ASCII in lines', () => {
  expect(renderPickle({ SITE: { running: 2 }, none: null, list: [true, 'é\n'] })).toBe(
    '(dVSITE\n(dVrunning\nI2\nssVnone\nNsVlist\n(lI01\naVé\\u000a\nas.'.replace('é', '\\u00e9'),
  );
});

describe.skipIf(!hasPython)('as Python reads and writes it', () => {
  test('a form is what urlencode makes of the same fields', () => {
    const scalar = fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null));
    const samples = fc.sample(fc.dictionary(anyText, scalar, { noNullPrototype: true }), {
      numRuns: 500,
      seed: 4,
    });
    const wanted = python(
      'import urllib.parse\nprint(json.dumps([urllib.parse.urlencode(one) for one in value]))',
      samples,
    );
    expect(samples.map(renderForm)).toEqual(wanted);
  });

  test('parse_qsl gives back every field of a form', () => {
    const samples = fc.sample(fc.dictionary(anyText, anyText, { minKeys: 1, noNullPrototype: true }), {
      numRuns: 300,
      seed: 5,
    });
    const read = python(
      'import urllib.parse\nprint(json.dumps([urllib.parse.parse_qsl(one, keep_blank_values=True) for one in value]))',
      samples.map(renderForm),
    );
    expect(read).toEqual(samples.map((one) => Object.entries(one)));
  });

  test('pickle.loads gives back every value', () => {
    const samples = fc.sample(fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }), { numRuns: 500, seed: 8 });
    const read = python(
      'import pickle\nprint(json.dumps([pickle.loads(one.encode("ascii")) for one in value]))',
      samples.map(renderPickle),
    );
    expect(JSON.stringify(read)).toBe(JSON.stringify(samples));
    const numbers = [2 ** 31, -(2 ** 40), 2 ** 53 - 1, 0.1, -1.5e300];
    expect(
      python(
        'import pickle\nprint(json.dumps([pickle.loads(one.encode()) for one in value]))',
        numbers.map(renderPickle),
      ),
    ).toEqual(numbers);
  });

  test('fromisoformat reads the instant of an answer', () => {
    const samples = fc.sample(
      fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30'), noInvalidDate: true }),
      { numRuns: 200, seed: 7 },
    );
    const read = python(
      `import datetime
epoch = datetime.datetime(1970, 1, 1)
print(json.dumps([round((datetime.datetime.fromisoformat(json.loads(one)['__datetime__']) - epoch) / datetime.timedelta(milliseconds=1)) for one in value]))`,
      samples.map(renderJson),
    );
    expect(read).toEqual(samples.map((date) => date.getTime()));
  });
});
