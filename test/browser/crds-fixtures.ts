import type {
  CrdsAffectedDetails,
  CrdsAffectedRow,
  CrdsBestReferences,
  CrdsContext,
  CrdsContextReferenceRow,
  CrdsContextRow,
  CrdsDataset,
  CrdsDatasetRow,
  CrdsDifferences,
  CrdsExplore,
  CrdsFile,
  CrdsFileRow,
  CrdsHistoryRow,
  CrdsHome,
  CrdsMirror,
  CrdsObservatory,
  CrdsRecommendation,
  CrdsReport,
  CrdsScrub,
  CrdsWhy,
} from '@orrery/contracts';
import { now } from './fixtures.ts';

const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const day = 86_400;
const four = (n: number) => String(n).padStart(4, '0');

export const fileTotal = 100_000;
export const datasetTotal = 100_000;
export const affectedTotal = 100_000;
const contextTotal = 349;

export const observatory: CrdsObservatory = {
  observatory: 'hst',
  title: 'Hubble Space Telescope',
  contexts: {
    latest: 'hst_0349.pmap',
    edit: 'hst_0350.pmap',
    versions: null,
    build: 'hst_0340.pmap',
  },
  latestSince: ago(4 * day),
  counts: { mappings: 12_204, references: 87_796, bad: 3, held: 99_120, datasets: datasetTotal },
  serverUrl: 'https://scops.example.org/crds/hst',
  upstream: 'https://upstream.example.org',
  changedAt: ago(4 * day),
  environment: [
    { name: 'CRDS_SERVER_URL', value: 'https://scops.example.org/crds/hst', why: 'this server' },
    { name: 'CRDS_OBSERVATORY', value: 'hst', why: 'not guessed from the address' },
    { name: 'CRDS_PATH', value: '$HOME/crds_cache', why: 'where files are kept; it must be writable' },
  ],
  instruments: ['acs', 'cos', 'wfc3'],
  mirror: {
    upstream: 'https://upstream.example.org',
    state: 'partial',
    message: 'The upstream server has not answered for 3 h; what is held here is served on.',
    lastGoodAt: ago(3 * 3600),
  },
  scrub: {
    state: 'good',
    message: 'All 99 120 files are sound, proven 14 h ago.',
    provenAt: ago(14 * 3600),
    problems: 0,
  },
  acts: { operate: true, register: true },
};

export const secondObservatory = { ...observatory, observatory: 'jwst', title: 'Webb', upstream: null };

export const home: CrdsHome = {
  context: 'hst_0349.pmap',
  mappings: 123,
  references: 15_643,
  instruments: ['acs', 'cos', 'wfc3'].map((instrument, index) => ({
    instrument,
    imap: `hst_${instrument}_028${index}.imap`,
    special: null,
    references: 4210 - index * 800,
    types: ['biasfile', 'darkfile', 'drkcfile', 'mlintab'].map((type, at) => ({
      type,
      rmap: at === 3 ? null : `hst_${instrument}_${type}_026${at}.rmap`,
      special: at === 3 ? 'N/A' : null,
      references: at === 3 ? 0 : 1400 - at * 212,
      newest:
        at === 3 ? null : { name: `n3j1345${at}j_${type.slice(0, 3)}.fits`, activatedAt: ago(30 * day) },
      bad: at === 1 ? 1 : 0,
    })),
  })),
  tookMs: 3,
};

/** Row `index` of all files, the newest first. */
export function fileRow(index: number): CrdsFileRow {
  const serial = fileTotal - index;
  const isMapping = index % 8 === 0;
  const type = ['biasfile', 'darkfile', 'flatfile'][index % 3] ?? 'biasfile';
  return {
    name: isMapping ? `hst_acs_${type}_${four(serial)}.rmap` : `n${serial}gj_${type.slice(0, 3)}.fits`,
    kind: isMapping ? 'mapping' : 'reference',
    instrument: 'acs',
    type,
    state: index % 5 === 0 ? 'operational' : 'archived',
    place: index % 11 === 0 ? 'upstream' : 'kept',
    rejected: index % 400 === 7,
    blacklisted: false,
    badReason: index % 400 === 7 ? 'hot columns were not masked' : '',
    fault: '',
    sizeBytes: isMapping ? 48_213 : 168_312_960,
    sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    useAfter: '2003-03-08 01:52:55',
    changeLevel: 'moderate',
    description: 'superdark of one anneal period, CTE corrected',
    deliverer: 'j.ryon',
    deliveredAt: ago(index * 60),
    activatedAt: ago(index * 60),
    addedAt: ago(index * 60),
  };
}

