import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { aDefinition } from '../../../../test/support/uws.ts';
import { checkDefinition } from './check.ts';
import { type Definition, isDangerousName, type Parameter, type ResultPattern } from './definition.ts';
import { findVersion, listNewest } from './definitions.store.ts';
import { installDefinition } from './definitions.ts';
import { definitionFromOpus } from './opus-json.ts';
import { readOpusVotable, writeOpusVotable } from './opus-votable.ts';
import { definitionToOpus } from './opus-writer.ts';
import { readDefinition } from './read.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../../test/fixtures/uws/${name}`, import.meta.url), 'utf8');

test('a definition of OPUS is read from its VOTable', () => {
  const definition = readDefinition(fixture('jdl-probe_file_vot.xml'));
  expect(definition).toMatchObject({
    name: 'probe_file',
    description: 'Sleeps, then writes the text to the output file',
    documentation: 'https://example.org/probe',
    contactName: 'Ada Admin',
    executionDuration: 60,
    expectedSeconds: 5,
  });
  expect(definition.script).toContain('sleep $duration\nif [ "$fail" = "true" ]; then\n');
  expect(definition.parameters).toEqual([
    {
      name: 'infile',
      type: 'file',
      required: false,
      description: 'Optional text file to append',
      mediaTypes: ['text/plain'],
    },
    { name: 'text', type: 'string', required: true, default: 'Hello World', description: 'Text to write' },
    {
      name: 'duration',
      type: 'integer',
      required: true,
      default: '1',
      description: 'Seconds to sleep',
      unit: 's',
      ucd: 'time.duration',
      min: 0,
      max: 600,
    },
    { name: 'fail', type: 'boolean', required: false, default: 'false', description: 'Make the job fail' },
    {
      name: 'mode',
      type: 'string',
      required: false,
      default: 'fast',
      description: 'One of a closed list',
      options: ['fast', 'slow'],
    },
  ]);
  expect(definition.results).toEqual([
    { name: 'output', file: 'output.txt', mediaType: 'text/plain', description: 'The text' },
  ]);
});

test.each(['jdl-probe', 'jdl-probe_file'])('%s is the same from JSON and from the VOTable', (name) => {
  expect(readDefinition(fixture(`${name}.json`))).toEqual(readDefinition(fixture(`${name}_vot.xml`)));
});

test('the older VOTable style with PARAM and LINK is read', () => {
  const source = fixture('jdl-probe_vot.xml').replace(
    /<GROUP name="Generated">[\s\S]*?<\/GROUP>\s*<\/GROUP>/,
    `<GROUP name="Used"><PARAM name="cat" datatype="char" value=""><LINK content-type="text/csv" href="file://$ID"/></PARAM></GROUP>
     <GROUP name="Generated"><PARAM name="plot" datatype="char" value="*.png"><LINK content-type="image/png"/></PARAM></GROUP>`,
  );
  const definition = readDefinition(source);
  expect(definition.parameters?.find((parameter) => parameter.name === 'cat')).toMatchObject({
    type: 'file',
    mediaTypes: ['text/csv'],
  });
  expect(definition.results).toEqual([{ name: 'plot', file: '*.png', mediaType: 'image/png' }]);
});

test('our own YAML is read, and a script in a file of its own is put into it', () => {
  const yaml = 'name: stack\nparameters:\n  - {name: n, type: integer, min: 1, default: "3"}\nresults: []\n';
  expect(readDefinition(yaml, 'echo $n')).toEqual({
    name: 'stack',
    parameters: [{ name: 'n', type: 'integer', min: 1, default: '3' }],
    results: [],
    script: 'echo $n',
  });
});

