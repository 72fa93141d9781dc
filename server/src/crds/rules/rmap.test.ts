import { describe, expect, it } from 'vitest';
import { type SampleRules, sampleRmap } from '../../../../test/support/crds-sample-rules.ts';
import { Failure } from './failure.ts';
import { Header } from './header.ts';
import { MappingError } from './mapping-error.ts';
import { lookUp, referencesOf } from './rmap.ts';

const base: SampleRules = {
  parkey: "(('A', 'B'),)",
  selector:
    "Match({('X', 'N/A') : 'x.fits', ('Y', 'Z') : 'y.fits', ('W', 'N/A') : 'N/A', ('V', 'N/A') : 'OMIT'})",
};

function ask(rules: Partial<SampleRules>, values: Record<string, string>): unknown {
  const dotted = Object.keys(values).filter((name) => name.includes('.'));
  const aliases = new Map(dotted.map((name) => [name.replaceAll('.', '_'), name]));
  const outcome = lookUp(
    sampleRmap({ ...base, ...rules }),
    new Header(new Map(Object.entries(values)), aliases),
  );
  return outcome instanceof Failure ? `NOT FOUND ${outcome.text}` : outcome;
}

const x = { A: 'X', B: 'Q', SWITCH: 'OMIT' };

describe('the header of an rmap', () => {
  it('may leave the type out or say that it does not apply', () => {
    expect(ask({}, x)).toBe('x.fits');
    expect(ask({ header: `'rmap_omit' : '(SWITCH == "OMIT")',` }, x)).toBeNull();
    expect(ask({ header: `'rmap_relevance' : '(SWITCH != "OMIT")',` }, x)).toBe('NOT FOUND n/a');
    expect(ask({ header: `'rmap_relevance' : 'ALWAYS',` }, x)).toBe('x.fits');
  });

  it('counts for nothing where its expressions ask for unknown names', () => {
    expect(
      ask({ header: `'rmap_omit' : '(NEVER == "OMIT")', 'rmap_relevance' : '(NEVER == "A")',` }, x),
    ).toBe('x.fits');
  });

  it('may make parameters not count', () => {
    const header = `'parkey_relevance' : {'b' : '(A != "Y")'},`;
    expect(ask({ header }, { A: 'Y', B: 'Q' })).toBe('y.fits');
    expect(ask({}, { A: 'Y', B: 'Q' })).toBe('NOT FOUND No match found.');
    expect(ask({ header: `'comment_parkeys' : ('B',),` }, { A: 'Y', B: 'Q' })).toBe('y.fits');
    expect(ask({ header: `'parkey_relevance' : {'b' : '(NEVER)'},` }, x)).toBe(
      "NOT FOUND name 'NEVER' is not defined",
    );
  });

  it('says dotted names in expressions', () => {
    const rules = { parkey: "(('META.A', 'B'),)", header: `'rmap_omit' : '(META.A == "X")',` };
    expect(ask(rules, { 'META.A': 'X', B: 'Q' })).toBeNull();
  });

  it('decides whether a failure counts', () => {
    expect(ask({ header: "'reffile_required' : 'NO'," }, { A: 'Y', B: 'Q' })).toBe('NOT FOUND n/a');
    expect(ask({ header: "'reffile_required' : 'YES'," }, { A: 'Y', B: 'Q' })).toBe(
      'NOT FOUND No match found.',
    );
  });

  it('names what a lookup needs', () => {
    const header = "'extra_keys' : ('C',), 'reffile_switch' : 'corr',";
    expect(sampleRmap({ ...base, header }).required).toEqual(['A', 'B', 'CORR', 'C']);
    expect(sampleRmap({ ...base, observatory: 'jwst' }).required).toContain('META.VISIT.TSOVISIT');
  });

  it.each([
    `'rmap_omit' : '(A.b())',`,
    `'parkey_relevance' : {'b' : '(A ='},`,
    "'parkey_relevance' : 5,",
    "'reffile_required' : 5,",
    "'substitutions' : {'A' : 5},",
  ])('is refused when it says %s', (header) => {
    expect(() => sampleRmap({ ...base, header })).toThrow(MappingError);
  });

  it('is refused without parameters for every level', () => {
    expect(() => sampleRmap({ ...base, parkey: "('A', 'B')" })).toThrow(
      /a tuple of parameter names for each level/,
    );
    expect(() => sampleRmap({ ...base, parkey: '5' })).toThrow(MappingError);
  });
});

describe('words instead of files', () => {
  it('say that the type does not apply or is left out', () => {
    expect(ask({}, { A: 'W', B: 'Q' })).toBe('NOT FOUND n/a');
    expect(ask({}, { A: 'V', B: 'Q' })).toBeNull();
  });

  it('are no references', () => {
    expect(referencesOf(sampleRmap(base))).toEqual(['x.fits', 'y.fits']);
  });
});

describe('rules of HST', () => {
  const flat: SampleRules = {
    parkey: "(('FILTER1', 'FILTER2'),)",
    selector: "Match({('F1', 'F2') : 'a.fits'})",
    observatory: 'hst',
    instrument: 'wfpc2',
    filekind: 'flatfile',
  };
  const swapped = { FILTER1: 'F2', FILTER2: 'F1' };

  it('run the hook of their type when they name none', () => {
    expect(ask(flat, swapped)).toBe('a.fits');
    expect(ask({ ...flat, observatory: 'demo' }, swapped)).toMatch(/is not in/);
  });

  it('run the hook that they name and no other', () => {
    const header = "'hooks' : {'fallback_header' : 'none'},";
    expect(ask({ ...flat, header }, swapped)).toMatch(/is not in/);
    const other = "'hooks' : {'fallback_header' : 'fallback_header_acs_biasfile_v2'},";
    expect(ask({ ...flat, header: other }, swapped)).toMatch(/is not in/);
  });

  it('do not ask for references of data that is not processed again', () => {
    const values = { A: 'Y', B: 'Q', DETECTOR: 'WFC', CCDGAIN: '1.4' };
    expect(ask({ observatory: 'hst' }, values)).toBe('NOT FOUND n/a');
    expect(ask({ observatory: 'demo' }, values)).toBe('NOT FOUND No match found.');
    expect(ask({ observatory: 'hst' }, { ...values, CCDGAIN: '2.0' })).toBe('NOT FOUND No match found.');
  });

  it('fail with the hook that fails', () => {
    const bias = {
      observatory: 'hst',
      instrument: 'acs',
      filekind: 'biasfile',
      header: "'reffile_required' : 'NO',",
    };
    expect(ask(bias, { A: 'X', B: 'Q' })).toBe("NOT FOUND 'DATE-OBS'");
  });
});
