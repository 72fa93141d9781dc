import type { NewFile } from '../catalogue/file.ts';
import { sumOf } from '../rules/sum.ts';

/** The observatory that shows how it works; the crds package knows its name and nothing of its instruments. */
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

function context(serial: number, imaps: Readonly<Record<string, string>>): NewFile {
  return asFile({
    name: `tobs_${four(serial)}.pmap`,
    derivedFrom: serial === 1 ? 'made for the demonstration' : `tobs_${four(serial - 1)}.pmap`,
    parkey: "('INSTRUME',)",
    selector: dictionary(imaps),
    uses: Object.values(imaps),
  });
}

function instrument(name: string, serial: number, rmaps: Readonly<Record<string, string>>): NewFile {
  return asFile({
    name: `tobs_${name}_${four(serial)}.imap`,
    derivedFrom: serial === 1 ? 'made for the demonstration' : `tobs_${name}_${four(serial - 1)}.imap`,
    parkey: "('REFTYPE',)",
    selector: dictionary(rmaps),
    uses: Object.values(rmaps).filter((rmap) => rmap !== 'N/A'),
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
    name: `tobs_${type}_${four(serial)}.rmap`,
    derivedFrom: serial === 1 ? 'made for the demonstration' : `tobs_${type}_${four(serial - 1)}.rmap`,
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
const shortWave = { [launch]: 'tobs_tspec_wave_0001.json' };

/**
 * A camera (tinstr) with two detectors and a spectrograph (tspec), and how their rules grew over three contexts: a
 * dark after the detector was repaired, then a red flat for the right detector and new wavelengths.
 */
export const demoMappings: readonly NewFile[] = [
  rules(
    'tinstr_dark',
    1,
    ['DETECTOR'],
    [
      [leftDark, { [launch]: 'tobs_tinstr_dark_0001.fits' }],
      [['RIGHT'], rightDark],
    ],
  ),
  rules(
    'tinstr_dark',
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
  rules('tinstr_flat', 1, ['DETECTOR', 'FILTER'], flats),
  rules(
    'tinstr_flat',
    2,
    ['DETECTOR', 'FILTER'],
    [...flats, [['RIGHT', 'RED'], { [launch]: 'tobs_tinstr_flat_0004.fits' }]],
  ),
  rules('tinstr_tfilekind', 1, ['DETECTOR'], [[['*'], { [launch]: 'tobs_tinstr_tfilekind_0001.fits' }]], {
    // Only images are corrected for distortion.
    rmap_relevance: `'(EXP_TYPE != "DARK")'`,
    extra_keys: "('EXP_TYPE',)",
  }),
  rules(
    'tspec_wave',
    1,
    ['GRATING'],
    [
      [['LONG'], { [launch]: 'tobs_tspec_wave_0002.json' }],
      [['SHORT'], shortWave],
    ],
  ),
  rules(
    'tspec_wave',
    2,
    ['GRATING'],
    [
      [
        ['LONG'],
        { [launch]: 'tobs_tspec_wave_0002.json', '2023-11-05 00:00:00': 'tobs_tspec_wave_0003.json' },
      ],
      [['SHORT'], shortWave],
    ],
  ),
  rules(
    'tspec_sens',
    1,
    ['GRATING', 'SLIT'],
    [[['LONG|SHORT', 'N/A'], { [launch]: 'tobs_tspec_sens_0001.json' }]],
    {
      reffile_required: "'NO'",
    },
  ),
  instrument('tinstr', 1, {
    dark: 'tobs_tinstr_dark_0001.rmap',
    flat: 'tobs_tinstr_flat_0001.rmap',
    tfilekind: 'tobs_tinstr_tfilekind_0001.rmap',
    wave: 'N/A',
  }),
  instrument('tinstr', 2, {
    dark: 'tobs_tinstr_dark_0002.rmap',
    flat: 'tobs_tinstr_flat_0001.rmap',
    tfilekind: 'tobs_tinstr_tfilekind_0001.rmap',
    wave: 'N/A',
  }),
  instrument('tinstr', 3, {
    dark: 'tobs_tinstr_dark_0002.rmap',
    flat: 'tobs_tinstr_flat_0002.rmap',
    tfilekind: 'tobs_tinstr_tfilekind_0001.rmap',
    wave: 'N/A',
  }),
  instrument('tspec', 1, { sens: 'tobs_tspec_sens_0001.rmap', wave: 'tobs_tspec_wave_0001.rmap' }),
  instrument('tspec', 2, { sens: 'tobs_tspec_sens_0001.rmap', wave: 'tobs_tspec_wave_0002.rmap' }),
  context(1, { TINSTR: 'tobs_tinstr_0001.imap', TSPEC: 'tobs_tspec_0001.imap' }),
  context(2, { TINSTR: 'tobs_tinstr_0002.imap', TSPEC: 'tobs_tspec_0001.imap' }),
  context(3, { TINSTR: 'tobs_tinstr_0003.imap', TSPEC: 'tobs_tspec_0002.imap' }),
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