test.each([
  ['name: x\nscript: [', /line 2, column \d+/],
  ['name: x\nname: y\nscript: a', /line 2/],
  ['- a list', /must be object/],
  ['script: echo', /name/],
  ['name: x', /script: Give either script or program/],
  ['name: x\nscript: a\nprogram: fits-summary', /one of them/],
  ['name: x\nprogram: rm', /program: "rm" is unknown; there is fits-summary/],
  ['name: x\nscript: a\ncolour: red', /colour/],
  ['name: sync\nscript: a', /name: "sync" is a reserved word/],
  ['name: ASYNC\nscript: a', /reserved/],
  ['name: import_jdl\nscript: a', /reserved/],
  ['name: ../etc\nscript: a', /name/],
  [
    'name: x\nscript: a\nparameters: [{name: PATH, type: string}]',
    /parameters\.0 \(PATH\): A shell gives this name/,
  ],
  ['name: x\nscript: a\nparameters: [{name: LD_PRELOAD, type: string}]', /LD_PRELOAD/],
  ['name: x\nscript: a\nparameters: [{name: BASH-ENV, type: string}]', /BASH-ENV/],
  ['name: x\nscript: a\nparameters: [{name: phase, type: string}]', /UWS itself uses this name/],
  [
    'name: x\nscript: a\nparameters: [{name: a, type: string}, {name: A, type: string}]',
    /parameters\.1 \(A\): The name is used twice/,
  ],
  ['name: x\nscript: a\nparameters: [{name: "a b", type: string}]', /parameters\.0\.name/],
  ['name: x\nscript: a\nparameters: [{name: a, type: colour}]', /parameters\.0\.type/],
  ['name: x\nscript: a\nparameters: [{name: a, type: integer, min: 5, max: 2}]', /min is above max/],
  [
    'name: x\nscript: a\nparameters: [{name: a, type: integer, max: 5, default: "9"}]',
    /\(a\)\.default: .*above the largest value/,
  ],
  ['name: x\nscript: a\nparameters: [{name: a, type: integer, multiple: true}]', /Only files/],
  [
    'name: x\nscript: a\nresults: [{name: r, file: /etc/passwd}]',
    /results\.0 \(r\)\.file: .*begins with "\/"/,
  ],
  ['name: x\nscript: a\nresults: [{name: r, file: ../up}]', /"\.\."/],
  ['name: x\nscript: a\nresults: [{name: r, file: .bashrc}]', /begin with a dot/],
  ['name: x\nscript: a\nresults: [{name: stdout, file: a}]', /makes this result itself/],
  ['name: x\nscript: a\nresults: [{name: r, file: a, fromParameter: true}]', /no parameter of this name/],
  [
    'name: x\nscript: a\nresults: [{name: a-b, file: a}, {name: a_b, file: b}]',
    /results\.1 \(a_b\): A script has one variable, \$a_b, for it and for a-b/,
  ],
  [
    'name: x\nscript: a\nparameters: [{name: a_b, type: string}]\nresults: [{name: a-b, file: a}]',
    /results\.0 \(a-b\): A script has one variable, \$a_b/,
  ],
  [
    'name: x\nscript: a\nparameters: [{name: a, type: string}]\nresults: [{name: a, file: a}]',
    /results\.0 \(a\): A script has one variable, \$a/,
  ],
  ['name: x\nscript: a\nexecutionDuration: 100\nmaxExecutionDuration: 10', /above maxExecutionDuration/],
  ['a: &a [x]\nb: *a', /./],
  ['<VOTABLE/>', /line 1: There is no RESOURCE/],
  ['<a>', /not well-formed XML/],
  [
    '<VOTABLE><RESOURCE name="x"><GROUP name="InputParams"><PARAM name="a" datatype="floatComplex"/></GROUP></RESOURCE></VOTABLE>',
    /line 1: The datatype "floatComplex" is unknown/,
  ],
  ['{"name": "x", "parameters": {"a": 5}}', /parameters\.a: It is not an object/],
  ['{"name": "x", "parameters": {"a": {"datatype": "xs:nope"}}, "script": "a"}', /parameters\.a\.datatype/],
])('a broken definition is refused with place and reason: %s', (source, reason) => {
  expect(() => readDefinition(source)).toThrow(reason);
});