export const darkfile: CrdsFile = {
  ...fileRow(1),
  name: 'n3j1345gj_drk.fits',
  type: 'darkfile',
  observatory: 'hst',
  serial: null,
  stateSince: ago(4 * day),
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  uploadedAs: 'acs_dark_030308.fits',
  derivedFrom: '',
  replacedBy: '',
  referenceFileType: 'dark',
  creator: 'R. Avila',
  delivererEmail: 'j.ryon@example.org',
  comment: 'made from 24 exposures',
  aperture: '',
  pedigree: 'INFLIGHT 08/03/2003 09/03/2003',
  history: 'Made by the weekly dark procedure.\nBias of the same week subtracted.',
  roles: [],
  uses: 0,
  usedBy: 12,
  contexts: { count: 350, first: 'hst.pmap', last: 'hst_0350.pmap', isInLatest: true, isInEdit: true },
  proof: { state: 'sound', at: ago(14 * 3600), problem: null },
  downloadUrl: '/crds/hst/unchecked_get/references/hst/n3j1345gj_drk.fits',
  acts: { markBad: true },
};

export const rmap: CrdsFile = {
  ...darkfile,
  name: 'hst_acs_darkfile_0264.rmap',
  kind: 'mapping',
  state: 'operational',
  sizeBytes: 912_004,
  derivedFrom: 'hst_acs_darkfile_0263.rmap',
  uses: 2240,
  downloadUrl: '/crds/hst/unchecked_get/mappings/hst/hst_acs_darkfile_0264.rmap',
};

const rmapHead = [
  'header = {',
  "    'derived_from' : 'hst_acs_darkfile_0263.rmap',",
  "    'filekind' : 'DARKFILE',",
  "    'instrument' : 'ACS',",
  "    'mapping' : 'REFERENCE',",
  "    'parkey' : (('DETECTOR', 'CCDAMP', 'CCDGAIN'), ('DATE-OBS', 'TIME-OBS')),",
  '}',
  '',
  'comment = """The rules of dark frames.',
  'Gains of 0.5 came in 2009."""',
  '',
  'selector = Match({',
  "    ('WFC', 'A|ABCD|C|D', '1.0|2.0|4.0') : UseAfter({ # weekly",
];

/** Line `index` (from 0) of a mapping of 60,000 lines. */
export const rmapLine = (index: number): string =>
  rmapHead[index] ??
  `        '20${String(2 + Math.floor(index / 6000)).padStart(2, '0')}-03-08 01:52:55' : 'n${index}gj_drk.fits',`;
export const rmapLines = 60_000;

export const contextRow = (index: number): CrdsContextRow => ({
  name: `hst_${four(contextTotal + 1 - index)}.pmap`,
  state: index < 2 ? 'operational' : 'archived',
  roles: index === 0 ? ['edit'] : index === 1 ? ['latest'] : index === 10 ? ['build'] : [],
  derivedFrom: `hst_${four(contextTotal - index)}.pmap`,
  rejected: false,
  blacklisted: index === 6,
  badReason: index === 6 ? 'leads to n3j1345ej_drk.fits, which is bad' : '',
  unusable:
    index === 7 ? 'hst_acs_darkfile_0250.rmap:17:24: expected an operator in the expression (f(A))' : null,
  latestAt: index === 0 || index % 3 === 2 ? null : ago(index * 4 * day),
  description: index % 3 === 1 ? 'CTE-corrected superdarks of the anneal of June' : null,
  builds: index === 10 ? ['1.16.2'] : [],
  deliveredAt: ago(index * 4 * day),
  addedAt: ago(index * 4 * day),
});
export const contextRows = Array.from({ length: contextTotal }, (_, index) => contextRow(index));

