import type { NewFile } from '../../server/src/crds/catalogue/file.ts';
import { addFiles } from '../../server/src/crds/catalogue/files.store.ts';
import { putObservatory } from '../../server/src/crds/observatory/observatory.ts';
import { filesOf, readMapping, sumOf } from '../../server/src/crds/rules/index.ts';
import type { TestServer } from './server.ts';

/** A mapping as a file, its sum filled in. */
export function aMapping(name: string, header: Readonly<Record<string, string>>, selector: string): NewFile {
  const kinds = { p: 'PIPELINE', i: 'INSTRUMENT', r: 'REFERENCE' } as const;
  const letter = name.slice(name.lastIndexOf('.') + 1).charAt(0) as keyof typeof kinds;
  const fields = Object.entries({ derived_from: "'generated'", ...header })
    .map(([key, value]) => `    '${key}' : ${value},\n`)
    .join('');
  const withSum = (sum: string): string =>
    `header = {\n    'mapping' : '${kinds[letter]}',\n    'name' : '${name}',\n${fields}    'sha1sum' : '${sum}',\n}\n\nselector = ${selector}\n`;
  return fileOfText(name, withSum(sumOf(withSum(''))));
}

/** A mapping that is text already. */
export function fileOfText(name: string, text: string): NewFile {
  const mapping = readMapping(text, { name, ignoreSum: true });
  return { name, state: 'operational', content: Buffer.from(text), uses: filesOf(mapping) };
}

/** Rules of a toy observatory: one instrument with two types. */
export function toyRules(observatory = 'tobs'): NewFile[] {
  const common = { observatory: `'${observatory.toUpperCase()}'` };
  const acs = { ...common, instrument: "'ACS'" };
  const when = "('DATE-OBS', 'TIME-OBS')";
  return [
    aMapping(
      `${observatory}_0001.pmap`,
      { ...common, parkey: "('INSTRUME',)" },
      `{\n    'ACS' : '${observatory}_acs_0001.imap',\n}`,
    ),
    aMapping(
      `${observatory}_acs_0001.imap`,
      { ...acs, parkey: "('REFTYPE',)" },
      `{\n    'biasfile' : '${observatory}_acs_biasfile_0001.rmap',\n    'darkfile' : '${observatory}_acs_darkfile_0001.rmap',\n}`,
    ),
    aMapping(
      `${observatory}_acs_biasfile_0001.rmap`,
      { ...acs, filekind: "'BIASFILE'", parkey: `(('DETECTOR', 'CCDGAIN'), ${when})` },
      "Match({\n    ('WFC', '1.0|2.0') : UseAfter({\n        '2002-01-01 00:00:00' : 'old_bia.fits',\n        '2010-01-01 00:00:00' : 'new_bia.fits',\n    }),\n})",
    ),
    aMapping(
      `${observatory}_acs_darkfile_0001.rmap`,
      { ...acs, filekind: "'DARKFILE'", parkey: `(('DETECTOR',), ${when})`, reffile_required: "'NO'" },
      "Match({\n    ('HRC',) : UseAfter({\n        '2002-01-01 00:00:00' : 'hrc_drk.fits',\n    }),\n})",
    ),
  ];
}

/** A header for which the toy rules have an answer. */
export const toyHeader = {
  INSTRUME: 'ACS',
  DETECTOR: 'WFC',
  CCDGAIN: '2',
  'DATE-OBS': '2012-02-20',
  'TIME-OBS': '17:32:29',
} as const;

/** An observatory with these files and contexts. */
export async function anObservatory(
  server: Pick<TestServer, 'core'>,
  observatory: string,
  files: readonly NewFile[],
  contexts: { latest?: string; edit?: string } = {},
): Promise<void> {
  const { db } = server.core;
  await putObservatory(server.core, { observatory }, { name: 'test' });
  await db.transaction(async (tx) => {
    await addFiles(tx, observatory, files);
    await tx`
      update crds.observatory set latest_context = ${contexts.latest ?? null}, edit_context = ${contexts.edit ?? null}
      where observatory = ${observatory}`;
  });
}
