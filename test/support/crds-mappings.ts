import fc from 'fast-check';
import {
  Dict,
  type Entry,
  type Literal,
  type Mapping,
  mappingOf,
  NumberLiteral,
  type Selector,
  sumOf,
  Tuple,
} from '../../server/src/crds/rules/index.ts';
import { keyIdentity } from '../../server/src/crds/rules/key-identity.ts';
import { floatText } from '../../server/src/crds/rules/python-text.ts';

/** The text of a small mapping with the right checksum in place of `SUM`. */
export function withSum(text: string): string {
  return text.replace('SUM', sumOf(text));
}

/** An rmap of an invented observatory: rules for two cameras by date. */
export const cameraRules = withSum(`header = {
    'derived_from' : 'by hand',
    'filekind' : 'FLAT',
    'instrument' : 'CAMERA',
    'mapping' : 'REFERENCE',
    'name' : 'demo_camera_flat_0001.rmap',
    'observatory' : 'DEMO',
    'parkey' : (('DETECTOR', 'FILTER'), ('DATE-OBS', 'TIME-OBS')),
    'sha1sum' : 'SUM',
}

selector = Match({
    ('NORTH', 'BLUE|GREEN') : UseAfter({
        '2001-01-01 00:00:00' : 'demo_camera_flat_0001.fits',
        '2005-01-01 00:00:00' : 'demo_camera_flat_0002.fits',
    }),
    ('SOUTH', 'N/A') : UseAfter({
        '2001-01-01 00:00:00' : 'demo_camera_flat_0003.fits',
    }),
})
`);

const words = fc.constantFrom(
  'NORTH',
  'SOUTH',
  'A|B',
  'N/A',
  '*',
  "it's",
  'tab\there',
  'é',
  '',
  '__proto__',
  '1.0',
);
const names = fc.stringMatching(/^[a-z]{1,8}\.fits$/);

const numbers = fc.oneof(
  fc.integer().map((value) => new NumberLiteral(String(value), value)),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => new NumberLiteral(floatText(value), value)),
);

const scalars: fc.Arbitrary<Literal> = fc.oneof(words, fc.string(), numbers, fc.boolean(), fc.constant(null));

/** Any literal, nested a few levels. */
export const literals: fc.Arbitrary<Literal> = fc.letrec<{ literal: Literal }>((tie) => ({
  literal: fc.oneof(
    { maxDepth: 3 },
    scalars,
    fc.array(tie('literal'), { maxLength: 3 }).map((items) => new Tuple(items)),
    fc.array(tie('literal'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(fc.string(), tie('literal')), { selector: ([key]) => key, maxLength: 3 })
      .map((entries) => new Dict(entries)),
  ),
})).literal;

const keys = fc.oneof(
  words,
  numbers,
  fc.array(fc.oneof(words, numbers), { maxLength: 3 }).map((items) => new Tuple(items)),
);

const outcomes: fc.Arbitrary<Literal> = fc.oneof(
  names,
  fc.constant('N/A'),
  fc.array(names, { minLength: 1, maxLength: 3 }).map((items) => new Tuple(items)),
  fc
    .uniqueArray(fc.tuple(names, names), { selector: ([key]) => key, minLength: 1, maxLength: 2 })
    .map((entries) => new Dict(entries)),
);

const selectors = fc.letrec<{ selector: Selector }>((tie) => ({
  selector: fc.record({
    selector: fc.constantFrom('Match', 'UseAfter', 'Bracket', 'SelectVersion'),
    entries: fc.uniqueArray(
      fc.record<Entry>({
        key: keys,
        value: fc.oneof({ maxDepth: 3 }, outcomes, tie('selector')),
        line: fc.constant(0),
      }),
      { selector: ({ key }) => keyIdentity(key), maxLength: 4 },
    ),
  }),
})).selector;

/** Any rmap that can be written; whether its rules make sense is another matter. */
export const rmaps: fc.Arbitrary<Mapping> = fc
  .record({
    extra: fc.uniqueArray(fc.tuple(fc.string(), literals), { selector: ([key]) => key, maxLength: 4 }),
    comment: fc.option(
      fc.string({ minLength: 1, unit: fc.constantFrom('a', '"', "'", '\\', 'n', '\n', '\r', 'é') }),
    ),
    selector: selectors,
  })
  .map(({ extra, comment, selector }) => {
    const stated: [string, Literal][] = [
      ['mapping', 'REFERENCE'],
      ['name', 'demo_camera_flat_0001.rmap'],
      ['derived_from', 'by hand'],
      ['observatory', 'DEMO'],
      ['instrument', 'CAMERA'],
      ['filekind', 'FLAT'],
      ['parkey', new Tuple([])],
    ];
    return mappingOf('rmap', new Map([...extra, ...stated]), comment, selector);
  });
