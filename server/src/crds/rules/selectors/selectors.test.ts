import { describe, expect, it } from 'vitest';
import { type SampleRules, sampleRmap } from '../../../../../test/support/crds-sample-rules.ts';
import { Failure } from '../failure.ts';
import { Header } from '../header.ts';
import { MappingError } from '../mapping-error.ts';

/** What the selector tree alone answers, failures as their texts. */
function choose(rules: SampleRules, values: Record<string, string>): unknown {
  const header = new Header(new Map(Object.entries(values)), new Map());
  const outcome = sampleRmap(rules).rule.choose(header);
  return outcome instanceof Failure ? `NOT FOUND ${outcome.text}` : outcome;
}

describe('Match', () => {
  const rules: SampleRules = {
    parkey: "(('A', 'B'),)",
    selector: `Match({
      ('X', 'Y') : 'xy.fits', ('X', 'N/A') : 'x.fits', ('ANY', 'Z|W') : 'zw.fits', ('V', '(K.*)') : 'k.fits',
    })`,
  };

  it.each([
    ['X', 'Y', 'xy.fits'],
    ['X', 'Q', 'x.fits'],
    ['Q', 'W', 'zw.fits'],
    ['V', 'KLM', 'k.fits'],
    ['N/A', 'Y', 'xy.fits'],
  ])('prefers the clause that says most for %s %s', (a, b, file) => {
    expect(choose(rules, { A: a, B: b })).toBe(file);
  });

  it('finds nothing for values that no clause takes together', () => {
    expect(choose(rules, { A: 'V', B: 'Y' })).toBe('NOT FOUND No match found.');
  });

  it('refuses a value that no clause names, unless some clause is open there', () => {
    const closed: SampleRules = {
      parkey: "(('A',),)",
      selector: "Match({'X' : 'x.fits', 'Y|Z' : 'y.fits'})",
    };
    expect(choose(closed, { A: 'Q' })).toBe("NOT FOUND  parameter='A' value='Q' is not in ['X', 'Y', 'Z']");
    expect(choose(closed, { A: 'NOT X' })).toBe('NOT FOUND No match found.');
    expect(choose(closed, { A: '*' })).toEqual(['x.fits', 'y.fits']);
    expect(choose(closed, {})).toBe("NOT FOUND Match required lookup parameter 'A' is undefined.");
    expect(choose({ ...closed, selector: "Match({'X' : 'x.fits', 'N/A' : 'n.fits'})" }, {})).toBe('n.fits');
  });

  it('answers with all names when clauses tie', () => {
    const tied: SampleRules = {
      parkey: "(('A', 'B'),)",
      selector: "Match({('X', 'N/A') : 'b.fits', ('N/A', 'Y') : 'a.fits'})",
    };
    expect(choose(tied, { A: 'X', B: 'Y' })).toEqual(['a.fits', 'b.fits']);
    const strict = { ...tied, header: "'merge_overlaps' : 'false'," };
    expect(choose(strict, { A: 'X', B: 'Y' })).toBe('NOT FOUND More than one match clause matched.');
  });

  it('takes the empty key when there are no parameters', () => {
    expect(choose({ parkey: '((),)', selector: "Match({() : 'a.fits'})" }, {})).toBe('a.fits');
  });

  it('finds the right one of many clauses', () => {
    const clauses = Array.from({ length: 100 }, (_, index) => `('V${index}', 'N/A') : '${index}.fits',`);
    const many: SampleRules = { parkey: "(('A', 'B'),)", selector: `Match({${clauses.join('\n')}})` };
    for (const index of [0, 31, 32, 63, 64, 99]) {
      expect(choose(many, { A: `V${index}`, B: '1.0' })).toBe(`${index}.fits`);
    }
  });

  it('is refused when keys have the wrong length, mean nothing or the same', () => {
    const broken =
      (selector: string): (() => unknown) =>
      () =>
        choose({ parkey: "(('A', 'B'),)", selector }, {});
    expect(broken("Match({('X',) : 'a.fits'})")).toThrow(/:7:1: expected 2 values in the key/);
    expect(broken("Match({('X', 'BETWEEN 2 1') : 'a.fits'})")).toThrow(MappingError);
    expect(broken("Match({('X', 1) : 'a.fits',\n ('X', '1.0') : 'b.fits'})")).toThrow(
      /:8:1: expected a key that is different from the one in line 7/,
    );
    expect(broken("Match({('X', 'Y') : UseAfter({'2000-01-01 00:00:00' : 'a.fits'})})")).toThrow(/level 2/);
  });

  it('replaces elements of keys as the header says', () => {
    const generic = "Match({('GENERIC',) : 'all.fits', ('FULL',) : 'full.fits'})";
    expect(choose({ parkey: "(('SUBARRAY',),)", selector: generic }, { SUBARRAY: 'ODD' })).toBe('all.fits');
    const own: SampleRules = {
      parkey: "(('SUBARRAY',),)",
      selector: generic,
      header: "'substitutions' : {'SUBARRAY' : {'FULL' : ['WHOLE', 'ALL']}},",
    };
    expect(choose(own, { SUBARRAY: 'ALL' })).toBe('full.fits');
    const numbers = { ...own, header: "'substitutions' : {'SUBARRAY' : {1 : 'A', 'FULL' : 'B'}}," };
    expect(choose({ ...numbers, selector: "Match({('1',) : 'one.fits'})" }, { SUBARRAY: '1.0' })).toBe(
      'one.fits',
    );
    expect(choose({ ...numbers, selector: "Match({(1,) : 'one.fits'})" }, { SUBARRAY: 'A' })).toBe(
      'one.fits',
    );
    expect(choose(own, { SUBARRAY: 'ODD' })).toMatch(/is not in \['ALL', 'GENERIC', 'WHOLE'\]/);
  });
});