export const history: CrdsHistoryRow[] = Array.from({ length: 120 }, (_, index) => ({
  id: 120 - index,
  startedAt: ago((index + 1) * 4 * day),
  endedAt: index === 0 ? null : ago(index * 4 * day),
  context: `hst_${four(contextTotal - index)}.pmap`,
  description: index % 3 === 0 ? 'CTE-corrected superdarks of the anneal of June' : '',
  by: index % 2 === 0 ? 'j.ryon' : 'op',
  before: `hst_${four(contextTotal - index - 1)}.pmap`,
}));

export const context: CrdsContext = {
  ...contextRow(1),
  observatory: 'hst',
  mappings: 123,
  references: 15_643,
  badFiles: [{ name: 'n3j1345ej_drk.fits', reason: 'hot columns were not masked' }],
  instruments: home.instruments,
  instrumentKey: 'INSTRUME',
  history: history.slice(0, 1),
  neighbours: { older: 'hst_0348.pmap', newer: 'hst_0350.pmap' },
  obstacles: [],
};
export const blockedContext: CrdsContext = {
  ...context,
  ...contextRow(6),
  roles: [],
  obstacles: ['It leads to n3j1345ej_drk.fits, which is marked bad: hot columns were not masked.'],
};

export const contextReference = (index: number): CrdsContextReferenceRow => {
  const file = { ...fileRow(index * 2 + 1), kind: 'reference' as const };
  return {
    name: file.name,
    instrument: 'acs',
    type: 'darkfile',
    rmap: 'hst_acs_darkfile_0264.rmap',
    file: index === 3 ? null : file,
  };
};

export const differences: CrdsDifferences = {
  old: 'hst_0348.pmap',
  new: 'hst_0349.pmap',
  files: [
    {
      old: 'hst_0348.pmap',
      new: 'hst_0349.pmap',
      instrument: null,
      type: null,
      added: 0,
      deleted: 0,
      replaced: 1,
      other: 0,
    },
    {
      old: 'hst_acs_0285.imap',
      new: 'hst_acs_0286.imap',
      instrument: 'acs',
      type: null,
      added: 0,
      deleted: 0,
      replaced: 40,
      other: 0,
    },
    ...Array.from({ length: 38 }, (_, n) => ({
      old: `hst_acs_kind${n}_0001.rmap`,
      new: `hst_acs_kind${n}_0002.rmap`,
      instrument: 'acs',
      type: `kind${n}`,
      added: n + 1,
      deleted: 0,
      replaced: 2,
      other: 0,
    })),
    {
      old: 'hst_acs_darkfile_0263.rmap',
      new: 'hst_acs_darkfile_0264.rmap',
      instrument: 'acs',
      type: 'darkfile',
      added: 40_000,
      deleted: 0,
      replaced: 12,
      other: 0,
    },
  ],
  total: 41_000,
  referencesAdded: 40_210,
  referencesDeleted: 12,
  tookMs: 84,
};

const found = (type: string, name: string, more: Partial<CrdsRecommendation> = {}): CrdsRecommendation => ({
  type,
  outcome: 'found',
  files: [{ key: null, name, known: true, rejected: false, badReason: '' }],
  message: '',
  rmap: `hst_acs_${type}_0264.rmap`,
  ambiguous: false,
  ...more,
});
const without = (
  type: string,
  outcome: CrdsRecommendation['outcome'],
  message: string,
): CrdsRecommendation => ({ ...found(type, ''), outcome, message, files: [] });

