import type { CrdsBestReferencesWish, CrdsFileRow } from '@orrery/contracts';
import * as crds from './crds-fixtures.ts';
import { keysetPage } from './keyset-page.ts';

const whole = <Row>(rows: readonly Row[]) => ({
  rows,
  newer: null,
  older: null,
  about: rows.length,
  tookMs: 1,
});

/** The canned answer of a GET below `/api/crds`; undefined when there is none. */
export function crdsAnswer({ pathname, searchParams }: URL): unknown {
  if (pathname === '/api/crds/observatories')
    return { rows: [crds.observatory, crds.secondObservatory], tookMs: 1 };
  const [, observatory, part = ''] = /^\/api\/crds\/observatories\/([^/]+)(?:\/(.*))?$/.exec(pathname) ?? [];
  if (observatory !== 'hst') return undefined;
  const known: Record<string, unknown> = {
    '': crds.observatory,
    home: crds.home,
    search: searched(searchParams),
    contexts: keysetPage(searchParams, crds.contextRows.length, crds.contextRow, () => true),
    'contexts/history': keysetPage(
      searchParams,
      crds.history.length,
      (index) => crds.history[index] ?? crds.history[0],
      () => true,
    ),
    'contexts/builds': {
      rows: [
        { calibrationVersion: '1.16.2', context: 'hst_0340.pmap', setAt: crds.darkfile.addedAt, by: 'op' },
      ],
    },
    'contexts/remote': {
      rows: [
        {
          pipeline: 'hst-ops',
          kind: 'latest',
          context: 'hst_0348.pmap',
          pushedAt: crds.darkfile.addedAt,
          isLatest: false,
        },
      ],
    },
    files: filePage(searchParams),
    'files/facets': {
      total: crds.fileTotal,
      states: [
        { value: 'operational', files: 20_000 },
        { value: 'archived', files: 80_000 },
      ],
      kinds: [{ value: 'reference', files: 87_500 }],
      places: [],
      instruments: [{ value: 'acs', files: crds.fileTotal }],
      types: [{ value: 'darkfile', files: 33_333 }],
      bad: 3,
      tookMs: 2,
    },
    differences: crds.differences,
    'differences/rows': differenceRows(searchParams),
    'differences/text': textDifference(Number(searchParams.get('from') ?? 0)),
    datasets: keysetPage(
      searchParams,
      crds.datasetTotal,
      crds.datasetRow,
      (row) => (searchParams.get('instrument') ?? row.instrument) === row.instrument,
    ),
    'datasets/counts': {
      total: crds.datasetTotal,
      instruments: ['acs', 'wfc3'].map((instrument, index) => ({
        instrument,
        datasets: crds.datasetTotal * (index === 0 ? 0.75 : 0.25),
        oldest: null,
        newest: null,
      })),
    },
    affected: whole([crds.runningRun, crds.affectedRun]),
    mirror: crds.mirror,
    scrub: crds.scrub,
    'scrub/problems': whole(crds.problems),
    report: crds.report,
  };
  return known[part] ?? named(part, searchParams);
}

/** The answer about one file, context, dataset or comparison. */
function named(part: string, query: URLSearchParams): unknown {
  const [kind, spelled = '', rest] = part.split('/');
  const name = decodeURIComponent(spelled);
  if (kind === 'contexts') {
    if (rest === 'references') return keysetPage(query, 15_643, crds.contextReference, () => true);
    return { ...(name === crds.blockedContext.name ? crds.blockedContext : crds.context), name };
  }
  if (kind === 'datasets') return name.startsWith('none') ? undefined : { ...crds.dataset, id: name };
  if (kind === 'affected') {
    if (rest === 'rows') return keysetPage(query, crds.affectedTotal, crds.affectedRow, () => true);
    return name === '42' ? crds.runningRun : crds.affectedRun;
  }
  return kind === 'files' ? aboutFile(name, rest, query) : undefined;
}

