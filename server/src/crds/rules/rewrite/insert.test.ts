import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cameraRules } from '../../../../../test/support/crds-mappings.ts';
import { fileMatches } from '../file-matches.ts';
import { Header } from '../header.ts';
import { Tuple } from '../literal.ts';
import { isSelector, type Mapping, mappingOf, type Selector } from '../mapping.ts';
import { inKeyOrder } from '../order.ts';
import { reprOf } from '../python-text.ts';
import { readMapping } from '../read.ts';
import { renderMapping } from '../render.ts';
import { compileRmap, lookUp } from '../rmap.ts';
import { conditionValue } from '../values.ts';
import { deleteReference } from './delete.ts';
import { insertReferences } from './delivery.ts';
import { insertReference } from './insert.ts';

const rules = readMapping(cameraRules);

/** The camera's rules with a part of their text replaced. */
function changed(...replacements: (readonly [from: string, to: string])[]): Mapping {
  let text = cameraRules;
  for (const [from, to] of replacements) text = text.replaceAll(from, to);
  return readMapping(text, { ignoreSum: true });
}

/** An rmap with these parameters, classes and rules. */
function rmap(parkey: string, classes: string, selector: string): Mapping {
  const head = cameraRules.slice(0, cameraRules.indexOf('selector'));
  const header = head
    .replace(/'parkey' : .*,\n/, `'parkey' : ${parkey},\n`)
    .replace("    'filekind'", `    'classes' : ${classes},\n    'filekind'`);
  return readMapping(`${header}selector = ${selector}\n`, { ignoreSum: true });
}

function values(detector: string, filter: string, useAfter = '2001-01-01 00:00:00'): Map<string, string> {
  const [date = '', time = ''] = useAfter.split(' ');
  return new Map([
    ['DETECTOR', detector],
    ['FILTER', filter],
    ['DATE-OBS', date],
    ['TIME-OBS', time],
  ]);
}

/** Keys and files of all leaves. */
function leaves(mapping: Mapping): string[] {
  const collect = ({ entries }: Selector, way: string): string[] =>
    inKeyOrder(entries).flatMap(({ key, value }) => {
      const here = `${way}${reprOf(key)} `;
      return isSelector(value) ? collect(value, here) : [here + reprOf(value)];
    });
  return isSelector(mapping.selector) ? collect(mapping.selector, '') : [];
}

