import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aDefinition } from '../../../../test/support/uws.ts';
import { inputPaths, parametersSh, variables } from './parameters-sh.ts';

/** What bash makes of the file: the value of each variable, byte for byte. */
function readByBash(values: ReadonlyMap<string, string>): Buffer[] {
  const prints = [...values.keys()].map((name) => `printf '%s\\0' "$${name}"`).join('\n');
  const out = execFileSync('bash', ['--norc', '-s'], { input: `${parametersSh(values)}\n${prints}\n` });
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = out.indexOf(0, from); at >= 0; at = out.indexOf(0, from)) {
    parts.push(out.subarray(from, at));
    from = at + 1;
  }
  return parts;
}

test('no value can become code: bash reads back exactly what was given', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', '`', '(', ')', '\n', ';', ' ', '!', '*', 'a') }),
    fc.constantFrom(
      '$(id -un)',
      '`id`',
      "'; touch /tmp/x; '",
      '"$HOME"',
      '\\',
      "'",
      "a'b",
      '\n\n',
      '-e',
      '!!',
    ),
  );
  const wellFormed = hostile.map((text) => text.replaceAll('\0', '').toWellFormed());
  fc.assert(
    fc.property(fc.array(wellFormed, { minLength: 1, maxLength: 8 }), (list) => {
      const values = new Map(list.map((value, index): [string, string] => [`v${index}`, value]));
      expect(readByBash(values).map(String)).toEqual(list);
    }),
    { numRuns: 60 },
  );
});

test('a value larger than an environment may hold still reaches the script', () => {
  const long = 'x'.repeat(300_000);
  const [value] = readByBash(new Map([['long', long]]));
  expect(value?.length).toBe(300_000);
});

test('a script finds parameters, files and results; a parameter without a value is empty', () => {
  const definition = aDefinition({
    parameters: [
      { name: 'text', type: 'string' },
      { name: 'no-value', type: 'integer' },
      { name: 'images', type: 'file', multiple: true },
    ],
    results: [{ name: 'output', file: 'out.txt' }],
  });
  const file = { mediaType: 'image/fits', hash: 'x', sizeBytes: 1, url: null };
  const parameters = [
    { name: 'text', value: 'hi', isDefault: false },
    { name: 'extra', value: 'never a variable', isDefault: false },
    {
      name: 'images',
      value: '',
      isDefault: false,
      files: [
        { ...file, fileName: 'a.fits' },
        { ...file, fileName: 'a.fits' },
      ],
    },
  ];
  expect(Object.fromEntries(variables({ parameters }, definition))).toEqual({
    output: 'out.txt',
    text: 'hi',
    no_value: '',
    images: 'inputs/images/a.fits inputs/images/1-a.fits',
  });
});

test('a file name never leaves the folder of its parameter', () => {
  const name = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(name, (fileName) => {
      const files = [{ fileName, mediaType: '', hash: null, sizeBytes: null, url: null }];
      const [path = ''] = inputPaths({ name: 'p', value: '', isDefault: false, files });
      expect(path).toMatch(/^inputs\/p\/[A-Za-z0-9_+][A-Za-z0-9._+-]*$/);
    }),
  );
});
