import { describe, expect, it } from 'vitest';
import { cameraRules } from '../../../../../test/support/crds-mappings.ts';
import { Dict, type Literal, Tuple } from '../literal.ts';
import { type Mapping, type MappingKind, mappingOf } from '../mapping.ts';
import { readMapping } from '../read.ts';
import type { Difference } from './difference.ts';
import { type DifferenceOptions, differences } from './differences.ts';

const rmap = readMapping(cameraRules);

/** The camera's rules under a new name, with a part of their text replaced. */
function rules(name: string, from = '', to = ''): Mapping {
  const text = cameraRules.replace(from, to).replaceAll('demo_camera_flat_0001.rmap', name);
  return readMapping(text, { ignoreSum: true });
}

function context(kind: MappingKind, name: string, selections: Record<string, string>): Mapping {
  const header = new Map<string, Literal>([
    ['mapping', kind === 'pmap' ? 'PIPELINE' : 'INSTRUMENT'],
    ['name', name],
    ['instrument', 'CAMERA'],
    ['parkey', new Tuple([kind === 'pmap' ? 'INSTRUME' : 'REFTYPE'])],
  ]);
  return mappingOf(kind, header, null, new Dict(Object.entries(selections)));
}

function shown(found: readonly Difference[]): string[] {
  return found.map(({ values }) =>
    values.map((step) => (typeof step === 'string' ? step : step.join(' '))).join(' | '),
  );
}

async function between(
  before: Mapping,
  after: Mapping,
  others: Mapping[] = [],
  options: DifferenceOptions = {},
): Promise<string[]> {
  const byName = new Map(others.map((mapping) => [mapping.name, mapping]));
  const read = (name: string): Mapping => {
    const mapping = byName.get(name);
    if (mapping === undefined) throw new Error(`${name} is read`);
    return mapping;
  };
  return shown(await differences(before, after, read, options));
}

const names = 'demo_camera_flat_0001.rmap demo_camera_flat_0002.rmap';

describe('differences of rules', () => {
  it('are none between equal rules', async () => {
    expect(await between(rmap, rules('demo_camera_flat_0002.rmap'))).toEqual([]);
  });

  it.each([
    [
      "'demo_camera_flat_0003.fits'",
      "'new.fits'",
      ["SOUTH N/A | 2001-01-01 00:00:00 | replaced 'demo_camera_flat_0003.fits' with 'new.fits'"],
    ],
    [
      "        '2005-01-01 00:00:00' : 'demo_camera_flat_0002.fits',\n",
      '',
      ["NORTH BLUE|GREEN | 2005-01-01 00:00:00 | deleted terminal 'demo_camera_flat_0002.fits'"],
    ],
    [
      "('SOUTH', 'N/A')",
      "('SOUTH', '*')",
      [
        "SOUTH * | 2001-01-01 00:00:00 | added Match rule for 'demo_camera_flat_0003.fits'",
        "SOUTH N/A | 2001-01-01 00:00:00 | deleted Match rule for 'demo_camera_flat_0003.fits'",
      ],
    ],
    [
      "'DETECTOR', 'FILTER'",
      "'FILTER', 'DETECTOR'",
      ["different parameter lists  ('DETECTOR', 'FILTER') : ('FILTER', 'DETECTOR')"],
    ],
    ["'N/A') : UseAfter", "'N/A') : ClosestTime", ['SOUTH N/A | different classes UseAfter : ClosestTime']],
  ])('say where the rules changed from %s', async (from, to, expected) => {
    expect(await between(rmap, rules('demo_camera_flat_0002.rmap', from, to))).toEqual(
      expected.map((text) => `${names} | ${text}`),
    );
  });

  it('leave keys out of the way to a file that Python takes for false', async () => {
    const head = cameraRules
      .slice(0, cameraRules.indexOf('selector'))
      .replace("('DETECTOR', 'FILTER')", '()');
    const read = (selector: string): Mapping =>
      readMapping(`${head}selector = ${selector}\n`, { ignoreSum: true });
    const old = read("Match({() : Bracket({0.0 : 'a.fits', 1 : 'b.fits'})})");
    const current = read("Match({() : Bracket({0.0 : 'c.fits', 1 : 'd.fits'})})");
    expect((await differences(old, current, read)).map(({ values }) => values.slice(1))).toEqual([
      [[], ['1'], "replaced 'b.fits' with 'd.fits'"],
      [[], "replaced 'a.fits' with 'c.fits'"],
    ]);
  });

  it('name parameters, instrument and type', async () => {
    const [found] = await differences(
      rmap,
      rules('demo_camera_flat_0002.rmap', '0003.fits', '0004.fits'),
      () => rmap,
    );
    expect(found).toMatchObject({
      parameterNames: ['ReferenceMapping', ['DETECTOR', 'FILTER'], ['DATE-OBS', 'TIME-OBS'], 'DIFFERENCE'],
      instrument: 'camera',
      filekind: 'flat',
    });
  });

  it('include headers when asked, in lower case', async () => {
    const changed = rules(
      'demo_camera_flat_0002.rmap',
      "'derived_from' : 'by hand'",
      "'derived_from' : 'HAND', 'extra' : 1",
    );
    expect(await between(rmap, changed, [], { includeHeaders: true })).toEqual([
      `${names} | header added 'extra' = 1`,
      `${names} | header replaced 'derived_from' = 'by hand' with 'hand'`,
      `${names} | header replaced 'name' = 'demo_camera_flat_0001.rmap' with 'demo_camera_flat_0002.rmap'`,
    ]);
  });
});

