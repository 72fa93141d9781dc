import type { NewFile } from '../catalogue/file.ts';
import { sumOf } from '../rules/sum.ts';

/** The observatory that shows how it works; the crds package knows its name and its one instrument. */
export const demoObservatory = 'tobs';

/** A mapping whose header is complete but for what follows from its name. */
interface DemoMapping {
  name: string;
  derivedFrom: string;
  parkey: string;
  /** More lines of the header, as they are written. */
  header?: Readonly<Record<string, string>>;
  selector: string;
  uses: readonly string[];
}

const kinds = { pmap: 'PIPELINE', imap: 'INSTRUMENT', rmap: 'REFERENCE' } as const;

function asFile({ name, derivedFrom, parkey, header = {}, selector, uses }: DemoMapping): NewFile {
  const [stem = '', extension = 'rmap'] = name.split('.');
  const [, instrument, filekind] = stem.split('_');
  const lines: Record<string, string> = {
    derived_from: `'${derivedFrom}'`,
    ...(extension === 'rmap' ? { filekind: `'${filekind?.toUpperCase()}'` } : {}),
    ...(extension === 'pmap' ? {} : { instrument: `'${instrument?.toUpperCase()}'` }),
    mapping: `'${kinds[extension as keyof typeof kinds]}'`,
    name: `'${name}'`,
    observatory: `'${demoObservatory.toUpperCase()}'`,
    parkey,
    ...header,
  };
  const text = (sum: string) =>
    `header = {\n${Object.entries({ ...lines, sha1sum: `'${sum}'` })
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `    '${key}' : ${value},\n`)
      .join('')}}\n\nselector = ${selector}\n`;
  return { name, derivedFrom, content: Buffer.from(text(sumOf(text('')))), uses };
}

function dictionary(entries: Readonly<Record<string, string>>): string {
  const lines = Object.entries(entries).map(([key, value]) => `    '${key}' : '${value}',\n`);
  return `{\n${lines.join('')}}`;
}

function context(serial: number): NewFile {
  const imap = `tobs_tinstr_${four(serial)}.imap`;
  return asFile({
    name: `tobs_${four(serial)}.pmap`,
    derivedFrom: serial === 1 ? 'made for the demonstration' : `tobs_${four(serial - 1)}.pmap`,
    parkey: "('INSTRUME',)",
    selector: dictionary({ TINSTR: imap }),
    uses: [imap],
  });
}

/** The types of the instrument by the serial numbers of their rules; it has no mask. */
function instrument(serial: number, serials: Readonly<Record<string, number>>): NewFile {
  const rmaps = Object.entries(serials).map(
    ([type, at]) => [type, `tobs_tinstr_${type}_${four(at)}.rmap`] as const,
  );
  const entries = [...rmaps, ['mask', 'N/A'] as const].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return asFile({
    name: `tobs_tinstr_${four(serial)}.imap`,
    derivedFrom: serial === 1 ? 'made for the demonstration' : `tobs_tinstr_${four(serial - 1)}.imap`,
    parkey: "('REFTYPE',)",
    selector: dictionary(Object.fromEntries(entries)),
    uses: rmaps.map(([, rmap]) => rmap),
  });
}

/** Rules by the values of parameters, then by the date of the exposure: the newest reference not younger than it. */
function rules(
  type: string,
  serial: number,
  parameters: readonly string[],
  matches: ReadonlyArray<readonly [values: readonly string[], references: Readonly<Record<string, string>>]>,
  header: Readonly<Record<string, string>> = {},
): NewFile {
  const tuple = (items: readonly string[]) =>
    `(${items.map((item) => `'${item}'`).join(', ')}${items.length === 1 ? ',' : ''})`;
  const clauses = matches.map(([values, references]) => {
    const dates = Object.entries(references).map(([date, file]) => `        '${date}' : '${file}',\n`);
    return `    ${tuple(values)} : UseAfter({\n${dates.join('')}    }),\n`;
  });
  return asFile({
    name: `tobs_tinstr_${type}_${four(serial)}.rmap`,
    derivedFrom: serial === 1 ? 'made for the demonstration' : `tobs_tinstr_${type}_${four(serial - 1)}.rmap`,
    parkey: `(${tuple(parameters)}, ('DATE-OBS', 'TIME-OBS'))`,
    header,
    selector: `Match({\n${clauses.join('')}})`,
    uses: matches.flatMap(([, references]) => Object.values(references)),
  });
}

