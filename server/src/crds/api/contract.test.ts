import * as contracts from '@orrery/contracts';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { crdsScene } from '../../../../test/support/crds-api.ts';

const scene = await crdsScene();
const { operator, routes } = scene;

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

test('every GET of the API is checked here', () => {
  const patterns = routes.rows
    .filter(({ method, family }) => method === 'GET' && family === 'Calibration page')
    .map(({ url }) => url.slice('/api/crds/'.length));
  const checked = answers.map(([url]) => url.split('?')[0] ?? '');
  const unchecked = patterns.filter(
    (pattern) => !checked.some((url) => new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(url)),
  );
  expect(patterns.length).toBeGreaterThan(15);
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
