import { expect, test } from 'vitest';
import { aDefinition } from '../../../../test/support/uws.ts';
import type { InputFile } from './job.ts';
import { changeParameters, type Given, resolveParameters, safeFileName } from './parameters.ts';

const definition = aDefinition({
  parameters: [
    { name: 'text', type: 'string', default: 'Hello', maxLength: 10 },
    { name: 'count', type: 'integer', required: true, min: 1, max: 9 },
    { name: 'ratio', type: 'number' },
    { name: 'fast', type: 'boolean', default: 'false' },
    { name: 'mode', type: 'string', options: ['a', 'b'], default: 'a' },
    { name: 'page', type: 'url' },
    { name: 'image', type: 'file' },
    { name: 'many', type: 'file', multiple: true },
    { name: 'id', type: 'file', template: 'https://archive.example.org/get?id=$ID' },
    { name: 'out', type: 'string' },
  ],
  results: [{ name: 'out', file: 'out.txt', fromParameter: true }],
});

const upload = (fileName: string): InputFile => ({
  fileName,
  mediaType: 'text/plain',
  hash: 'f00',
  sizeBytes: 3,
  url: null,
});

function given(texts: Record<string, string | string[]>, uploads: Record<string, InputFile[]> = {}): Given {
  return {
    texts: new Map(Object.entries(texts).map(([name, value]) => [name, [value].flat()])),
    uploads: new Map(Object.entries(uploads)),
    unknown: 'refuse',
  };
}

const valuesOf = (parameters: ReturnType<typeof resolveParameters>) =>
  Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.value]));

test('what was given and the defaults of the rest make the complete set', () => {
  expect(resolveParameters(definition, given({ COUNT: '5', text: 'a&b<c' }))).toEqual([
    { name: 'text', value: 'a&b<c', isDefault: false },
    { name: 'count', value: '5', isDefault: false },
    { name: 'fast', value: 'false', isDefault: true },
    { name: 'mode', value: 'a', isDefault: true },
  ]);
});

test('an empty field of a form means nothing, except for a free text', () => {
  const parameters = resolveParameters(
    definition,
    given({ count: '5', ratio: '', fast: '', mode: '', text: '' }),
  );
  expect(valuesOf(parameters)).toEqual({ text: '', count: '5', fast: 'false', mode: 'a' });
});

test('booleans are understood in the words people use', () => {
  const fast = (value: string) =>
    valuesOf(resolveParameters(definition, given({ count: '1', fast: value }))).fast;
  expect(['TRUE', 'on', '1', 'no', 'False'].map(fast)).toEqual(['true', 'true', 'true', 'false', 'false']);
});

test.each([
  [{}, 'count', /it is required/],
  [{ count: '' }, 'count', /it is required/],
  [{ count: '0' }, 'count', /0 is below the smallest value, 1/],
  [{ count: '10' }, 'count', /above the largest/],
  [{ count: '1.5' }, 'count', /not a whole number/],
  [{ count: '0x5' }, 'count', /not a whole number/],
  [{ count: ['1', '2'] }, 'count', /given several times/],
  [{ count: '1', text: 'far too long a text' }, 'text', /19 characters; at most 10/],
  [{ count: '1', text: 'a\0b' }, 'text', /NUL/],
  [{ count: '1', ratio: 'NaN' }, 'ratio', /not a number/],
  [{ count: '1', ratio: '1e9999' }, 'ratio', /too large/],
  [{ count: '1', fast: 'maybe' }, 'fast', /neither true nor false/],
  [{ count: '1', mode: 'c' }, 'mode', /not one of a, b/],
  [{ count: '1', page: 'example' }, 'page', /not an address/],
  [{ count: '1', image: 'file:///etc/passwd' }, 'image', /neither an uploaded file nor an http address/],
  [{ count: '1', image: '/etc/passwd' }, 'image', /neither/],
  [{ count: '1', out: '../../etc/cron.d/x' }, 'out', /no file name for a result/],
  [{ count: '1', nosuch: 'x' }, 'nosuch', /has no such parameter/],
])('%j is refused with the name of %s', (texts, name, reason) => {
  let refused: unknown;
  try {
    resolveParameters(definition, given(texts));
  } catch (error) {
    refused = error;
  }
  expect(refused).toMatchObject({
    kind: 'invalid',
    code: 'uws.parameter-invalid',
    details: { parameter: name },
  });
  expect((refused as Error).message).toMatch(reason);
});