const dark = found('darkfile', 'n3j1345gj_drk.fits', { ambiguous: true });
export const answer: CrdsBestReferences = {
  observatory: 'hst',
  context: 'hst_0349.pmap',
  instrument: 'acs',
  dataset: 'j8wc7sq9q:j8wc7sq9q',
  types: [
    found('biasfile', 'm2f1516oj_bia.fits'),
    dark,
    found('pfltfile', 'n6u12591j_pfl.fits'),
    found('idctab', 'v8q14451j_idc.fits', {
      files: [
        {
          key: null,
          name: 'v8q14451j_idc.fits',
          known: true,
          rejected: true,
          badReason: 'the polynomial of F435W has a wrong sign',
        },
      ],
    }),
    without('crrejtab', 'not-found', "NOT FOUND parameter='CRSPLIT' value='7.0' is not in ['1.0', '2.0']"),
    without('cfltfile', 'not-applicable', 'NOT FOUND n/a'),
    without('mlintab', 'not-applicable', 'NOT FOUND n/a'),
  ],
  parameters: [
    { name: 'CCDAMP', written: 'C', value: 'C' },
    { name: 'CCDGAIN', written: '2', value: '2.0' },
    { name: 'DATE-OBS', written: '2003-03-08', value: '2003-03-08' },
    { name: 'DETECTOR', written: 'WFC', value: 'WFC' },
    { name: 'OBSTYPE', written: null, value: 'UNDEFINED' },
    { name: 'TIME-OBS', written: '17:41:55', value: '17:41:55' },
  ],
  headerSize: 33,
  compared: null,
  warnings: ['OBSTYPE is missing in the header; 2 types look at it.'],
  command: 'crds bestrefs --datasets J8WC7SQ9Q:J8WC7SQ9Q --new-context hst_0349.pmap',
  tookMs: 0.6,
};

const value = (text: string, verdict: 'match' | 'any' | 'fails') => ({ text, verdict });
const rule = (line: number, gains: string, verdict: 'match' | 'fails', entries: number) => ({
  line,
  values: [value('WFC', 'match'), value('A|ABCD|AC|AD|B|BC|BD|C|D', 'match'), value(gains, verdict)],
  weight: verdict === 'match' ? 3 : null,
  entries,
  leadsTo: null,
  chosen: verdict === 'match',
});
const dated = (at: string, file: string, chosen = false) => ({
  line: 1380,
  values: [value(at, 'any')],
  weight: null,
  entries: 1,
  leadsTo: file,
  chosen,
});