describe('inserting a reference', () => {
  it('adds a date to the rule of its key, however that is written', () => {
    const { mapping, replaced } = insertReference(
      rules,
      values('north', 'GREEN | BLUE', '2003-01-01 00:00:00'),
      'new.fits',
    );
    expect(replaced).toBeNull();
    expect(leaves(mapping)).toEqual([
      "('NORTH', 'BLUE|GREEN') '2001-01-01 00:00:00' 'demo_camera_flat_0001.fits'",
      "('NORTH', 'BLUE|GREEN') '2003-01-01 00:00:00' 'new.fits'",
      "('NORTH', 'BLUE|GREEN') '2005-01-01 00:00:00' 'demo_camera_flat_0002.fits'",
      "('SOUTH', 'N/A') '2001-01-01 00:00:00' 'demo_camera_flat_0003.fits'",
    ]);
  });

  it('replaces the file of the same key and date', () => {
    const { mapping, replaced } = insertReference(rules, values('SOUTH', 'N/A'), 'new.fits');
    expect(replaced).toBe('demo_camera_flat_0003.fits');
    expect(leaves(mapping)).toHaveLength(3);
    expect(leaves(mapping)[2]).toBe("('SOUTH', 'N/A') '2001-01-01 00:00:00' 'new.fits'");
  });

  it('adds rules of all levels for a new key, in order', () => {
    const { mapping } = insertReference(rules, values('EAST', 'C |A'), 'new.fits');
    expect(leaves(mapping)[0]).toBe("('EAST', 'A|C') '2001-01-01 00:00:00' 'new.fits'");
    expect(renderMapping(readMapping(renderMapping(mapping)))).toBe(renderMapping(mapping));
  });

  it('leaves the rules that it began with as they were', () => {
    const before = renderMapping(rules);
    insertReference(rules, values('SOUTH', 'N/A'), 'new.fits');
    expect(renderMapping(rules)).toBe(before);
  });

  it('does not tell keys apart by parameters that are only comments', () => {
    const commented = changed(["    'filekind'", "    'comment_parkeys' : ('filter',),\n    'filekind'"]);
    const { mapping } = insertReference(commented, values('SOUTH', 'RED', '2002-01-01 00:00:00'), 'new.fits');
    expect(leaves(mapping).at(-1)).toBe("('SOUTH', 'N/A') '2002-01-01 00:00:00' 'new.fits'");
  });

  it('takes the first of several rules that only comments tell apart, and replaces none of them', () => {
    const selector = "Match({(1.0, 'B') : UseAfter({}), ('1', 'A') : UseAfter({})})";
    const mapping = rmap(
      "(('DETECTOR', 'FILTER'), ('DATE-OBS', 'TIME-OBS'))",
      "('Match', 'UseAfter')",
      selector,
    );
    const header = new Map([...mapping.writtenHeader, ['comment_parkeys', new Tuple(['FILTER'])] as const]);
    const commented = mappingOf('rmap', header, null, mapping.selector);
    const { mapping: updated } = insertReference(commented, values('1', 'C'), 'new.fits');
    expect(leaves(updated)).toEqual(["('1', 'A') '2001-01-01 00:00:00' 'new.fits'"]);
    const flat = rmap(
      "(('DETECTOR', 'FILTER'),)",
      "('Match',)",
      "Match({(1.0, 'B') : 'a.fits', ('1', 'A') : 'b.fits'})",
    );
    const commentedFlat = mappingOf(
      'rmap',
      header
        .set('parkey', new Tuple([new Tuple(['DETECTOR', 'FILTER'])]))
        .set('classes', new Tuple(['Match'])),
      null,
      flat.selector,
    );
    expect(() => insertReference(commentedFlat, values('1', 'C'), 'new.fits')).toThrow(
      "only comments tell the rules at ('1', 'A') and (1.0, 'B') apart",
    );
  });

  it('puts rules in place of one that did not apply', () => {
    const none = rmap(
      "(('DETECTOR',), ('DATE-OBS', 'TIME-OBS'))",
      "('Match', 'UseAfter')",
      "Match({'SOUTH' : 'N/A'})",
    );
    const { mapping, replaced } = insertReference(none, values('SOUTH', ''), 'new.fits');
    expect(replaced).toBe('N/A');
    expect(leaves(mapping)).toEqual(["'SOUTH' '2001-01-01 00:00:00' 'new.fits'"]);
  });

  it.each([
    [
      "(('LAMP',),)",
      "('Bracket',)",
      "Bracket({5 : 'a.fits', 1.5 : 'b.fits'})",
      '5.00',
      ["1.5 'b.fits'", "5.0 'new.fits'"],
    ],
    [
      "(('LAMP',),)",
      "('GeometricallyNearest',)",
      "GeometricallyNearest({'5' : 'a.fits'})",
      '5',
      ["5.0 'new.fits'"],
    ],
    [
      "(('LAMP',),)",
      "('VersionAfter',)",
      "VersionAfter({'1.2' : 'a.fits'})",
      '1.2.0',
      ["'1.2.0' 'new.fits'"],
    ],
    [
      "(('LAMP',),)",
      "('VersionAfter',)",
      "VersionAfter({'1.2' : 'a.fits'})",
      '1.10',
      ["'1.10' 'new.fits'", "'1.2' 'a.fits'"],
    ],
    [
      "(('LAMP',),)",
      "('SelectVersion',)",
      "SelectVersion({'=5' : 'a.fits', '<5' : 'b.fits'})",
      '5',
      ["'5' 'new.fits'", "'<5' 'b.fits'"],
    ],
    ["(('LAMP',),)", "('Match',)", "Match({('on',) : 'a.fits'})", 'ON', ["'ON' 'new.fits'"]],
    ['((),)', "('Match',)", 'Match({})', '', ["() 'new.fits'"]],
  ])('finds the rule of other selectors: %s %s %s', (parkey, classes, selector, value, expected) => {
    const { mapping } = insertReference(
      rmap(parkey, classes, selector),
      new Map([['LAMP', value]]),
      'new.fits',
    );
    expect(leaves(mapping).sort()).toEqual([...expected].sort());
  });
});

