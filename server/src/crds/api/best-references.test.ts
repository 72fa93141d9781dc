import { CrdsBestReferences, CrdsWhy } from '@orrery/contracts/crds';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { beforeAll, describe, expect, test } from 'vitest';
import { aMapping, toyHeader } from '../../../../test/support/crds.ts';
import { crdsScene } from '../../../../test/support/crds-api.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { forgetObservatories } from '../observatory/observatory.ts';

const { core, ask } = await crdsScene();
const base = 'observatories/tobs';

/** A POST that answers 200 as the contract says. */
async function answer<T>(schema: TSchema, part: string, body: unknown): Promise<T> {
  const reply = await ask(`${base}/${part}`, { body });
  expect([reply.status, reply.status === 200 ? '' : reply.body]).toEqual([200, '']);
  const wrong = [...Value.Errors(schema, reply.body)].map(
    ({ instancePath, message }) => `${instancePath} ${message}`,
  );
  expect(wrong).toEqual([]);
  return reply.body as T;
}
const best = (body: unknown) => answer<CrdsBestReferences>(CrdsBestReferences, 'best-references', body);
const why = (body: unknown) => answer<CrdsWhy>(CrdsWhy, 'best-references/why', body);

beforeAll(async () => {
  const acs = { observatory: "'TOBS'", instrument: "'ACS'" };
  await core.db.transaction((tx) =>
    addFiles(tx, 'tobs', [
      aMapping(
        'tobs_0003.pmap',
        { observatory: "'TOBS'", parkey: "('INSTRUME',)" },
        "{\n    'ACS' : 'tobs_acs_0003.imap',\n}",
      ),
      aMapping(
        'tobs_acs_0003.imap',
        { ...acs, parkey: "('REFTYPE',)" },
        "{\n    'darkfile' : 'tobs_acs_darkfile_0003.rmap',\n    'flatfile' : 'tobs_acs_flatfile_0003.rmap',\n    'omitfile' : 'OMIT',\n}",
      ),
      aMapping(
        'tobs_acs_darkfile_0003.rmap',
        {
          ...acs,
          filekind: "'DARKFILE'",
          parkey: "(('DETECTOR', 'CCDGAIN'), ('DATE-OBS', 'TIME-OBS'))",
          extra_keys: "('DARKCORR',)",
          rmap_relevance: '\'(DARKCORR != "OMIT")\'',
        },
        "Match({\n    ('*', '2.0') : UseAfter({\n        '2010-01-01 00:00:00' : 'b_drk.fits',\n    }),\n    ('WFC', '*') : UseAfter({\n        '2002-01-01 00:00:00' : 'a_drk.fits',\n        '2015-01-01 00:00:00' : 'c_drk.fits',\n    }),\n})",
      ),
      aMapping(
        'tobs_acs_flatfile_0003.rmap',
        { ...acs, filekind: "'FLATFILE'", parkey: "(('DETECTOR',),)", reffile_required: "'YES'" },
        "Match({\n    ('HRC',) : 'h_flt.fits',\n    ('WFC',) : 'w_flt.fits',\n})",
      ),
    ]),
  );
  forgetObservatories(core);
});