describe('UseAfter', () => {
  const parkey = "(('A', 'B'), ('DATE-OBS', 'TIME-OBS'))";
  const rules: SampleRules = {
    parkey,
    selector: `Match({
      ('X', 'N/A') : UseAfter({'2010-01-01 00:00:00' : 'x10.fits', '2012-01-01 00:00:00' : 'a.fits'}),
      ('N/A', 'Y') : UseAfter({'2000-01-01 00:00:00' : 'y00.fits', '2012-01-01 00:00:00' : 'b.fits'}),
      ('X', 'Y') : UseAfter({'2015-01-01 00:00:00' : 'xy15.fits'}),
    })`,
  };
  const at = (date: string, time = '00:00:00'): Record<string, string> => ({
    A: 'X',
    B: 'Y',
    'DATE-OBS': date,
    'TIME-OBS': time,
  });

  it.each([
    ['2016-01-01', 'xy15.fits'],
    ['2014-12-31', 'b.fits'],
    ['2011-01-01', 'x10.fits'],
    ['2009-12-31', 'y00.fits'],
    ['01/01/2001', 'y00.fits'],
  ])('falls back to lighter clauses and merges those that tie: %s', (date, file) => {
    expect(choose(rules, at(date))).toBe(file);
  });

  it('counts fractions of seconds', () => {
    const exact: SampleRules = {
      parkey: "(('D',),)",
      selector: "UseAfter({'2010-01-01 00:00:00' : 'a.fits', '2010-01-01 00:00:00.5' : 'b.fits'})",
    };
    expect(choose(exact, { D: '2010-01-01 00:00:00.4' })).toBe('a.fits');
    expect(choose(exact, { D: '2010-01-01 00:00:00.5' })).toBe('b.fits');
  });

  it('finds nothing before the first entry', () => {
    expect(choose(rules, at('1999-12-31'))).toBe('NOT FOUND No match found.');
    expect(
      choose({ parkey: "(('D',),)", selector: "UseAfter({'2010-01-01' : 'a.fits'})" }, { D: '2009-01-01' }),
    ).toBe("NOT FOUND No selection <= '2009-01-01 00:00:00'");
  });

  it('does not fall back for a date that cannot be read', () => {
    expect(choose(rules, at('2004-02-30'))).toBe(
      "NOT FOUND UseAfter Invalid date/time format for ('DATE-OBS', 'TIME-OBS') value = '2004-02-30 00:00:00' exception is 'day is out of range for month'",
    );
    expect(choose(rules, at('2004-02-03', 'UNDEFINED'))).toBe(
      "NOT FOUND UseAfter parameter 'TIME-OBS' is UNDEFINED.",
    );
    expect(choose(rules, { A: 'X', B: 'Y' })).toBe(
      "NOT FOUND UseAfter required lookup parameter 'DATE-OBS' is undefined.",
    );
  });

  it('cannot be merged with a word, nor names with lists', () => {
    const tied = (second: string): unknown =>
      choose(
        {
          parkey: "(('A', 'B'), ('D',))",
          selector: `Match({('X', 'N/A') : ${second}, ('N/A', 'Y') : UseAfter({'2010-01-01' : 'a.fits'})})`,
        },
        { A: 'X', B: 'Y', D: '2011-01-01' },
      );
    expect(tied("'N/A'")).toBe("NOT FOUND 'str' object has no attribute '_selections'");
    expect(tied("UseAfter({'2010-01-01' : ('b.fits', 'c.fits')})")).toBe(
      "NOT FOUND '>=' not supported between instances of 'str' and 'tuple'",
    );
    expect(tied("UseAfter({'2010-06-01' : ('b.fits', 'c.fits')})")).toEqual(['b.fits', 'c.fits']);
  });
});

