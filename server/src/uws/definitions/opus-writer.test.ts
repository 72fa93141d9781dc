import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkDefinition } from './check.ts';
import type { Definition, Parameter, ResultPattern } from './definition.ts';
import { definitionFromOpus, readOpusJson } from './opus-json.ts';
import { readOpusVotable, writeOpusVotable } from './opus-votable.ts';
import { definitionToOpus, writeOpusJson } from './opus-writer.ts';
import { readDefinition } from './read.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const fixture = (name: string) => read(`../../../../test/fixtures/uws/${name}`);

/** Through the text of each form and back. */
function throughJson(definition: Definition): Definition {
  const text = JSON.stringify(writeOpusJson(definitionToOpus(definition)));
  return definitionFromOpus(readOpusJson(JSON.parse(text)));
}
function throughVotable(definition: Definition): Definition {
  return definitionFromOpus(readOpusVotable(writeOpusVotable(definitionToOpus(definition))));
}

test.each(['jdl-probe', 'jdl-probe_file'])('%s is written as OPUS wrote it', (name) => {
  const {
    control_parameters: own,
    control_parameters_keys: keys,
    ...written
  } = writeOpusJson(definitionToOpus(readDefinition(fixture(`${name}_vot.xml`))));
  const recorded = JSON.parse(fixture(`${name}.json`)) as Record<string, unknown>;
  const { control_parameters: theirs, control_parameters_keys: theirKeys, ...rest } = recorded;
  // OPUS writes an empty multiplicity here and 1 there for the same definition.
  const one = (text: string) => text.replaceAll('"multiplicity":""', '"multiplicity":"1"');
  expect(JSON.parse(one(JSON.stringify(written)))).toEqual(JSON.parse(one(JSON.stringify(rest))));
  // `uws_quote` is an estimate that nobody acts upon; the others are taken at creation.
  expect([...keys, 'uws_quote']).toEqual(theirKeys);
  expect(Object.keys(theirs as object)).toEqual([...Object.keys(own), 'uws_quote']);
});

test.each(['jdl-probe', 'jdl-probe_file'])('%s is written as the VOTable that OPUS wrote', (name) => {
  const recorded = fixture(`${name}_vot.xml`);
  const lines = (text: string) =>
    text
      .replace(/^<\?xml.*\n/, '')
      .replaceAll('"multiplicity" value=""', '"multiplicity" value="1"')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('\n');
  expect(lines(writeOpusVotable(definitionToOpus(readDefinition(recorded))))).toBe(lines(recorded));
});

test.each(['hello', 'fits-summary'])(
  'our own %s goes to OPUS and back but for what OPUS cannot say',
  (name) => {
    const original = readDefinition(read(`../builtin/${name}.yaml`));
    for (const returned of [throughJson(original), throughVotable(original)]) {
      expect(returned).toEqual(asOpusKnows(original));
    }
  },
);

/** What the comment of the writer says is lost, taken away; what readers always say, said. */
function asOpusKnows(definition: Definition): Definition {
  const { title, program, maxExecutionDuration, keepDays, maxUploadBytes, memoryMb, ...rest } = definition;
  const parameters = (rest.parameters ?? []).map(({ maxLength, mediaTypes, required, ...each }) => ({
    ...each,
    required: required === true,
    ...(mediaTypes === undefined ? {} : { mediaTypes: mediaTypes.slice(0, 1) }),
  }));
  const isInput = (each: Parameter) =>
    each.type === 'file' || each.role !== undefined || each.mediaTypes !== undefined;
  return {
    ...rest,
    parameters: [...parameters.filter(isInput), ...parameters.filter((each) => !isInput(each))],
    results: (rest.results ?? []).map(({ required, ...each }) => each),
  };
}

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,10}$/).map((text) => `p_${text}`);
/** XML's own signs, quotes, line ends and what lies beyond the first plane. */
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('<', '&', '>', '"', "'", '\n', '\t', '\r', ']]>', '$ID', '%', '+', '𝛼', 'é', ','),
      fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 40,
  })
  .map((each) => each.trim())
  .filter((each) => each !== '');