export const why: CrdsWhy = {
  observatory: 'hst',
  context: 'hst_0349.pmap',
  instrument: 'acs',
  imap: 'hst_acs_0286.imap',
  rmap: 'hst_acs_darkfile_0264.rmap',
  type: 'darkfile',
  recommendation: dark,
  why: {
    question: 'Why n3j1345gj_drk.fits?',
    answer:
      'It is the newest dark of its kind that was valid when the exposure started. Three rules fit equally well, so their lists were joined.',
    evidence: [],
    acts: [],
  },
  conditions: [
    {
      name: 'rmap_relevance',
      parameter: null,
      expression: '(DARKCORR != "OMIT")',
      holds: true,
      text: 'The rules apply, because DARKCORR is NONE.',
    },
    {
      name: 'parkey_relevance',
      parameter: 'CCDAMP',
      expression: '(DETECTOR != "SBC")',
      holds: true,
      text: 'CCDAMP counts.',
    },
  ],
  levels: [
    {
      selector: 'Match',
      parameters: ['DETECTOR', 'CCDAMP', 'CCDGAIN'],
      asked: ['WFC', 'C', '2.0'],
      rules: [
        rule(1369, '1.0|2.0|4.0|8.0', 'match', 1212),
        rule(2583, '0.5|1.0|1.4|2.0', 'match', 939),
        rule(3524, '1.0|2.0|4.0', 'match', 102),
        rule(1366, '1.0', 'fails', 1),
      ],
      total: 10,
      joined: 3,
      text: '3 of 10 rules match, each with all 3 parameters: a tie.',
      face: 'partial',
    },
    {
      selector: 'UseAfter',
      parameters: ['DATE-OBS', 'TIME-OBS'],
      asked: ['2003-03-08', '17:41:55'],
      rules: [
        dated('2003-03-05 11:10:00', 'n3j1345dj_drk.fits'),
        dated('2003-03-06 19:00:00', 'n3j1345ej_drk.fits'),
        dated('2003-03-07 00:00:00', 'n3j1345fj_drk.fits'),
        dated('2003-03-08 01:52:55', 'n3j1345gj_drk.fits', true),
        dated('2003-03-09 14:22:57', 'n3j1345hj_drk.fits'),
        dated('2003-03-10 03:29:00', 'n3j1345ij_drk.fits'),
      ],
      total: 2253,
      joined: 1,
      text: 'Newest entry not after 2003-03-08 17:41:55 is 2003-03-08 01:52:55, 15 h 49 min earlier.',
      face: 'good',
    },
  ],
  parameters: [
    { name: 'DETECTOR', written: 'WFC', value: 'WFC', role: 'matched' },
    { name: 'CCDAMP', written: 'C', value: 'C', role: 'matched' },
    { name: 'CCDGAIN', written: '2', value: '2.0', role: 'matched' },
    { name: 'DATE-OBS', written: '2003-03-08', value: '2003-03-08', role: 'decides' },
    { name: 'TIME-OBS', written: '17:41:55', value: '17:41:55', role: 'decides' },
    { name: 'DARKCORR', written: 'NONE', value: 'NONE', role: 'relevance' },
  ],
  changes: [
    {
      text: 'an exposure after 2003-03-09 14:22:57',
      header: { 'DATE-OBS': '2003-03-09', 'TIME-OBS': '14:22:58' },
      answer: 'n3j1345hj_drk.fits',
    },
    { text: 'DETECTOR HRC', header: { DETECTOR: 'HRC' }, answer: 'n3j1345kj_drk.fits' },
  ],
  tookMs: 0.9,
};

export const explored: CrdsExplore = {
  observatory: 'hst',
  context: 'hst_0349.pmap',
  instrument: 'acs',
  parameters: [
    {
      name: 'DETECTOR',
      kind: 'choice',
      chosen: null,
      values: ['HRC', 'SBC', 'WFC'].map((each) => ({ value: each, possible: true })),
      hidden: 0,
      types: ['biasfile', 'darkfile', 'pfltfile'],
    },
    {
      name: 'CCDGAIN',
      kind: 'choice',
      chosen: null,
      values: ['0.5', '1.0', '2.0', '4.0'].map((each) => ({ value: each, possible: each !== '0.5' })),
      hidden: 0,
      types: ['biasfile', 'darkfile'],
    },
    { name: 'DATE-OBS', kind: 'date', chosen: null, values: [], hidden: 0, types: ['biasfile', 'darkfile'] },
    { name: 'TIME-OBS', kind: 'time', chosen: null, values: [], hidden: 0, types: ['biasfile', 'darkfile'] },
    { name: 'OBSTYPE', kind: 'text', chosen: null, values: [], hidden: 0, types: ['pfltfile'] },
  ],
  types: answer.types,
  tookMs: 1.4,
};

export const datasetRow = (index: number): CrdsDatasetRow => ({
  id: `j8wc${index.toString(36).padStart(5, '0')}:j8wc${index.toString(36).padStart(5, '0')}`,
  instrument: index % 4 === 0 ? 'wfc3' : 'acs',
  date: new Date(Date.UTC(2002, 2, 1) + index * 6_000_000).toISOString(),
  registeredAt: ago(10 * day),
});
export const dataset: CrdsDataset = {
  ...datasetRow(0),
  instrument: 'acs',
  observatory: 'hst',
  header: [
    ...answer.parameters.map(({ name, written, value: used }) => ({ name, value: written ?? used })),
    { name: 'EXPTIME', value: '1200.0' },
    { name: 'TARGNAME', value: 'GOODS-SOUTH' },
  ],
};

