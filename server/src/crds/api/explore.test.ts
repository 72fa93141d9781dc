import { CrdsExplore } from '@orrery/contracts/crds';
import { Value } from 'typebox/value';
import { beforeAll, describe, expect, test } from 'vitest';
import { aMapping } from '../../../../test/support/crds.ts';
import { crdsScene } from '../../../../test/support/crds-api.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { forgetObservatories } from '../observatory/observatory.ts';

const { core, ask } = await crdsScene();
const base = 'observatories/tobs';

/** An answer of status 200 as the contract says. */
async function explore(body: unknown): Promise<CrdsExplore> {
  const reply = await ask(`${base}/explore`, { body });
  expect([reply.status, reply.status === 200 ? '' : reply.body]).toEqual([200, '']);
  expect([...Value.Errors(CrdsExplore, reply.body)]).toEqual([]);
  return reply.body as CrdsExplore;
}

/** A context with one type that applies only under a condition. */
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
        "{\n    'darkfile' : 'tobs_acs_darkfile_0003.rmap',\n}",
      ),
      aMapping(
        'tobs_acs_darkfile_0003.rmap',
        {
          ...acs,
          filekind: "'DARKFILE'",
          parkey: "(('DETECTOR',),)",
          extra_keys: "('DARKCORR',)",
          rmap_relevance: '\'(DARKCORR != "OMIT")\'',
        },
        "Match({\n    ('WFC',) : 'a_drk.fits',\n})",
      ),
    ]),
  );
  forgetObservatories(core);
});

describe('exploring rules', () => {
  test('offers the values that rules name', async () => {
    const { parameters, types } = await explore({ instrument: 'ACS', context: 'tobs-edit' });
    expect(parameters.map(({ name, kind }) => [name, kind])).toEqual([
      ['DETECTOR', 'choice'],
      ['CCDGAIN', 'choice'],
      ['DATE-OBS', 'date'],
      ['TIME-OBS', 'time'],
    ]);
    expect(parameters[1]).toMatchObject({
      chosen: null,
      values: [
        { value: '1.0', possible: true },
        { value: '2.0', possible: true },
        { value: '4.0', possible: true },
      ],
      types: ['biasfile'],
    });
    expect(types.map(({ type }) => type)).toEqual(['biasfile', 'cfltfile', 'darkfile']);
  });

  test('offers the values that conditions of rules name', async () => {
    const { parameters } = await explore({
      instrument: 'acs',
      context: 'tobs_0003.pmap',
      types: ['darkfile'],
    });
    expect(parameters.find(({ name }) => name === 'DARKCORR')).toMatchObject({
      kind: 'choice',
      values: [{ value: 'OMIT', possible: true }],
    });
  });

  test('narrows to what is still possible, and answers when enough is chosen', async () => {
    const half = await explore({
      instrument: 'acs',
      context: 'tobs-edit',
      types: ['biasfile'],
      choices: { ccdgain: '4' },
    });
    const valuesOf = (name: string) => half.parameters.find((one) => one.name === name)?.values;
    expect(valuesOf('DETECTOR')).toEqual([
      { value: 'HRC', possible: true },
      { value: 'WFC', possible: false },
    ]);
    // What is chosen itself can be chosen otherwise.
    expect(valuesOf('CCDGAIN')?.every(({ possible }) => possible)).toBe(true);
    const whole = await explore({
      instrument: 'acs',
      context: 'tobs-edit',
      types: ['biasfile'],
      choices: { CCDGAIN: '4', DETECTOR: 'HRC', 'DATE-OBS': '2020-01-01', 'TIME-OBS': '00:00:00' },
    });
    expect(whole.types).toMatchObject([{ outcome: 'found', files: [{ name: 'hrc_bia.fits' }] }]);
  });

  test('takes values that no rule names, and says what that leads to', async () => {
    const { types, parameters } = await explore({
      instrument: 'acs',
      choices: { DETECTOR: 'NEW', CCDGAIN: '' },
    });
    expect(parameters[0]).toMatchObject({ name: 'DETECTOR', chosen: 'NEW' });
    expect(types).toMatchObject([{ outcome: 'not-found' }, { outcome: 'not-applicable' }]);
  });

  test.each([
    [{ instrument: 'nope' }, 400],
    [{ instrument: '' }, 400],
    [{}, 400],
    [{ instrument: 'acs', context: 'x' }, 404],
    [{ instrument: 'acs', choices: { A: 1 } }, 400],
    [{ instrument: 'acs', choices: { A: 'x'.repeat(1001) } }, 400],
  ])('of %j is refused', async (body, status) => {
    expect((await ask(`${base}/explore`, { body })).status).toBe(status);
  });
});