describe('best references', () => {
  test('of a header are given for every type, with what the rules looked at', async () => {
    const found = await best({ header: toyHeader });
    expect(found).toMatchObject({
      observatory: 'tobs',
      context: 'tobs_0001.pmap',
      instrument: 'acs',
      dataset: null,
      headerSize: 5,
      compared: null,
      types: [
        {
          type: 'biasfile',
          outcome: 'found',
          message: '',
          files: [{ name: 'new_bia.fits', known: true, rejected: false }],
          rmap: 'tobs_acs_biasfile_0001.rmap',
          ambiguous: false,
        },
        { type: 'darkfile', outcome: 'not-applicable', message: 'NOT FOUND n/a', files: [] },
      ],
    });
    expect(found.parameters).toContainEqual({ name: 'CCDGAIN', written: '2', value: '2.0' });
    expect(found.command).toBe(
      'orrery crds bestrefs --observatory tobs --context tobs_0001.pmap --header HEADER.json',
    );
  });

  test('are limited to the types asked for, unknown ones among them', async () => {
    const { types } = await best({ header: toyHeader, types: ['BIASFILE', 'nofile', '__proto__'] });
    expect(types.map(({ type, outcome }) => [type, outcome])).toEqual([
      ['biasfile', 'found'],
      ['nofile', 'not-found'],
      ['__proto__', 'not-found'],
    ]);
    expect((await best({ header: toyHeader, types: [] })).types).toHaveLength(2);
  });

  test('are compared with those of another context', async () => {
    const { compared } = await best({ header: toyHeader, compareWith: 'tobs-edit' });
    expect(compared).toEqual({
      context: 'tobs_0002.pmap',
      different: [{ type: 'biasfile', here: 'new_bia.fits', there: 'newer_bia.fits' }],
    });
  });

  test('warn of ties, of bad files, of files that only rules name and of values that are missing', async () => {
    await core.db
      .sql`update crds.file set rejected = true, bad_reason = 'saturated' where name = 'new_bia.fits'`;
    expect((await best({ header: toyHeader })).warnings).toEqual([
      'new_bia.fits (biasfile) is marked bad: saturated.',
    ]);
    await core.db.sql`update crds.file set rejected = false, bad_reason = '' where name = 'new_bia.fits'`;
    const { warnings, types } = await best({ header: toyHeader, context: 'tobs_0003.pmap' });
    expect(types).toMatchObject([
      { type: 'darkfile', ambiguous: true, files: [{ name: 'b_drk.fits', known: false }] },
      { type: 'flatfile', ambiguous: false },
      { type: 'omitfile', outcome: 'omitted', files: [] },
    ]);
    expect(warnings).toEqual([
      'b_drk.fits (darkfile) is named by the rules, but is not in the catalogue.',
      '2 rules for darkfile fit equally well, and what they lead to was joined.',
      'w_flt.fits (flatfile) is named by the rules, but is not in the catalogue.',
      expect.stringMatching(/^Not in the header: DARKCORR/),
    ]);
  });

  test('of a dataset use its header, and what is given besides counts instead', async () => {
    const lines = `${JSON.stringify({ id: 'J1:J1A', instrument: 'acs', header: toyHeader, date: '2012-02-20T17:32:29' })}\n${JSON.stringify({ id: 'J1:J1B', instrument: 'acs', header: toyHeader, date: '2012-02-20T17:32:29' })}\n`;
    const { registerDatasets } = await import('../datasets/register.ts');
    await registerDatasets(
      core,
      'tobs',
      (async function* () {
        yield Buffer.from(lines);
      })(),
      { name: 'test' },
    );
    const found = await best({ dataset: 'j1a' });
    expect(found).toMatchObject({ dataset: 'J1:J1A', types: [{ files: [{ name: 'new_bia.fits' }] }, {}] });
    expect(found.command).toContain('--dataset J1:J1A');
    expect(await best({ dataset: 'J1:J1A', header: { 'DATE-OBS': '2005-01-01' } })).toMatchObject({
      types: [{ files: [{ name: 'old_bia.fits' }] }, {}],
    });
    expect(await ask(`${base}/best-references`, { body: { dataset: 'j1' } })).toMatchObject({
      status: 409,
      body: { code: 'crds.dataset-ambiguous', details: { ids: ['J1:J1A', 'J1:J1B'] } },
    });
  });

  test.each([
    [{}, 400, 'crds.header-missing'],
    [{ header: {} }, 400, 'crds.header-missing'],
    [{ header: { DETECTOR: 'WFC' } }, 400, 'crds.header-refused'],
    [{ header: { INSTRUME: 'NOPE' } }, 400, 'crds.header-refused'],
    [{ header: toyHeader, context: 'tobs_0404.pmap' }, 404, 'crds.context-unknown'],
    [{ header: toyHeader, compareWith: 'tobs-versions' }, 404, 'crds.context-unset'],
    [{ dataset: 'nothing' }, 404, 'crds.dataset-unknown'],
    [{ dataset: "a'; drop table" }, 400, 'crds.dataset-id-invalid'],
    [{ header: { INSTRUME: ['ACS'] } }, 400, 'http.input-refused'],
    [{ header: toyHeader, types: 'biasfile' }, 400, 'http.input-refused'],
    [{ header: toyHeader, more: 1 }, 400, 'http.input-refused'],
    [{ header: { INSTRUME: 'A\u0000CS' } }, 400, 'crds.nul-refused'],
  ])('of %j are refused', async (body, status, code) => {
    expect(await ask(`${base}/best-references`, { body })).toMatchObject({ status, body: { code } });
  });

  test('of headers that want to do harm are refused or answered, and cost little', async () => {
    const header = {
      ...toyHeader,
      ...Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`K${at}`, 'x'])),
    };
    expect(await best({ header })).toMatchObject({ headerSize: 100_005, types: [{ outcome: 'found' }, {}] });
    expect(
      (await ask(`${base}/best-references`, { body: { header: { A: 'x'.repeat(5_000_000) } } })).status,
    ).toBe(413);
    const reply = await ask(`${base}/best-references`, {
      body: JSON.parse(
        '{"header":{"__proto__":"x","constructor":"y","INSTRUME":"ACS","DETECTOR":"(a+)+$"}}',
      ) as unknown,
    });
    expect(reply.status).toBeLessThan(500);
  });
});