test('addresses of files become inputs to be fetched, identifiers are put into their template', () => {
  const parameters = resolveParameters(
    definition,
    given({ count: '1', image: 'https://example.org/a/M31%20R.fits?x=1', id: 'obs 7/&a' }),
  );
  expect(parameters.find((each) => each.name === 'image')?.files).toEqual([
    {
      fileName: 'M31-R.fits',
      mediaType: 'application/octet-stream',
      hash: null,
      sizeBytes: null,
      url: 'https://example.org/a/M31%20R.fits?x=1',
    },
  ]);
  expect(parameters.find((each) => each.name === 'id')?.files?.[0]?.url).toBe(
    'https://archive.example.org/get?id=obs%207%2F%26a',
  );
});

test('several uploads are taken only where the definition says so', () => {
  const two = [upload('a.fits'), upload('b.fits')];
  const parameters = resolveParameters(
    definition,
    given({ count: '1', many: 'https://example.org/c.fits' }, { many: two }),
  );
  expect(parameters.find((each) => each.name === 'many')?.files?.map((file) => file.fileName)).toEqual([
    'c.fits',
    'a.fits',
    'b.fits',
  ]);
  expect(() => resolveParameters(definition, given({ count: '1' }, { image: two }))).toThrow(/only one file/);
  expect(() => resolveParameters(definition, given({ count: '1' }, { text: [upload('a')] }))).toThrow(
    /a text, not a file/,
  );
});

test('fields that the definition does not know travel with the job when they may, if their name can', () => {
  const keep = (texts: Record<string, string>) =>
    resolveParameters(definition, { ...given({ count: '1', ...texts }), unknown: 'keep' });
  expect(valuesOf(keep({ extra: 'x', control_parameters: 'runId' }))).toMatchObject({ extra: 'x' });
  expect(valuesOf(keep({ control_parameters: 'runId' }))).not.toHaveProperty('control_parameters');
  // Every TAP client sends these.
  expect(valuesOf(keep({ REQUEST: 'doQuery', LANG: 'ADQL' }))).toMatchObject({
    REQUEST: 'doQuery',
    LANG: 'ADQL',
  });
  for (const name of ['PATH', 'LD_PRELOAD', 'a b', '$(id)', 'BASH_ENV', '']) {
    expect(() => keep({ [name]: 'x' }), name).toThrow(/no name for a parameter/);
  }
});

test('a change leaves the parameters it does not name', () => {
  const before = resolveParameters(definition, given({ count: '5', text: 'one' }));
  const after = changeParameters(definition, before, given({ text: 'two' }));
  expect(valuesOf(after)).toEqual({ text: 'two', count: '5', fast: 'false', mode: 'a' });
});

test.each([
  ['in put.txt', 'in-put.txt'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\data\\a.fits', 'a.fits'],
  ['.bashrc', 'bashrc'],
  ['-rf', 'rf'],
  ['…', 'input'],
  ['ngc\n891.fits', 'ngc-891.fits'],
])('the file name %j becomes %s', (sent, kept) => {
  expect(safeFileName(sent)).toBe(kept);
});

test('one parameter takes thousands of files, and no more', () => {
  const addresses = (n: number) => given({ count: '1', many: Array(n).fill('http://example.org/a') });
  expect(resolveParameters(definition, addresses(5000)).at(-1)?.files?.length).toBe(5000);
  expect(() => resolveParameters(definition, addresses(5001))).toThrow(/many: at most 5000 files/);
  const both = given({ count: '1', many: Array(5000).fill('http://example.org/a') }, { many: [upload('a')] });
  expect(() => resolveParameters(definition, both)).toThrow(/many: at most 5000 files/);
});
