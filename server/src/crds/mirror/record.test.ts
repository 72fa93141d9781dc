import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { addFiles, fileOf } from '../catalogue/files.store.ts';
import { addHistory, historyOf } from '../contexts/history.store.ts';
import { factsOf } from '../import/cache-config.ts';
import { crds } from '../index.ts';
import { newFileOf } from './record.ts';

const { core } = await testServer([crds], { 'crds.demo': 'false' });
await core.db.sql`insert into crds.observatory (observatory) values ('tobs')`;

test('a record that lies is stored without what the database does not take', async () => {
  const record = {
    description: 'a\u0000b \ud800',
    history: 'x'.repeat(200_000),
    delivery_date: '-000005-01-01 00:00:00',
    activation_date: '+200000-01-01 00:00:00',
    useafter_date: '\u0000',
  };
  const file = newFileOf('x_bia.fits', { sizeBytes: 5 }, record);
  await core.db.transaction((tx) =>
    addFiles(tx, 'tobs', [{ ...file, kind: 'reference', state: 'archived', place: 'upstream' }]),
  );
  const stored = await fileOf(core.db.sql, 'tobs', 'x_bia.fits');
  expect(stored).toMatchObject({
    description: 'ab \ufffd',
    deliveredAt: null,
    activatedAt: null,
    useafterAt: '',
  });
  expect(stored?.history).toHaveLength(100_000);
});

test.each(['../../elsewhere', '/etc', 'a/b', '..', 'ACS', '<b>', 'x'.repeat(40)])(
  'the instrument %j names no folder, and is left out',
  (instrument) => {
    const file = newFileOf('x_bia.fits', {}, { instrument, filekind: instrument });
    expect(file).not.toHaveProperty('instrument');
    expect(file).not.toHaveProperty('filekind');
  },
);

test('what is as it should be is kept', () => {
  const record = { instrument: 'wfc3', filekind: 'pars-tweakregstep', delivery_date: '2021-02-03 04:05:06' };
  expect(newFileOf('x_bia.fits', {}, record)).toMatchObject({
    instrument: 'wfc3',
    filekind: 'pars-tweakregstep',
    deliveredAt: new Date('2021-02-03T04:05:06Z'),
  });
});

test('a history that lies is stored without what the database does not take', async () => {
  const { history } = factsOf(
    {
      context_history: [
        ['0000-01-01 00:00:00', 'tobs_0001.pmap', 'the year 0'],
        ['2020-01-01 00:00:00', 'tobs_0002.pmap', 'a\u0000b \ud800'],
      ],
    },
    () => {},
  );
  await core.db.transaction((tx) => addHistory(tx, 'tobs', history, 'mirror'));
  expect(await historyOf(core.db.sql, 'tobs')).toMatchObject([
    { context: 'tobs_0002.pmap', description: 'ab \ufffd' },
  ]);
});
