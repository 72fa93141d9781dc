import { describe, expect, it } from 'vitest';
import { cameraRules } from '../../../../../test/support/crds-mappings.ts';
import type { Mapping } from '../mapping.ts';
import { readMapping } from '../read.ts';
import { datasetTerms } from './dataset-terms.ts';
import { readExpansions } from './expansions.ts';

/** The camera's rules for an observatory, with these parameters and more in the header. */
function rules(observatory: string, parameters: string, more = ''): Mapping {
  const text = cameraRules
    .replace("'DEMO'", `'${observatory}'`)
    .replace("('DETECTOR', 'FILTER')", parameters)
    .replace("    'filekind'", `${more}    'filekind'`);
  return readMapping(`${text.slice(0, text.indexOf('selector'))}selector = Match({})\n`, { ignoreSum: true });
}

function terms(mapping: Mapping, header: Record<string, string>): Record<string, string> {
  return Object.fromEntries(datasetTerms(mapping, new Map(Object.entries(header))));
}

describe('a reference in terms of datasets', () => {
  const demo = rules('DEMO', "('DETECTOR', 'FILTER')");

  it('has values in the form of rules, and what it lacks is undefined', () => {
    expect(terms(demo, { detector: 'north', FILTER: '1' })).toMatchObject({
      DETECTOR: 'NORTH',
      FILTER: '1.0',
      'DATE-OBS': 'UNDEFINED',
    });
  });

  it('is for datasets after its USEAFTER', () => {
    expect(terms(demo, { USEAFTER: 'Mar 21 2001 01:02:03' })).toMatchObject({
      'DATE-OBS': '2001-03-21',
      'TIME-OBS': '01:02:03',
    });
    expect(() => terms(demo, { USEAFTER: 'soon' })).toThrow("USEAFTER is no date: 'soon'");
  });

  it('has no values for parameters that do not matter, and comments where they do not count', () => {
    const mapping = rules(
      'DEMO',
      "('DETECTOR', 'FILTER', 'GAIN', 'NOTE')",
      `    'parkey_relevance' : {'filter' : '(DETECTOR != "NORTH")', 'note' : 'False'},
    'comment_parkeys' : ('NOTE',),
    'extra_keys' : ('GAIN',),
    'reffile_switch' : 'FLATCORR',
`,
    );
    const header = { DETECTOR: 'NORTH', FILTER: 'RED', GAIN: '2', NOTE: 'why', FLATCORR: 'PERFORM' };
    expect(terms(mapping, header)).toMatchObject({
      DETECTOR: 'NORTH',
      FILTER: 'N/A',
      GAIN: 'N/A',
      NOTE: 'WHY',
      FLATCORR: 'N/A',
    });
    expect(terms(mapping, { ...header, DETECTOR: 'SOUTH' })).toMatchObject({ FILTER: 'RED' });
    const unknown = rules(
      'DEMO',
      "('DETECTOR', 'FILTER')",
      "    'parkey_relevance' : {'filter' : '(LAMP == 1)'},\n",
    );
    expect(() => terms(unknown, header)).toThrow(
      "whether 'FILTER' matters cannot be told: name 'LAMP' is not defined",
    );
  });

  it('has the values of pattern keywords before plain ones, in paths of the data model', () => {
    const jwst = rules(
      'JWST',
      "('META.INSTRUMENT.DETECTOR', 'META.INSTRUMENT.FILTER', 'META.SUBARRAY.NAME')",
    );
    const header = {
      DETECTOR: 'one',
      P_DETECT: 'one|two',
      FILTER: 'red',
      P_FILTER: 'UNDEFINED',
      'META.USEAFTER': '2020-01-02T03:04:05',
    };
    expect(terms(jwst, header)).toMatchObject({
      'META.INSTRUMENT.DETECTOR': 'one|two',
      'META.INSTRUMENT.FILTER': 'red',
      'META.SUBARRAY.NAME': 'UNDEFINED',
      'META.OBSERVATION.DATE': '2020-01-02',
      'META.OBSERVATION.TIME': '03:04:05',
    });
    const own = rules(
      'JWST',
      "('META.INSTRUMENT.DETECTOR', 'META.X')",
      "    'reference_to_dataset' : {'MY_X' : 'META.X'},\n",
    );
    expect(terms(own, { MY_X: 'yes', 'META.X': 'no' })['META.X']).toBe('yes');
  });

  it('has one moment and patterns in capitals for Roman', () => {
    const roman = rules('ROMAN', "('ROMAN.META.INSTRUMENT.DETECTOR', 'ROMAN.META.EXPOSURE.START_TIME')");
    const header = { 'META.USEAFTER': '2027-01-02T03:04:05', 'META.INSTRUMENT.P_DETECTOR': 'wfi01|wfi02' };
    expect(terms(roman, header)).toMatchObject({
      'ROMAN.META.INSTRUMENT.DETECTOR': 'WFI01|WFI02',
      'ROMAN.META.EXPOSURE.START_TIME': '2027-01-02 03:04:05',
    });
  });
});

describe('words for several values', () => {
  const text = `# what they mean here
{'camera' : {
    'FILTER' : {
        "DETECTOR == 'NORTH' and FILTER == 'ANY'" : 'RED|BLUE',
        "DETECTOR == 'NORTH' and FILTER == 'ANY' and DATE_OBS >= '2010'" : 'RED',
        "LAMP == 'ON'" : 'GREEN',
    },
    'UNUSED' : {'True' : 'X'},
}}
`;
  const mapping = rules('DEMO', "('DETECTOR', 'FILTER')");
  const expansions = readExpansions(text, 'words.dat');
  const spelled = (header: Record<string, string>): string | undefined =>
    datasetTerms(mapping, new Map(Object.entries(header)), expansions).get('FILTER');

  it('are spelled out when their condition holds, the last one that does', () => {
    expect(spelled({ DETECTOR: 'NORTH', FILTER: 'ANY', USEAFTER: '2001-01-01' })).toBe('RED|BLUE');
    expect(spelled({ DETECTOR: 'NORTH', FILTER: 'ANY', USEAFTER: '2011-01-01' })).toBe('RED');
    expect(spelled({ DETECTOR: 'SOUTH', FILTER: 'ANY', USEAFTER: '2011-01-01' })).toBe('*');
  });

  it('change nothing when conditions cannot be told, or rules do not ask', () => {
    expect(spelled({ DETECTOR: 'SOUTH', FILTER: 'BLUE' })).toBe('BLUE');
    expect(datasetTerms(mapping, new Map(), expansions).has('UNUSED')).toBe(false);
  });

  it.each([
    ["{'camera' : {'F' : {'A ==' : 'x'}}}", 'in the condition A =='],
    ["{'camera' : {'F' : {'A' : 1}}}", 'expected text for the values'],
    ["{'camera' : 'F'}", 'expected dictionaries down to the conditions'],
    ['{1 : {}}', 'expected text for every key'],
    ['{}\n{}', 'expected the end of the text'],
    ['', 'expected a literal'],
  ])('are refused when they are not as they should be: %s', (wrong, message) => {
    expect(() => readExpansions(wrong, 'words.dat')).toThrow(message);
  });
});
