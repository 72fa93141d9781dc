import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../server/src/core/errors.ts';
import { readDefinition } from '../../../server/src/uws/definitions/index.ts';

// New inputs at each run of a person, the same ones on a build server: there a find would stop somebody else's change.
const usual = process.env.CI === 'true' ? 1 : Math.floor(Math.random() * 2 ** 31);
const seed = Number(process.env.ORRERY_FUZZ_SEED ?? usual);
const numRuns = Number(process.env.ORRERY_FUZZ_RUNS ?? 150);
console.info(`fuzz: ORRERY_FUZZ_SEED=${seed}`);

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/uws/${name}`, import.meta.url), 'utf8');
const whole = ['jdl-probe_vot.xml', 'jdl-probe_file_vot.xml', 'jdl-probe.json', 'jdl-probe_file.json'].map(
  fixture,
);

/** Reads it or refuses it with a sentence, in bounded time. Says which. */
function read(source: string): 'read' | 'refused' {
  // Of this process's own time: the machine may be busy with other tests.
  const started = process.cpuUsage();
  try {
    expect(readDefinition(source).name).toMatch(/^[A-Za-z_]/);
    return 'read';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.kind).toBe('invalid');
    expect(error.message).toMatch(/^[A-Z][\s\S]*\./);
    expect(error.message.length).toBeLessThan(2000);
    return 'refused';
  } finally {
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(5);
  }
}

const snippet = fc.oneof(
  fc.constantFrom(
    '<!DOCTYPE x [<!ENTITY a "b">]>',
    '&a;',
    '&#0;',
    '&#x110000;',
    '<![CDATA[',
    ']]>',
    '<GROUP name="Used">',
    '</GROUP>',
    '<PARAM/>',
    'xmlns:x=""',
    '<?xml version="1.1"?>',
    '<?pi ?>',
    '<!--',
    '"',
    '\0',
    '\ufffe',
    '\ud800',
    '__proto__',
    '"__proto__": {"datatype": "file"},',
    'constructor',
    '$(id)',
    '*',
    '&anchor',
    '!!js/function',
    ': ',
    '\t',
    '9'.repeat(400),
    '-1e999',
  ),
  fc.string({ maxLength: 10 }),
);

/** A definition that works, with parts cut out, doubled, moved or replaced. */
const mutated = fc
  .tuple(
    fc.constantFrom(...whole),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(60), snippet, fc.boolean()), {
      maxLength: 4,
    }),
  )
  .map(([source, cuts]) =>
    cuts.reduce((text, [where, length, put, twice]) => {
      const at = Math.floor(text.length * where);
      const cut = text.slice(at, at + length);
      return text.slice(0, at) + put + (twice ? cut + cut : '') + text.slice(at + length);
    }, source),
  );

test('a definition with anything wrong in it is read or refused with the place and the reason', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(mutated, (source) => {
      seen.add(read(source));
    }),
    { seed, numRuns },
  );
  // Both happen, or the property says little: some are left as they are.
  expect(seen).toEqual(new Set(['read', 'refused']));
});

test('text that is no definition at all is refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), (source) => {
      expect(read(source)).toBe('refused');
    }),
    { seed, numRuns },
  );
});

const votable = (inside: string, before = '') =>
  `<?xml version="1.0"?>${before}<VOTABLE><RESOURCE name="probe">${inside}</RESOURCE></VOTABLE>`;
const script = '<PARAM name="script" value="true"/>';
const laughs = Array.from({ length: 12 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join(
  '',
);

test.each([
  ['entities that double themselves', votable('&l12;', `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>`)],
  ['an entity that is a file', votable('&f;', '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>')],
  ['a document type of another machine', votable('', '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">')],
  ['a hundred thousand levels', votable('<G>'.repeat(100_000))],
  ['ten thousand closed levels', votable(`${'<G>'.repeat(10_000)}${'</G>'.repeat(10_000)}`)],
  [
    'a name of a million letters',
    votable(`${script}<GROUP name="InputParams"><PARAM name="${'x'.repeat(1_000_000)}"/></GROUP>`),
  ],
  [
    'ten thousand parameters',
    votable(`${script}<GROUP name="InputParams">${'<PARAM name="p"/>'.repeat(10_000)}</GROUP>`),
  ],
  ['a script of ten million letters', votable(`<PARAM name="script" value="${'x'.repeat(10_000_000)}"/>`)],
  [
    'fifty thousand attributes',
    votable(`<PARAM ${Array.from({ length: 50_000 }, (_, at) => `a${at}=""`).join(' ')}/>`),
  ],
  ['JSON of a hundred thousand levels', '['.repeat(100_000)],
  [
    'JSON of ten thousand levels in a parameter',
    `{"name":"p","parameters":{"a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_001)}}`,
  ],
  ['YAML of ten thousand levels', `name: probe\nparameters: ${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  [
    'YAML of five thousand block levels',
    Array.from({ length: 5000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
  ],
  [
    'YAML aliases that double themselves',
    `a: &a [x,x]\n${'bcdefghijklmn'
      .split('')
      .map((name, at) => `${name}: &${name} [*${'abcdefghijklmn'[at]},*${'abcdefghijklmn'[at]}]`)
      .join('\n')}`,
  ],
  ['a YAML tag of a program', 'name: !!js/function "function () {}"\nscript: x'],
])('%s: refused in time', (_what, source) => {
  expect(read(source)).toBe('refused');
});