describe('differences of contexts', () => {
  const changed = rules('demo_camera_flat_0002.rmap', '0003.fits', '0004.fits');
  const dark = rules('demo_camera_dark_0001.rmap');
  const old = context('imap', 'demo_camera_0001.imap', { flat: rmap.name, dark: dark.name, bias: 'N/A' });

  it('go down to the rules, and read only what changed', async () => {
    const current = context('imap', 'demo_camera_0002.imap', {
      FLAT: changed.name,
      dark: dark.name,
      bias: 'N/A',
    });
    const withSum = { ...changed, header: new Map([...changed.header, ['sha1sum', 'other']]) };
    const imaps = 'demo_camera_0001.imap demo_camera_0002.imap';
    expect(await between(old, current, [rmap, withSum])).toEqual([
      `${imaps} | ${names} | SOUTH N/A | 2001-01-01 00:00:00 | replaced 'demo_camera_flat_0003.fits' with 'demo_camera_flat_0004.fits'`,
      `${imaps} | flat | replaced 'demo_camera_flat_0001.rmap' with 'demo_camera_flat_0002.rmap'`,
    ]);
  });

  it('name what is new, gone, or does not apply any more', async () => {
    const current = context('imap', 'demo_camera_0002.imap', { flat: 'N/A', bias: dark.name });
    const imaps = 'demo_camera_0001.imap demo_camera_0002.imap';
    const expected = [
      `${imaps} | bias | replaced 'N/A' with 'demo_camera_dark_0001.rmap'`,
      `${imaps} | dark | deleted 'demo_camera_dark_0001.rmap'`,
      `${imaps} | flat | replaced 'demo_camera_flat_0001.rmap' with 'N/A'`,
    ];
    expect(await between(old, current)).toEqual(expected);
    const all = await between(old, current, [rmap, dark], { insideAddedAndDeleted: true });
    expect(all).toHaveLength(3 + 3 * 3);
    expect(all.slice(-3)).toEqual(expected);
    expect(all[0]).toBe(
      "demo_camera_0001.imap | demo_camera_dark_0001.rmap | NORTH BLUE|GREEN | 2001-01-01 00:00:00 | added terminal 'demo_camera_flat_0001.fits'",
    );
  });

  it('do not compare a context with rules', async () => {
    expect(await between(old, rmap)).toEqual([
      'demo_camera_0001.imap demo_camera_flat_0001.rmap | different classes InstrumentContext : ReferenceMapping',
    ]);
  });
});