describe('VersionAfter', () => {
  const rules: SampleRules = {
    parkey: "(('CAL_VER',),)",
    selector: "VersionAfter({'0.9' : 'a.json', '0.10.2' : 'b.json', '1' : 'c.json'})",
  };

  it.each([
    ['0.9.5', 'a.json'],
    ['0.10.1', 'a.json'],
    ['0.10.2.dev7', 'b.json'],
    ['3.0', 'c.json'],
    ['0.1', 'NOT FOUND No selection <= (0, 1, 0)'],
    ['LATEST', "NOT FOUND Invalid version string 'LATEST'"],
  ])('compares %s by numbers', (version, answer) => {
    expect(choose(rules, { CAL_VER: version })).toBe(answer);
  });

  it('is refused with a key that is no version, or twice the same', () => {
    expect(() => choose({ ...rules, selector: "VersionAfter({'x' : 'a'})" }, {})).toThrow(
      /a version such as/,
    );
    expect(() => choose({ ...rules, selector: "VersionAfter({'1.0' : 'a', '1' : 'b'})" }, {})).toThrow(
      MappingError,
    );
  });
});

describe('SelectVersion', () => {
  const rules: SampleRules = {
    parkey: "(('V',),)",
    selector: "SelectVersion({'<3.1' : 'a.fits', '<5' : 'b.fits', '=6' : 'c.fits', 'default' : 'd.fits'})",
  };

  it.each([
    ['2.0', 'a.fits'],
    ['3.1', 'b.fits'],
    ['5.0', 'c.fits'],
    ['6.0', 'c.fits'],
    ['7.0', 'd.fits'],
    ['OLD', "NOT FOUND SelectVersion Invalid number for 'V' value = 'OLD'"],
    ['NAN', "NOT FOUND Invalid version expression in: '=NAN'"],
  ])('takes the first relation that is not below %s', (version, answer) => {
    expect(choose(rules, { V: version })).toBe(answer);
  });

  it('has no answer beyond the last relation', () => {
    expect(choose({ ...rules, selector: "SelectVersion({'<3' : 'a.fits'})" }, { V: '4.0' })).toBe(
      'NOT FOUND list index out of range',
    );
    expect(choose({ ...rules, selector: 'SelectVersion({})' }, { V: 'NAN' })).toBe(
      'NOT FOUND list index out of range',
    );
    expect(choose(rules, {})).toBe("NOT FOUND 'V'");
  });

  it('is refused with keys that are no relations or the same', () => {
    expect(() => choose({ ...rules, selector: "SelectVersion({'>3' : 'a'})" }, {})).toThrow(
      /a relation such as/,
    );
    expect(() => choose({ ...rules, selector: "SelectVersion({'=3' : 'a', 3 : 'b'})" }, {})).toThrow(
      MappingError,
    );
  });
});

