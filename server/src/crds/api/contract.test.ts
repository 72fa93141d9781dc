import * as contracts from '@orrery/contracts';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { toyHeader } from '../../../../test/support/crds.ts';
import { crdsScene, keepReference } from '../../../../test/support/crds-api.ts';
import { fitsCard, fitsHeader } from '../../../../test/support/fits.ts';
import { startAffected } from '../affected/affected.ts';
import { registerDatasets } from '../datasets/register.ts';

const scene = await crdsScene();
const { core, operator, routes } = scene;

const line = JSON.stringify({ id: 'J1:J1A', instrument: 'acs', header: toyHeader, date: '2012-02-20' });
const lines = async function* () {
  yield Buffer.from(`${line}\n`);
};
await registerDatasets(core, 'tobs', lines(), { name: 'test' });
await startAffected(
  core,
  { observatory: 'tobs', old: 'tobs_0001.pmap', new: 'tobs_0002.pmap' },
  { name: 'test' },
);
await keepReference(core, 'tobs', 'tobs_acs_pars_0001.json', Buffer.from('{\n  "steps": []\n}\n'));
await keepReference(
  core,
  'tobs',
  'tobs_acs_image_0001.fits',
  fitsHeader([fitsCard('SIMPLE', true), fitsCard('BITPIX', 8), fitsCard('NAXIS', 0)]),
);
await core.db.sql`
  insert into crds.report (observatory, day, content)
  values ('tobs', '2031-01-01', '{"summary": "All is well.", "lines": [{"name": "files", "state": "good", "message": "5 files"},
    {"name": "disk of the data folder", "state": "good", "message": "1 GB"}], "figures": {}}')`;
await core.db.sql`
  insert into crds.mirror (observatory, upstream, next_at, failing_since, error)
  values ('tobs', 'https://upstream.example', clock_timestamp(), clock_timestamp(), 'It does not answer.')`;
await core.db.sql`
  insert into crds.file_proof (observatory, name, result, found, checked_at, wrong_since)
  values ('tobs', 'tobs_0001.pmap', 'damaged', 'other bytes', clock_timestamp(), clock_timestamp())`;

/** Every call of the API that reads, with the schema its answer has by the contract. */
const answers: Array<[string, TSchema]> = [
  ['observatories', contracts.CrdsObservatoryList],
  ['observatories/tobs', contracts.CrdsObservatory],
  ['observatories/tobs/home', contracts.CrdsHome],
  ['observatories/tobs/contexts', contracts.CrdsContextPage],
  ['observatories/tobs/contexts/history', contracts.CrdsHistoryPage],
  ['observatories/tobs/contexts/builds', contracts.CrdsBuildList],
  ['observatories/tobs/contexts/remote', contracts.CrdsRemoteContextList],
  ['observatories/tobs/contexts/resolve?spec=tobs-edit', contracts.CrdsResolved],
  ['observatories/tobs/contexts/tobs_0002.pmap', contracts.CrdsContext],
  ['observatories/tobs/contexts/tobs_0001.pmap/references', contracts.CrdsContextReferencePage],
  ['observatories/tobs/files', contracts.CrdsFilePage],
  ['observatories/tobs/files/facets', contracts.CrdsFileFacets],
  ['observatories/tobs/files/tobs_acs_biasfile_0001.rmap', contracts.CrdsFile],
  ['observatories/tobs/files/old_bia.fits', contracts.CrdsFile],
  ['observatories/tobs/files/tobs_acs_biasfile_0001.rmap/contents', contracts.CrdsContents],
  ['observatories/tobs/files/tobs_0001.pmap/uses', contracts.CrdsLinkPage],
  ['observatories/tobs/files/old_bia.fits/used-by', contracts.CrdsLinkPage],
  ['observatories/tobs/files/old_bia.fits/matches', contracts.CrdsMatches],
  ['observatories/tobs/differences?old=tobs_0001.pmap&new=tobs_0002.pmap', contracts.CrdsDifferences],
  ['observatories/tobs/differences/rows?old=tobs-latest&new=tobs-edit', contracts.CrdsDifferencePage],
  ['observatories/tobs/differences/text?old=tobs_0001.pmap&new=tobs_0002.pmap', contracts.CrdsTextDifference],
  ['search?q=tobs', contracts.CrdsFound],
  ['observatories/tobs/search?q=old_bia', contracts.CrdsFound],
  ['observatories/tobs/activity', contracts.CrdsActivityPage],
  ['observatories/tobs/files/old_bia.fits/activity', contracts.CrdsActivityPage],
  ['observatories/tobs/datasets', contracts.CrdsDatasetPage],
  ['observatories/tobs/datasets/counts', contracts.CrdsDatasetCounts],
  ['observatories/tobs/datasets/J1:J1A', contracts.CrdsDataset],
  ['observatories/tobs/affected', contracts.CrdsAffectedPage],
  ['observatories/tobs/affected/1', contracts.CrdsAffectedDetails],
  ['observatories/tobs/affected/1/rows', contracts.CrdsAffectedRowPage],
  ['observatories/tobs/mirror', contracts.CrdsMirror],
  ['observatories/tobs/scrub', contracts.CrdsScrub],
  ['observatories/tobs/scrub/problems', contracts.CrdsProblemPage],
  ['observatories/tobs/report', contracts.CrdsReport],
  ['observatories/tobs/files/tobs_acs_image_0001.fits/header', contracts.CrdsReferenceHeader],
  ['observatories/tobs/files/tobs_acs_pars_0001.json/contents', contracts.CrdsContents],
];

test.each(answers)('GET %s answers what the contract says', async (url, schema) => {
  for (const who of [undefined, operator]) {
    const { status, body } = await scene.ask(url, who === undefined ? {} : { who });
    expect([status, body]).toEqual([200, body]);
    const wrong = [...Value.Errors(schema, body)].map(
      ({ instancePath, message }) => `${instancePath} ${message}`,
    );
    expect(wrong).toEqual([]);
  }
});

test('every GET of the API is checked here, but for those that answer text', () => {
  const texts = ['observatories/:observatory/affected/:run/export'];
  const patterns = routes.rows
    .filter(({ method, family }) => method === 'GET' && family === 'Calibration page')
    .map(({ url }) => url.slice('/api/crds/'.length))
    .filter((url) => !texts.includes(url));
  const checked = answers.map(([url]) => url.split('?')[0] ?? '');
  const unchecked = patterns.filter(
    (pattern) => !checked.some((url) => new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(url)),
  );
  expect(patterns.length).toBeGreaterThan(30);
  expect(unchecked).toEqual([]);
});

test('every call is described for programs, with what it takes', async () => {
  const reply = await scene.app.inject({ url: '/api/docs/openapi.json' });
  const { paths } = reply.json() as {
    paths: Record<
      string,
      { post?: { requestBody?: unknown }; get?: { parameters?: Array<{ name: string }> } }
    >;
  };
  const base = '/api/crds/observatories/{observatory}';
  expect(paths[`${base}/files`]?.get?.parameters?.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['kind', 'text', 'cursor', 'observatory']),
  );
  expect(paths[`${base}/contexts`]?.post?.requestBody).toBeDefined();
  expect(paths[`${base}/files/{file}/bad`]?.post?.requestBody).toBeDefined();
});