describe('why', () => {
  test('is told step by step for a file', async () => {
    const told = await why({ header: toyHeader, type: 'biasfile' });
    expect(told).toMatchObject({
      imap: 'tobs_acs_0001.imap',
      rmap: 'tobs_acs_biasfile_0001.rmap',
      recommendation: { outcome: 'found', files: [{ name: 'new_bia.fits' }] },
      why: {
        question: 'Why new_bia.fits?',
        answer: 'It is the newest of its kind that was valid when the exposure began.',
      },
      conditions: [],
      levels: [
        {
          selector: 'Match',
          asked: ['WFC', '2.0'],
          total: 1,
          joined: 1,
          face: 'good',
          rules: [
            {
              chosen: true,
              weight: 2,
              entries: 2,
              leadsTo: null,
              values: [
                { text: 'WFC', verdict: 'match' },
                { text: '1.0|2.0', verdict: 'match' },
              ],
            },
          ],
        },
        {
          selector: 'UseAfter',
          total: 2,
          rules: [
            { chosen: false, leadsTo: 'old_bia.fits' },
            { chosen: true, leadsTo: 'new_bia.fits', values: [{ text: '2010-01-01 00:00:00' }] },
          ],
        },
      ],
    });
    expect(told.parameters.map(({ name, role }) => [name, role])).toEqual([
      ['CCDGAIN', 'matched'],
      ['DATE-OBS', 'decides'],
      ['DETECTOR', 'matched'],
      ['TIME-OBS', 'decides'],
    ]);
    expect(told.changes).toEqual([
      {
        text: 'an exposure of 2002-01-01 00:00:00 gets old_bia.fits',
        header: { 'DATE-OBS': '2002-01-01', 'TIME-OBS': '00:00:00' },
        answer: 'old_bia.fits',
      },
    ]);
    const { 0: rule } = told.levels[0]?.rules ?? [];
    const contents = await ask(
      `${base}/files/tobs_acs_biasfile_0001.rmap/contents?from=${rule?.line}&lines=1`,
    );
    expect(contents.body).toMatchObject({ lines: [expect.stringContaining("('WFC', '1.0|2.0')")] });
  });

  test('names the value that failed, and what would match', async () => {
    const told = await why({
      header: { ...toyHeader, DETECTOR: 'HRC' },
      type: 'flatfile',
      context: 'tobs_0003.pmap',
    });
    expect(told).toMatchObject({ recommendation: { files: [{ name: 'h_flt.fits' }] } });
    expect(told.changes).toEqual([
      { text: 'DETECTOR WFC gets w_flt.fits', header: { DETECTOR: 'WFC' }, answer: 'w_flt.fits' },
    ]);
    const wrong = await why({ header: { ...toyHeader, CCDGAIN: '8' }, type: 'biasfile' });
    expect(wrong).toMatchObject({
      recommendation: { outcome: 'not-found', files: [] },
      why: { question: 'Why is there no biasfile?', answer: expect.stringContaining("'CCDGAIN'") },
      levels: [{ face: 'bad', joined: 0, rules: [{ chosen: false, values: [{}, { verdict: 'fails' }] }] }],
    });
    expect(wrong.parameters.find(({ name }) => name === 'CCDGAIN')?.role).toBe('failed');
  });

  test('says that rules were joined', async () => {
    const told = await why({ header: toyHeader, type: 'darkfile', context: 'tobs_0003.pmap' });
    expect(told).toMatchObject({
      recommendation: { ambiguous: true, files: [{ name: 'b_drk.fits' }] },
      conditions: [{ name: 'rmap_relevance', expression: '(DARKCORR != "OMIT")', holds: true }],
      levels: [
        { joined: 2, face: 'partial' },
        {
          selector: 'UseAfter',
          total: 3,
          rules: [
            { leadsTo: 'a_drk.fits' },
            { leadsTo: 'b_drk.fits', chosen: true },
            { leadsTo: 'c_drk.fits' },
          ],
        },
      ],
    });
    expect(told.changes.map(({ text }) => text)).toEqual([
      'an exposure from 2015-01-01 00:00:00 on gets c_drk.fits',
      'an exposure of 2002-01-01 00:00:00 gets a_drk.fits',
    ]);
  });

  test.each([
    [
      'a condition',
      { header: { ...toyHeader, DARKCORR: 'OMIT' }, type: 'darkfile', context: 'tobs_0003.pmap' },
      'not-applicable',
    ],
    [
      'an instrument that omits it',
      { header: toyHeader, type: 'omitfile', context: 'tobs_0003.pmap' },
      'omitted',
    ],
    [
      'an instrument without use for it',
      { header: toyHeader, type: 'cfltfile', context: 'tobs-edit' },
      'not-applicable',
    ],
    ['a type nobody knows', { header: toyHeader, type: 'nofile' }, 'not-found'],
    ['rules that do not require it', { header: toyHeader, type: 'darkfile' }, 'not-applicable'],
    [
      'a date before all others',
      { header: { ...toyHeader, 'DATE-OBS': '1999-01-01' }, type: 'biasfile' },
      'not-found',
    ],
    ['a date that is none', { header: { ...toyHeader, 'DATE-OBS': 'soon' }, type: 'biasfile' }, 'not-found'],
  ])('there is none is told for %s', async (_what, body, outcome) => {
    const told = await why(body);
    expect(told.recommendation.outcome).toBe(outcome);
    expect(told.why.question).toBe(`Why is there no ${told.type}?`);
    expect(told.why.evidence.length).toBeGreaterThan(1);
    expect(JSON.stringify(told.why)).not.toMatch(/undefined|null\./);
  });

  test.each([
    [{ header: toyHeader }, 400],
    [{ type: 'biasfile' }, 400],
    [{ header: toyHeader, type: '' }, 400],
    [{ header: { INSTRUME: 'X' }, type: 'biasfile' }, 400],
  ])('of %j is refused', async (body, status) => {
    expect((await ask(`${base}/best-references/why`, { body })).status).toBe(status);
  });
});