describe('ClosestTime', () => {
  const rules: SampleRules = {
    parkey: "(('D',),)",
    selector: "ClosestTime({'2010-01-01 00:00:00' : 'a.fits', '2010-01-03 00:00:00' : 'b.fits'})",
  };

  it.each([
    ['2009-01-01', 'a.fits'],
    ['2010-01-02', 'a.fits'],
    ['2010-01-02 00:00:01', 'b.fits'],
    ['2011-01-01', 'b.fits'],
  ])('takes the nearest, of two the earlier: %s', (date, file) => {
    expect(choose(rules, { D: date })).toBe(file);
  });

  it('fails for every date when a key is none, and without entries', () => {
    expect(
      choose({ ...rules, selector: "ClosestTime({'2010-13-01' : 'a.fits'})" }, { D: '2010-01-01' }),
    ).toBe('NOT FOUND month must be in 1..12');
    expect(choose({ ...rules, selector: 'ClosestTime({})' }, { D: '2010-01-01' })).toBe(
      'NOT FOUND attempt to get argmin of an empty sequence',
    );
    expect(choose(rules, { D: 'SOON' })).toMatch(
      /^NOT FOUND ClosestTime Invalid date\/time format for \('D',\)/,
    );
  });
});

describe('GeometricallyNearest', () => {
  const rules: SampleRules = {
    parkey: "(('W',),)",
    selector: "GeometricallyNearest({2.0 : 'two.fits', 10.0 : 'ten.fits', '4' : 'four.fits'})",
  };

  it.each([
    ['1.0', 'two.fits'],
    ['6.9', 'four.fits'],
    // Keys are in the order of their texts: 10.0, 2.0, 4.0.
    ['7.0', 'ten.fits'],
    ['3.0', 'two.fits'],
    ['X', "NOT FOUND GeometricallyNearest Invalid number for 'W' value = 'X'"],
  ])('takes the nearest number to %s', (value, answer) => {
    expect(choose(rules, { W: value })).toBe(answer);
  });
});

describe('Bracket', () => {
  const rules: SampleRules = {
    parkey: "(('W',), ('D',))",
    selector: "Bracket({10 : 'ten.fits', 2.5 : UseAfter({'2010-01-01' : 'low.fits'})})",
  };

  it.each([
    ['5.0', ['low.fits', 'ten.fits']],
    ['2.5', ['low.fits', 'low.fits']],
    ['1.0', ['low.fits', 'low.fits']],
    ['99.0', ['ten.fits', 'ten.fits']],
  ])('takes the entries around %s', (value, pair) => {
    expect(choose(rules, { W: value, D: '2011-01-01' })).toEqual(pair);
  });

  it('says which part below it failed', () => {
    expect(choose(rules, { W: '5.0', D: '2009-01-01' })).toBe(
      "NOT FOUND All lookup attempts failed. last exception: No selection <= '2009-01-01 00:00:00'",
    );
    expect(choose({ ...rules, selector: 'Bracket({})' }, { W: '1.0' })).toBe(
      'NOT FOUND list index out of range',
    );
    expect(() => choose({ ...rules, selector: "Bracket({'x' : 'a.fits'})" }, {})).toThrow(
      /expected a number/,
    );
  });
});
