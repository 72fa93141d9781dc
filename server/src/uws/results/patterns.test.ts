import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aDefinition } from '../../../../test/support/uws.ts';
import { chooseFiles } from './choose-files.ts';
import { judge } from './judge.ts';
import { globTest } from './patterns.ts';

test.each([
  ['*.png', 'a.png', true],
  ['*.png', 'a.png.txt', false],
  ['*.png', 'dir/a.png', false],
  ['*.png', '.hidden.png', false],
  ['dir/*.png', 'dir/a.png', true],
  ['**/a.txt', 'x/y/a.txt', true],
  ['**/a.txt', 'a.txt', true],
  ['plot_??.svg', 'plot_07.svg', true],
  ['plot_??.svg', 'plot_7.svg', false],
  ['*a*b*c*', 'xxaxxbxxc', true],
  ['[ab].txt', 'a.txt', false],
])('%s against %s: %s', (glob, path, wanted) => {
  expect(globTest(glob)(path)).toBe(wanted);
});

test('a name without stars matches itself and nothing else', () => {
  const name = fc
    .string({ minLength: 1, maxLength: 12 })
    .filter((text) => !/[*?/]/.test(text) && !text.startsWith('.'));
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(globTest(a)(a)).toBe(true);
      expect(globTest(a)(b)).toBe(a === b);
    }),
  );
});

test('a hostile pattern does not take long', () => {
  expect(globTest(`${'*a'.repeat(60)}b`)('a'.repeat(5000))).toBe(false);
  expect(globTest(`${'**/'.repeat(80)}b`)(`${'a/'.repeat(2000)}a`)).toBe(false);
  expect(globTest(`${'**/a/'.repeat(40)}b`)(`${'a/'.repeat(2000)}a`)).toBe(false);
});

test('two stars stand for any number of parts, wherever they are', () => {
  // The rule written down word by word: slow, and plain to see.
  const wanted = (glob: string[], path: string[]): boolean => {
    const [first, ...rest] = glob;
    if (first === undefined) return path.length === 0;
    if (first !== '**') return path[0] === first && wanted(rest, path.slice(1));
    return [...path.keys(), path.length].some((n) => wanted(rest, path.slice(n)));
  };
  const parts = fc.array(fc.constantFrom('a', 'b', '**'), { minLength: 1, maxLength: 6 });
  const path = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(parts, path, (glob, names) => {
      expect(globTest(glob.join('/'))(names.join('/'))).toBe(wanted(glob, names));
    }),
  );
});

const files = ['b.png', 'a.png', 'out.txt', '.orrery/run.sh', 'sub/out.txt', 'stdout'].map((path) => ({
  path,
}));

test('a plain pattern gives its own name to its file, a glob the names of the files', () => {
  const definition = aDefinition({
    results: [
      { name: 'text', file: 'out.txt', mediaType: 'text/plain' },
      { name: 'plots', file: '*.png' },
      { name: 'missing', file: 'nope.txt' },
    ],
  });
  expect(chooseFiles(files, { parameters: [] }, definition)).toEqual([
    { name: 'text', path: 'out.txt', mediaType: 'text/plain' },
    { name: 'a.png', path: 'a.png', mediaType: 'image/png' },
    { name: 'b.png', path: 'b.png', mediaType: 'image/png' },
  ]);
});

test('a file is one result only, hidden files are none, and no file takes the name of a log', () => {
  const definition = aDefinition({
    results: [
      { name: 'all', file: '**' },
      { name: 'again', file: 'out.txt' },
    ],
  });
  expect(chooseFiles(files, { parameters: [] }, definition).map((found) => found.name)).toEqual([
    'a.png',
    'b.png',
    'out.txt',
    'stdout-2',
    'sub-out.txt',
  ]);
});

test('the value of a parameter may name the file of a result', () => {
  const definition = aDefinition({ results: [{ name: 'out', file: 'default.txt', fromParameter: true }] });
  const job = { parameters: [{ name: 'out', value: 'out.txt', isDefault: false }] };
  expect(chooseFiles(files, job, definition)).toEqual([
    { name: 'out', path: 'out.txt', mediaType: 'text/plain' },
  ]);
});

const at = '2026-01-01T00:00:00.000Z';

test('a run that ends well without a required result is an error', () => {
  const definition = aDefinition({ results: [{ name: 'map', file: 'map.png', required: true }] });
  const ended = { phase: 'COMPLETED', why: 'The run ended with exit code 0.', error: null, at } as const;
  expect(judge(ended, definition, [], '').error?.message).toBe(
    'The run ended well but made no map.png (result map).',
  );
  const map = { name: 'map', fileName: 'map.png', mediaType: 'image/png', sizeBytes: 1, hash: 'x' };
  expect(judge(ended, definition, [map], '')).toEqual(ended);
});

test('the last line on stderr is the sentence of a failed script, but not of a killed one', () => {
  const failed = (why: string) =>
    ({ phase: 'ERROR', why, error: { type: 'fatal', message: why, detail: null }, at }) as const;
  const exit = judge(failed('The run ended with exit code 2.'), aDefinition(), [], 'no such file');
  expect(exit.error).toEqual({
    type: 'fatal',
    message: 'no such file',
    detail: 'The run ended with exit code 2.',
  });
  const memory = judge(failed('It used too much memory.'), aDefinition(), [], 'allocating');
  expect(memory.error).toEqual({ type: 'fatal', message: 'It used too much memory.', detail: 'allocating' });
});