function four(serial: number): string {
  return String(serial).padStart(4, '0');
}

const launch = '2020-01-01 00:00:00';
const leftDark = ['LEFT'] as const;
const rightDark = { [launch]: 'tobs_tinstr_dark_0002.fits' };
const flats = [
  [['LEFT', 'BLUE|CLEAR'], { [launch]: 'tobs_tinstr_flat_0001.fits' }],
  [['LEFT', 'RED'], { [launch]: 'tobs_tinstr_flat_0002.fits' }],
  [['RIGHT', 'CLEAR'], { [launch]: 'tobs_tinstr_flat_0003.fits' }],
] as const;
const shortWave = { [launch]: 'tobs_tinstr_wave_0001.json' };

/** Spectra need wavelengths, images a correction of distortion. */
const ofSpectra = { rmap_relevance: `'(EXP_TYPE == "SPECTRUM")'`, extra_keys: "('EXP_TYPE',)" };
const ofImages = { rmap_relevance: `'(EXP_TYPE != "SPECTRUM")'`, extra_keys: "('EXP_TYPE',)" };

/**
 * One instrument with two detectors that takes images and spectra, and how its rules grew over three contexts: a dark
 * after a detector was repaired, then a red flat for the other detector and wavelengths measured anew. The crds
 * package 13.2.7 can compute with no other instrument of this observatory.
 */
export const demoMappings: readonly NewFile[] = [
  rules(
    'dark',
    1,
    ['DETECTOR'],
    [
      [leftDark, { [launch]: 'tobs_tinstr_dark_0001.fits' }],
      [['RIGHT'], rightDark],
    ],
  ),
  rules(
    'dark',
    2,
    ['DETECTOR'],
    [
      [
        leftDark,
        { [launch]: 'tobs_tinstr_dark_0001.fits', '2022-06-01 12:00:00': 'tobs_tinstr_dark_0003.fits' },
      ],
      [['RIGHT'], rightDark],
    ],
  ),
  rules('flat', 1, ['DETECTOR', 'FILTER'], flats),
  rules(
    'flat',
    2,
    ['DETECTOR', 'FILTER'],
    [...flats, [['RIGHT', 'RED'], { [launch]: 'tobs_tinstr_flat_0004.fits' }]],
  ),
  rules('tfilekind', 1, ['DETECTOR'], [[['*'], { [launch]: 'tobs_tinstr_tfilekind_0001.fits' }]], ofImages),
  rules(
    'wave',
    1,
    ['GRATING'],
    [
      [['LONG'], { [launch]: 'tobs_tinstr_wave_0002.json' }],
      [['SHORT'], shortWave],
    ],
    ofSpectra,
  ),
  rules(
    'wave',
    2,
    ['GRATING'],
    [
      [
        ['LONG'],
        { [launch]: 'tobs_tinstr_wave_0002.json', '2023-11-05 00:00:00': 'tobs_tinstr_wave_0003.json' },
      ],
      [['SHORT'], shortWave],
    ],
    ofSpectra,
  ),
  rules(
    'sens',
    1,
    ['GRATING', 'SLIT'],
    [[['LONG|SHORT', 'N/A'], { [launch]: 'tobs_tinstr_sens_0001.json' }]],
    {
      ...ofSpectra,
      reffile_required: "'NO'",
    },
  ),
  instrument(1, { dark: 1, flat: 1, sens: 1, tfilekind: 1, wave: 1 }),
  instrument(2, { dark: 2, flat: 1, sens: 1, tfilekind: 1, wave: 1 }),
  instrument(3, { dark: 2, flat: 2, sens: 1, tfilekind: 1, wave: 2 }),
  context(1),
  context(2),
  context(3),
];

/** When each context became latest. */
export const demoHistory = [
  {
    startedAt: new Date('2020-01-01T09:00:00Z'),
    context: 'tobs_0001.pmap',
    description: 'Rules for first light.',
  },
  {
    startedAt: new Date('2022-06-20T14:30:00Z'),
    context: 'tobs_0002.pmap',
    description: 'Dark of the left detector after its repair.',
  },
  {
    startedAt: new Date('2024-01-15T10:00:00Z'),
    context: 'tobs_0003.pmap',
    description: 'Red flat of the right detector; wavelengths of the long grating measured anew.',
  },
];
