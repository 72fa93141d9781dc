import { sumOf } from '../../server/src/crds/rules/sum.ts';

/** Small rules of our own, right down to their sums, for tests that need files and not what they mean. */

function withSum(text: string): string {
  return text.replace('SUM', sumOf(text));
}

function header(entries: Record<string, string>): string {
  const lines = Object.entries(entries).map(([key, value]) => `    '${key}' : ${value},\n`);
  return `header = {\n${lines.join('')}    'sha1sum' : 'SUM',\n}\n\n`;
}

function dictionary(entries: Record<string, string>): string {
  return `selector = {\n${Object.entries(entries)
    .map(([key, value]) => `    '${key}' : '${value}',\n`)
    .join('')}}\n`;
}

/** A context: its imaps by instrument. */
export function pmapText(name: string, imaps: Record<string, string>): string {
  const observatory = name.split(/[_.]/)[0] ?? '';
  const head = header({
    derived_from: "'made for a test'",
    mapping: "'PIPELINE'",
    name: `'${name}'`,
    observatory: `'${observatory.toUpperCase()}'`,
    parkey: "('INSTRUME',)",
  });
  return withSum(head + dictionary(imaps));
}

/** The types of an instrument: its rmaps, or `N/A`. */
export function imapText(name: string, rmaps: Record<string, string>): string {
  const [observatory = '', instrument = ''] = name.split(/[_.]/);
  const head = header({
    derived_from: "'made for a test'",
    instrument: `'${instrument.toUpperCase()}'`,
    mapping: "'INSTRUMENT'",
    name: `'${name}'`,
    observatory: `'${observatory.toUpperCase()}'`,
    parkey: "('REFTYPE',)",
  });
  return withSum(head + dictionary(rmaps));
}

/** Rules of one type: references by the value of DETECTOR. */
export function rmapText(name: string, references: Record<string, string>): string {
  const [observatory = '', instrument = '', filekind = ''] = name.split(/[_.]/);
  const head = header({
    derived_from: "'made for a test'",
    filekind: `'${filekind.toUpperCase()}'`,
    instrument: `'${instrument.toUpperCase()}'`,
    mapping: "'REFERENCE'",
    name: `'${name}'`,
    observatory: `'${observatory.toUpperCase()}'`,
    parkey: "(('DETECTOR',), ('DATE-OBS', 'TIME-OBS'))",
  });
  const rules = Object.entries(references).map(
    ([detector, file]) =>
      `    ('${detector}',) : UseAfter({\n        '1990-01-01 00:00:00' : '${file}',\n    }),\n`,
  );
  return withSum(`${head}selector = Match({\n${rules.join('')}})\n`);
}