/** VOTable's descriptions are element content, where a parser makes new-lines of carriage returns. */
const description = text.filter((each) => !/[\r]/.test(each));
const maybe = <K extends string, T>(key: K, value: fc.Arbitrary<T>) =>
  fc.option(value).map((each) => (each === null ? {} : ({ [key]: each } as { [P in K]?: T })));

const plainKinds: Array<Partial<Parameter>> = [
  { type: 'string' },
  { type: 'string', options: ['a', 'b c'], default: 'a' },
  { type: 'url', default: 'https://example.org/?a=1&b=<2>' },
  { type: 'number', min: -0.5, max: 1e21, unit: 'Jy/beam', utype: 'a:b.c' },
  { type: 'integer', min: -5, max: 7, default: '3', ucd: 'time.duration' },
  { type: 'boolean', default: 'true' },
];
const inputKinds: Array<Partial<Parameter>> = [
  { type: 'file' },
  { type: 'file', multiple: true, mediaTypes: ['text/x-votable+xml'] },
  { type: 'file', template: 'https://example.org/get?id=$ID&form=a', role: 'catalogue' },
  { type: 'file', template: 'http://example.org/$ID', multiple: true },
  { type: 'string', role: 'target' },
  { type: 'string', mediaTypes: ['text/plain'], default: 'M 31' },
];
const parameterOf = (kinds: Array<Partial<Parameter>>) =>
  fc
    .tuple(name, fc.boolean(), maybe('description', description), fc.constantFrom(...kinds))
    .map(
      ([key, required, more, kind]): Parameter => ({ name: key, type: 'string', required, ...more, ...kind }),
    );
const result = fc
  .tuple(
    fc.stringMatching(/^r[a-z]{1,8}$/),
    fc.constantFrom('a.txt', '*.png', 'sub/b c.fits', "it's <a&b>.dat"),
    maybe('description', description),
    maybe('role', text),
    maybe('mediaType', fc.constantFrom('text/plain', 'image/fits')),
    maybe('multiple', fc.constant(true)),
  )
  .map(([key, file, ...more]): ResultPattern => Object.assign({ name: key, file }, ...more));

const key = (each: { name: string }) => each.name.toLowerCase().replaceAll('-', '_');
const definition = fc
  .tuple(
    fc.uniqueArray(parameterOf(inputKinds), { selector: key, maxLength: 4 }),
    fc.uniqueArray(parameterOf(plainKinds), { selector: key, maxLength: 5 }),
    fc.uniqueArray(result, { selector: key, maxLength: 4 }),
    text,
    fc.record(
      {
        description,
        documentation: text,
        version: text,
        type: text,
        contactName: text,
        executionDuration: fc.integer({ min: 1, max: 604_800 }),
        expectedSeconds: fc.integer({ min: 1, max: 604_800 }),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([inputs, others, results, script, more]): Definition => {
    const taken = new Set(inputs.map(key));
    const parameters = [...inputs, ...others.filter((each) => !taken.has(key(each)))];
    return checkDefinition({ name: 'probe', script: `true\n${script}\n`, parameters, results, ...more });
  });

test('whatever OPUS can say comes back from JSON and from the VOTable as it was', () => {
  fc.assert(
    fc.property(definition, (original) => {
      expect(throughJson(original)).toEqual(original);
      expect(throughVotable(original)).toEqual(original);
    }),
    { numRuns: 300 },
  );
});

test('a parameter that names a result is linked to it, in both directions', () => {
  const original = checkDefinition({
    name: 'linked',
    script: 'true',
    parameters: [{ name: 'outfile', type: 'string', required: true, default: 'a.txt' }],
    results: [{ name: 'outfile', file: 'a.txt', fromParameter: true }],
  });
  expect(writeOpusVotable(definitionToOpus(original))).toContain(
    '<GROUP name="outfile" utype="voprov:WasGeneratedBy" ref="outfile">',
  );
  expect(throughVotable(original)).toEqual(original);
  expect(throughJson(original)).toEqual(original);
});

test('a name that JavaScript gives a meaning is a name like any other', () => {
  const original = checkDefinition({
    name: 'odd',
    script: 'true',
    parameters: [
      { name: '__proto__', type: 'string', required: false },
      { name: 'constructor', type: 'integer', required: true, min: 1 },
    ],
    results: [],
  });
  expect(throughJson(original)).toEqual(original);
  expect(throughVotable(original)).toEqual(original);
});