export const affectedRun: CrdsAffectedDetails = {
  id: 41,
  old: 'hst_0348.pmap',
  new: 'hst_0349.pmap',
  state: 'done',
  message: '',
  by: 'system',
  createdAt: ago(4 * day),
  startedAt: ago(4 * day),
  endedAt: ago(4 * day - 41),
  total: 171_902,
  looked: 171_902,
  affected: affectedTotal,
  errors: 2,
  expectedAt: null,
  observatory: 'hst',
  types: [
    { instrument: 'acs', type: 'darkfile', since: '2002-03-01 00:00:00', affected: 99_000 },
    { instrument: 'acs', type: 'biasfile', since: null, affected: 1000 },
    { instrument: 'wfc3', type: 'imphttab', since: null, affected: 0 },
  ],
  histogram: {
    unit: 'month',
    bars: Array.from({ length: 60 }, (_, month) => ({
      from: new Date(Date.UTC(2002, 2 + month + (month > 30 ? 6 : 0), 1)).toISOString(),
      affected: Math.round(900 + 700 * Math.sin(month / 5)),
    })),
    undated: 12,
  },
  products: 88_120,
  errorSummary: "acs j8wc7sq9q crrejtab: parameter='CRSPLIT' value='7.0' is not in ['1.0', '2.0']",
  acts: { cancel: true },
};
export const runningRun: CrdsAffectedDetails = {
  ...affectedRun,
  id: 42,
  old: 'hst_0349.pmap',
  new: 'hst_0350.pmap',
  state: 'running',
  by: 'op',
  createdAt: ago(20),
  startedAt: ago(19),
  endedAt: null,
  looked: 61_000,
  affected: 1204,
  errors: 0,
  errorSummary: '',
  expectedAt: new Date(now + 22_000).toISOString(),
};

export const affectedRow = (index: number): CrdsAffectedRow => ({
  dataset: datasetRow(index).id,
  instrument: 'acs',
  date: datasetRow(index).date,
  type: 'darkfile',
  old: 'n3j1345fj_drk.fits',
  new: index % 50 === 3 ? 'NOT FOUND No match found.' : 'n3j1345gj_drk.fits',
});

export const mirror: CrdsMirror = {
  upstream: 'https://upstream.example.org',
  state: 'partial',
  message: 'The upstream server has not answered for 3 h; what is held here is served on.',
  lastGoodAt: ago(3 * 3600),
  lastAskedAt: ago(40),
  failingSince: ago(3 * 3600 - 60),
  lastError: 'connect ECONNREFUSED upstream.example.org:443',
  nextAt: new Date(now + 260_000).toISOString(),
  files: { held: 99_120, upstream: 880, failed: 3, bytesHeld: 4_120_000_000_000 },
};

export const scrub: CrdsScrub = {
  state: 'bad',
  message: '2 of 99 120 files are damaged or missing; all others are sound, proven 14 h ago.',
  provenAt: ago(14 * 3600),
  problems: 2,
  files: 99_120,
  bytes: 4_120_000_000_000,
  read: 41_200,
  roundStartedAt: ago(14 * 3600),
  expectedAt: new Date(now + 6 * 3_600_000).toISOString(),
  orphans: 4,
};

export const problems = [
  {
    name: 'n3j1345ej_drk.fits',
    problem: 'The SHA-1 of its bytes is not that of the catalogue.',
    foundAt: ago(3600),
    next: 'It is fetched again from the upstream server as soon as that answers.',
  },
  {
    name: 'm2f1516oj_bia.fits',
    problem: 'The linked file is gone.',
    foundAt: ago(7200),
    next: 'Put it back at its place, or import its folder again.',
  },
];

export const report: CrdsReport = {
  at: ago(3 * 3600),
  summary: '2 files are damaged; everything else is well.',
  lines: [
    { name: 'disk', state: 'good', message: '4.1 TB of 8 TB are used.' },
    {
      name: 'files',
      state: 'bad',
      message: '2 files are damaged or missing.',
      next: 'See Mirror and scrub.',
    },
    { name: 'mirror', state: 'partial', message: 'The upstream server did not answer at 23:00.' },
  ],
};