function aboutFile(name: string, rest: string | undefined, query: URLSearchParams): unknown {
  if (name.startsWith('none')) return undefined;
  const isMapping = /\.[pir]map$/.test(name);
  if (rest === undefined) return { ...(isMapping ? crds.rmap : crds.darkfile), name };
  if (rest === 'contents') {
    const from = Number(query.get('from') ?? 1);
    const last = Math.min(crds.rmapLines, from - 1 + Number(query.get('lines') ?? 2000));
    const lines = Array.from({ length: last - from + 1 }, (_, index) => crds.rmapLine(from - 1 + index));
    return { from, lines, totalLines: crds.rmapLines, links: [], header: [] };
  }
  if (rest === 'header')
    return {
      format: 'fits',
      units: [
        {
          name: 'primary',
          cards: Array.from({ length: 120 }, (_, n) => ({
            keyword: n === 0 ? 'TELESCOP' : `KEY${n}`,
            value: n === 0 ? 'HST' : String(n),
            comment: 'a card',
          })),
        },
      ],
      cut: false,
    };
  if (rest === 'matches')
    return {
      context: query.get('context') ?? 'hst_0349.pmap',
      rows: [
        {
          instrument: 'acs',
          type: 'darkfile',
          rmap: 'hst_acs_darkfile_0264.rmap',
          levels: [
            {
              parameters: [
                { name: 'DETECTOR', value: 'WFC' },
                { name: 'CCDAMP', value: 'A|ABCD|AC|AD|B|BC|BD|C|D' },
              ],
            },
            { parameters: [{ name: 'DATE-OBS', value: '2003-03-08' }] },
          ],
        },
      ],
      hidden: 0,
    };
  if (rest === 'activity')
    return whole([
      {
        id: 7,
        at: crds.darkfile.addedAt,
        actor: 'op',
        action: 'crds.file-marked',
        objectKind: 'file',
        objectId: name,
        details: { reason: 'hot columns were not masked' },
      },
    ]);
  return keysetPage(query, 2240, link, () => true);
}

const link = (index: number) => {
  const { name, kind, state, rejected, blacklisted, instrument, type, addedAt } = crds.fileRow(index);
  return { name, kind, state, rejected, blacklisted, instrument, type, addedAt };
};

function filePage(query: URLSearchParams) {
  const text = query.get('text');
  const fits = (row: CrdsFileRow) =>
    (query.get('kind') ?? row.kind) === row.kind &&
    (text === null || row.name.includes(text)) &&
    (query.getAll('state').length === 0 || query.getAll('state').includes(row.state)) &&
    (query.get('bad') !== 'true' || row.rejected);
  return keysetPage(query, crds.fileTotal, crds.fileRow, fits);
}

function searched(query: URLSearchParams) {
  const q = query.get('q') ?? '';
  const rows = 'n3j1345gj_drk.fits'.startsWith(q)
    ? [
        {
          observatory: 'hst',
          what: 'reference',
          name: 'n3j1345gj_drk.fits',
          by: 'name',
          note: 'darkfile of acs, archived',
          href: '/ui/calibration/hst/files/n3j1345gj_drk.fits',
        },
      ]
    : [];
  return { rows, cut: false, tookMs: 1 };
}

function differenceRows(query: URLSearchParams) {
  const file = query.get('file') ?? '';
  return keysetPage(
    query,
    file.includes('darkfile') ? 40_012 : 3,
    (index) => ({
      files: [{ old: query.get('old'), new: query.get('new') }],
      instrument: 'acs',
      type: 'darkfile',
      change: index === 0 ? 'replaced' : 'added',
      rule: [
        { name: 'DETECTOR', value: 'WFC' },
        { name: 'CCDAMP', value: 'A|ABCD|AC|AD|B|BC|BD|C|D' },
        { name: 'DATE-OBS', value: `2003-03-08 01:${String(index % 60).padStart(2, '0')}:55` },
      ],
      message:
        index === 0
          ? "replaced 'n3j1345fj_drk.fits' with 'n3j1345gj_drk.fits'"
          : `added terminal 'n${index}gj_drk.fits'`,
    }),
    () => true,
  );
}

const hunksAtOnce = 400;

function textDifference(from: number) {
  const hunk = (n: number) => ({
    oldFrom: 1 + n * 10,
    newFrom: 1 + n * 11,
    lines: [
      " 'a' : 1,",
      `-${crds.rmapLine(20 + n)}`,
      `+${crds.rmapLine(21 + n)}`,
      `+${crds.rmapLine(22 + n)}`,
      ' })',
    ],
  });
  const total = 2000;
  const to = Math.min(total, from + hunksAtOnce);
  return {
    old: 'old',
    new: 'new',
    added: 2 * total,
    deleted: total,
    hunks: Array.from({ length: to - from }, (_, index) => hunk(from + index)),
    total,
    next: to < total ? to : null,
  };
}

/** What a POST below `/api/crds` answers. */
export function crdsActed(path: string, body: string): unknown {
  const given = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
  if (path.endsWith('/best-references')) return bestReferences(given);
  if (path.endsWith('/why')) return { ...crds.why, type: given.type };
  if (path.endsWith('/explore')) return crds.explored;
  if (path.endsWith('/contexts')) return crds.context;
  if (path.endsWith('/bad')) return { file: crds.darkfile, mappings: 12 };
  if (path.endsWith('/cancel')) return { ...crds.runningRun, state: 'cancelling' };
  return path.endsWith('/affected') ? crds.runningRun : undefined;
}

function bestReferences({ dataset, compareWith }: CrdsBestReferencesWish) {
  const different = [{ type: 'darkfile', here: 'n3j1345gj_drk.fits', there: 'n3j1345fj_drk.fits' }];
  return {
    ...crds.answer,
    dataset: dataset ?? null,
    compared: compareWith === undefined ? null : { context: compareWith, different },
  };
}
