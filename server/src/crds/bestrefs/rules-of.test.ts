import { expect, test } from 'vitest';
import { aMapping, anObservatory, toyHeader, toyRules } from '../../../../test/support/crds.ts';
import { testServer } from '../../../../test/support/server.ts';
import { crds } from '../index.ts';
import { bestReferencesOf, bestReferencesOfEach } from './best-references.ts';
import { contextOf, RulesInMemory } from './rules-of.ts';

const server = await testServer([crds]);
const { core } = server;
const common = { observatory: "'TOBS'" };

/** A context that differs from the others in its name alone. */
function alike(serial: string) {
  return aMapping(
    `tobs_${serial}.pmap`,
    { ...common, parkey: "('INSTRUME',)" },
    "{\n    'ACS' : 'tobs_acs_0001.imap',\n}",
  );
}

await anObservatory(server, 'tobs', [
  ...toyRules(),
  alike('0002'),
  alike('0003'),
  { ...alike('0004'), state: 'uploaded' },
]);
await anObservatory(server, 'hst', toyRules());

test('an instrument is compiled once, whatever context and observatory leads to its rules', async () => {
  const contexts = [
    await contextOf(core, 'tobs', 'tobs_0001.pmap'),
    await contextOf(core, 'tobs', 'tobs_0002.pmap'),
    await contextOf(core, 'hst', 'tobs_0001.pmap'),
  ];
  const rules = await Promise.all(contexts.map(async (one) => (await one.load('acs')).types.get('biasfile')));
  expect(new Set(rules).size).toBe(1);
  expect(rules[0]).toMatchObject({ name: 'tobs_acs_biasfile_0001.rmap' });
});

test('a context is opened once, also by those who ask at the same time', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => contextOf(core, 'tobs', 'tobs_0003.pmap')));
  expect(new Set(all).size).toBe(1);
});

test('a context that is unknown or not confirmed is refused, and again when it is asked for again', async () => {
  for (const name of ['tobs_0004.pmap', 'tobs_0099.pmap', 'tobs_0004.pmap', '']) {
    await expect(contextOf(core, 'tobs', name)).rejects.toMatchObject({ code: 'crds.context-unknown' });
  }
});

test('the context that was not used for longest goes when there is no room, and comes again when asked for', async () => {
  const [pmap] = toyRules();
  const whole = toyRules().reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
  const memory = new RulesInMemory(core, whole + (pmap?.content?.length ?? 0));
  const first = await memory.get('tobs', 'tobs_0001.pmap');
  await memory.get('tobs', 'tobs_0002.pmap');
  expect(await memory.get('tobs', 'tobs_0001.pmap')).toBe(first);
  const second = await memory.get('tobs', 'tobs_0002.pmap');
  await memory.get('tobs', 'tobs_0001.pmap');
  await memory.get('tobs', 'tobs_0003.pmap');
  expect(await memory.get('tobs', 'tobs_0001.pmap')).toBe(first);
  const again = await memory.get('tobs', 'tobs_0002.pmap');
  expect(again).not.toBe(second);
  await again.load('acs');
  expect(again.instruments).toEqual(['acs']);
});

test('a mapping that cannot be read is told with its place, and the next call tries again', async () => {
  const broken = Buffer.from("header = {\n    'mapping' : 'INSTRUMENT',\n}\nselector = import os\n");
  await anObservatory(server, 'tobs', [
    aMapping(
      'tobs_0005.pmap',
      { ...common, parkey: "('INSTRUME',)" },
      "{\n    'ACS' : 'tobs_acs_0005.imap',\n}",
    ),
    { name: 'tobs_acs_0005.imap', state: 'archived', content: broken },
  ]);
  for (let time = 0; time < 2; time++) {
    await expect(bestReferencesOf(core, 'tobs', 'tobs_0005.pmap', toyHeader, null)).rejects.toMatchObject({
      code: 'crds.rules-broken',
      message: expect.stringMatching(/tobs_acs_0005\.imap:4:\d+: expected/),
    });
  }
});

test('rules that can be read but not compiled are told like others that are broken', async () => {
  const name = 'tobs_acs_biasfile_0006.rmap';
  const rules = Buffer.from(`header = {
    'mapping' : 'REFERENCE', 'observatory' : 'TOBS', 'instrument' : 'ACS', 'filekind' : 'biasfile',
    'name' : '${name}', 'derived_from' : 'x', 'parkey' : (('DETECTOR',),),
    'parkey_relevance' : {'detector' : 'x.__class__'},
}
selector = Match({'WFC' : 'a.fits'})
`);
  await anObservatory(server, 'tobs', [{ name, state: 'archived', content: rules }]);
  for (let time = 0; time < 2; time++) {
    await expect(bestReferencesOf(core, 'tobs', name, toyHeader, null)).rejects.toMatchObject({
      code: 'crds.rules-broken',
      message: expect.stringMatching(/0006\.rmap:4:42: expected .* in the expression x\.__class__/),
    });
  }
});

test('many headers are answered each by its own, and let others in between', async () => {
  const headers = Array.from(
    { length: 3000 },
    (_, at) => [at, at % 3 === 0 ? { FOO: at } : { ...toyHeader, CCDGAIN: at % 3 }] as const,
  );
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 1);
  const found = await bestReferencesOfEach(core, 'tobs', 'tobs_0001.pmap', headers, ['biasfile']);
  clearInterval(counting);
  expect(found.size).toBe(3000);
  expect(found.get(0)).toMatchObject({ code: 'crds.header-refused' });
  expect(found.get(1)).toEqual({ biasfile: 'new_bia.fits' });
  expect(found.get(2)).toEqual({ biasfile: 'new_bia.fits' });
  expect(turns).toBeGreaterThanOrEqual(0);
});