describe('an insertion is refused', () => {
  it.each([
    ['a missing value', rules, new Map([['DETECTOR', 'NORTH']]), "no value for 'FILTER'"],
    [
      'a date that is none',
      rules,
      values('NORTH', 'RED', 'TODAY 00:00:00'),
      "no date and time: 'TODAY 00:00:00'",
    ],
    [
      'rules of one level without classes',
      rmap("(('DETECTOR',),)", "('Match', 'UseAfter')", "Match({'A' : 'a.fits'})"),
      values('A', ''),
      'rules of unclear depth',
    ],
    [
      'an unknown class',
      rmap("(('DETECTOR',),)", "('Mach',)", "Match({'A' : 'a.fits'})"),
      values('A', ''),
      "unknown selector: 'Mach'",
    ],
    [
      'rules deeper than classes',
      rmap("(('DETECTOR',),)", "('Match',)", "Match({'A' : UseAfter({'x' : 'a.fits'})})"),
      values('A', ''),
      'leads to more rules',
    ],
    [
      'a number that is none',
      rmap("(('DETECTOR',),)", "('Bracket',)", "Bracket({1 : 'a.fits'})"),
      values('A', ''),
      "'DETECTOR' is no number: 'A'",
    ],
    [
      'a version that is none',
      rmap("(('DETECTOR',),)", "('VersionAfter',)", "VersionAfter({'1' : 'a.fits'})"),
      values('A', ''),
      'Invalid version string',
    ],
    [
      'keys that have no order',
      rmap("(('LAMP',),)", "('Bracket',)", "Bracket({'3' : 'a.fits'})"),
      new Map([['LAMP', '2']]),
      'the new rules cannot be used: ',
    ],
    [
      'a special case of equal weight',
      rules,
      values('NORTH', 'BLUE'),
      "('NORTH', 'BLUE') is a special case of equal weight of ('NORTH', 'BLUE|GREEN')",
    ],
  ])('%s', (_, mapping, header, message) => {
    expect(() => insertReference(mapping, header, 'new.fits')).toThrow(message);
  });

  it('for values that constraints do not allow', () => {
    const validValues = new Map([
      ['FILTER', ['RED', 'BLUE']],
      ['DETECTOR', ['1:5']],
    ]);
    const insert = (detector: string, filter: string): unknown =>
      insertReference(rules, values(detector, filter), 'new.fits', { validValues });
    expect(() => insert('3', 'RED|BLUE')).not.toThrow();
    expect(() => insert('3', '(R.*)')).not.toThrow();
    expect(() => insert('3', 'N/A')).not.toThrow();
    expect(() => insert('3', 'NOT BLUE')).not.toThrow();
    expect(() => insert('3', 'RED|PINK')).toThrow("'FILTER' is 'PINK', not one of 'RED', 'BLUE'");
    expect(() => insert('6', 'RED')).toThrow("'DETECTOR' is '6', not between 1 and 5");
    expect(() => insert('NORTH', 'RED')).toThrow("'DETECTOR' is 'NORTH'");
  });
});

describe('special cases of equal weight', () => {
  it('are only mentioned for Hubble, unless its rules are not merged', () => {
    const hubble = changed(["'DEMO'", "'HST'"]);
    expect(insertReference(hubble, values('NORTH', 'BLUE'), 'new.fits').warnings).toEqual([
      "the rule ('NORTH', 'BLUE') is a special case of equal weight of ('NORTH', 'BLUE|GREEN')",
    ]);
    const unmerged = changed(
      ["'DEMO'", "'HST'"],
      ["    'filekind'", "    'merge_overlaps' : False,\n    'filekind'"],
    );
    expect(() => insertReference(unmerged, values('NORTH', 'BLUE'), 'new.fits')).toThrow('special case');
  });

  it('are none when one of the rules counts for less', () => {
    expect(insertReference(rules, values('SOUTH', 'RED'), 'new.fits').warnings).toEqual([]);
  });

  it('are seen behind substitutions', () => {
    const subarray = changed(["'FILTER'", "'SUBARRAY'"], ["('NORTH', 'BLUE|GREEN')", "('ANY', 'GENERIC')"]);
    const header = new Map([...values('NORTH', ''), ['SUBARRAY', 'N/A']]);
    expect(() => insertReference(subarray, header, 'new.fits')).toThrow("of ('*', 'N/A')");
  });
});