test('names that mean something in upper case only are good names in lower case', () => {
  const names = ['path', 'home', 'user', 'lang', 'uid', 'env', 'pwd', 'random', 'seconds', 'shell', 'reply'];
  const parameters = names.map((each) => ({ name: each, type: 'string' }));
  expect(() => readDefinition(JSON.stringify({ name: 'x', script: 'a', parameters }))).not.toThrow();
  for (const each of names) expect(isDangerousName(each.toUpperCase()), each).toBe(true);
});

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/).map((text) => `p_${text}`);
const text = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((each) => each.replaceAll(/[^\P{C}\n]/gu, '').trim());
/** A description in one case of two. */
const described = fc
  .option(text)
  .map((description): { description?: string } =>
    description === null || description === '' ? {} : { description },
  );

const kinds: Array<Partial<Parameter>> = [
  { type: 'string' },
  { type: 'string', options: ['a', 'b'], default: 'a' },
  { type: 'url' },
  { type: 'number', min: -0.5, unit: 'Jy/beam' },
  { type: 'integer', min: -5, max: 7, default: '3', ucd: 'time.duration' },
  { type: 'boolean', default: 'true' },
];

/** Definitions that OPUS can express. */
const parameter = fc
  .tuple(name, fc.boolean(), described, fc.constantFrom(...kinds))
  .map(
    ([key, required, more, kind]): Parameter => ({ name: key, type: 'string', required, ...more, ...kind }),
  );
const result = fc
  .tuple(fc.stringMatching(/^r[a-z]{1,8}$/), fc.constantFrom('a.txt', '*.png', 'sub/b.fits'), described)
  .map(([key, file, more]): ResultPattern => ({ name: key, file, mediaType: 'text/plain', ...more }));
const definition = fc
  .tuple(
    fc.uniqueArray(parameter, { selector: (each) => each.name, maxLength: 6 }),
    fc.uniqueArray(result, { selector: (each) => each.name, maxLength: 4 }),
    text,
    text,
  )
  .map(
    ([parameters, results, script, description]): Definition => ({
      ...aDefinition({ parameters, results, script: `true\n${script}\n`, executionDuration: 60 }),
      ...(description === '' ? {} : { description }),
    }),
  );

test('a definition goes to OPUS as JSON or VOTable and comes back the same', () => {
  fc.assert(
    fc.property(definition, (original) => {
      const checked = checkDefinition(original);
      const opus = definitionToOpus(checked);
      expect(checkDefinition(definitionFromOpus(opus))).toEqual(checked);
      expect(checkDefinition(definitionFromOpus(readOpusVotable(writeOpusVotable(opus))))).toEqual(checked);
    }),
  );
});

const db = await testDatabase();

test('loading the same again makes no version, a change makes the next one, and old versions stay', async () => {
  const now = new Date('2026-01-01T00:00:00.000Z');
  const first = aDefinition({ name: 'stack', description: 'one' });
  expect(await installDefinition(db, first, 'ada', now)).toEqual({ version: 1, isNew: true });
  const reordered = Object.fromEntries(Object.entries(first).reverse()) as Definition;
  expect(await installDefinition(db, reordered, 'ada', now)).toEqual({ version: 1, isNew: false });
  const outcomes = await Promise.all(
    ['two', 'three', 'four'].map((description) =>
      installDefinition(db, { ...first, description }, 'ada', now),
    ),
  );
  expect(outcomes.map((outcome) => outcome.version).sort()).toEqual([2, 3, 4]);
  expect((await listNewest(db.sql)).map(({ name: each, version }) => [each, version])).toEqual([
    ['stack', 4],
  ]);
  expect((await findVersion(db.sql, 'stack', 1))?.content.description).toBe('one');
});

test('a script written on Windows runs: its lines end as bash wants them', () => {
  const source = JSON.stringify({ name: 'windows', script: 'if true; then\r\n  echo yes\r\nfi\r\n' });
  expect(readDefinition(source).script).toBe('if true; then\n  echo yes\nfi\n');
  expect(readDefinition('name: windows', 'echo a\r\necho b\r\n').script).toBe('echo a\necho b\n');
});