describe('a delivery of several references', () => {
  it('has them all in the rules at the end', () => {
    const references = [
      { file: 'a.fits', values: values('EAST', 'RED') },
      { file: 'b.fits', values: values('EAST', 'RED', '2002-01-01 00:00:00') },
    ];
    const { mapping, insertions } = insertReferences(rules, references);
    expect(insertions).toHaveLength(2);
    expect(leaves(mapping).slice(0, 2)).toEqual([
      "('EAST', 'RED') '2001-01-01 00:00:00' 'a.fits'",
      "('EAST', 'RED') '2002-01-01 00:00:00' 'b.fits'",
    ]);
  });

  it('is refused when two of them come to the same rule', () => {
    const references = ['a.fits', 'b.fits'].map((file) => ({ file, values: values('EAST', 'RED') }));
    expect(() => insertReferences(rules, references)).toThrow(
      "'b.fits' and 'a.fits' identically match DETECTOR='EAST', FILTER='RED', DATE-OBS='2001-01-01', TIME-OBS='00:00:00'",
    );
  });
});

describe('deleting a reference', () => {
  it('removes its rules and those that lead nowhere then', () => {
    expect(leaves(deleteReference(rules, 'demo_camera_flat_0003.fits'))).toHaveLength(2);
    expect(leaves(deleteReference(rules, 'demo_camera_flat_0001.fits'))).toEqual([
      "('NORTH', 'BLUE|GREEN') '2005-01-01 00:00:00' 'demo_camera_flat_0002.fits'",
      "('SOUTH', 'N/A') '2001-01-01 00:00:00' 'demo_camera_flat_0003.fits'",
    ]);
  });

  it('is refused for a file that is not there or not alone', () => {
    expect(() => deleteReference(rules, 'other.fits')).toThrow("no rule leads to 'other.fits' alone");
    const pair = rmap(
      "(('DETECTOR',),)",
      "('Match',)",
      "Match({'A' : 'a.fits', 'B' : ('a.fits', 'b.fits')})",
    );
    expect(() => deleteReference(pair, 'a.fits')).toThrow("'a.fits' is also one of several files of a rule");
  });
});

const detector = fc.constantFrom('NORTH', 'EAST', 'WEST');
const filter = fc.constantFrom('RED', 'BLUE', '1', '1.50', 'N/A');
const moment = fc.integer({ min: 2000, max: 2020 }).map((year) => `${year}-01-01 00:00:00`);
const deliveries = fc.array(fc.tuple(detector, filter, moment), { minLength: 1, maxLength: 12 });

describe('rules after any insertions', () => {
  const empty = changed([cameraRules.slice(cameraRules.indexOf('selector')), 'selector = Match({})\n']);

  it('lead to the last file that was inserted at each key and date', () => {
    fc.assert(
      fc.property(deliveries, (inserted) => {
        let mapping = empty;
        const expected = new Map<string, string>();
        for (const [at, [north, red, date]] of inserted.entries()) {
          const file = `f${at}.fits`;
          mapping = insertReference(mapping, values(north, red, date), file).mapping;
          expected.set([north, red === '1' ? '1.0' : red, date].join(), file);
        }
        const files = new Set(expected.values());
        for (const at of inserted.keys()) {
          expect(fileMatches([mapping], `f${at}.fits`)).toHaveLength(files.has(`f${at}.fits`) ? 1 : 0);
        }
      }),
    );
  });

  it('recommend a file for the datasets that it was inserted for', () => {
    const color = fc.constantFrom('RED', 'BLUE', '1', '1.50');
    fc.assert(
      fc.property(deliveries, detector, color, moment, (inserted, north, red, date) => {
        let mapping = empty;
        for (const [at, [there, other, when]] of inserted.entries()) {
          mapping = insertReference(mapping, values(there, other, when), `f${at}.fits`).mapping;
        }
        mapping = insertReference(mapping, values(north, red, date), 'new.fits').mapping;
        const conditioned = [...values(north, red, date)].map(
          ([name, value]) => [name, conditionValue(value)] as const,
        );
        expect(lookUp(compileRmap(mapping), new Header(new Map(conditioned), new Map()))).toBe('new.fits');
      }),
    );
  });

  it('are what they were when a new file is deleted again', () => {
    fc.assert(
      fc.property(deliveries, detector, filter, (inserted, north, red) => {
        let mapping = empty;
        for (const [at, [there, color, date]] of inserted.entries()) {
          mapping = insertReference(mapping, values(there, color, date), `f${at}.fits`).mapping;
        }
        const more = insertReference(mapping, values(north, red, '2030-01-01 00:00:00'), 'new.fits').mapping;
        expect(renderMapping(deleteReference(more, 'new.fits'))).toBe(renderMapping(mapping));
      }),
    );
  });
});
