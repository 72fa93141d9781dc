import type { CrdsActivityPage, CrdsFound } from '@orrery/contracts/crds';
import { beforeAll, describe, expect, test } from 'vitest';
import { toyHeader } from '../../../../test/support/crds.ts';
import { crdsScene } from '../../../../test/support/crds-api.ts';
import { addFiles } from '../catalogue/files.store.ts';
import { registerDatasets } from '../datasets/register.ts';
import { forgetObservatories } from '../observatory/observatory.ts';

const { core, ask, operator, read } = await crdsScene();
const base = 'observatories/tobs';

beforeAll(async () => {
  await core.db.sql`insert into crds.observatory (observatory, title) values ('other', 'Other')`;
  await core.db.transaction((tx) =>
    addFiles(tx, 'other', [
      { name: 'other_0001.pmap' },
      { name: 'old_bia.fits', state: 'archived', description: 'of another observatory' },
      { name: 'secret_bia.fits', state: 'uploaded' },
    ]),
  );
  forgetObservatories(core);
  const line = JSON.stringify({ id: 'J1:J1A', instrument: 'acs', header: toyHeader, date: '2012-02-20' });
  await registerDatasets(
    core,
    'tobs',
    (async function* () {
      yield Buffer.from(`${line}\n`);
    })(),
    { name: 'test' },
  );
});

describe('search', () => {
  const found = async (q: string, where = 'search') =>
    (await read<CrdsFound>(`${where}?q=${encodeURIComponent(q)}`)).rows.map(
      ({ observatory, name }) => `${observatory}/${name}`,
    );

  test.each([
    ['old_bia.fits', ['other/old_bia.fits', 'tobs/old_bia.fits']],
    ['tobs_000', ['tobs/tobs_0002.pmap', 'tobs/tobs_0001.pmap']],
    ['TOBS_0001', ['tobs/tobs_0001.pmap']],
    ['*_0001.pmap', ['other/other_0001.pmap', 'tobs/tobs_0001.pmap']],
    ['hrc_???.fits', ['tobs/hrc_bia.fits', 'tobs/hrc_drk.fits']],
    ['j1a', ['tobs/J1:J1A']],
    ['J1:J1A', ['tobs/J1:J1A']],
    ['secret_bia.fits', []],
    ['   ', []],
    ["'; --", []],
    ['(a+)+$', []],
  ])('for %s finds %j', async (q, expected) => {
    expect((await found(q)).toSorted()).toEqual([...expected].toSorted());
  });

  test('by digest says that it was that', async () => {
    const [file] = await core.db.sql<{ sha1: string }[]>`
      select sha1 from crds.file where observatory = 'tobs' and name = 'hrc_bia.fits'`;
    const { rows } = await read<CrdsFound>(`search?q=${file?.sha1.toUpperCase()}`);
    expect(rows).toMatchObject([
      { name: 'hrc_bia.fits', by: 'sha1', href: '/ui/calibration/tobs/files/hrc_bia.fits' },
    ]);
  });

  test('in one observatory finds nothing of others', async () => {
    expect(await found('old_bia.fits', `${base}/search`)).toEqual(['tobs/old_bia.fits']);
    expect((await ask('observatories/nope/search?q=x')).status).toBe(404);
  });

  test('says when there are more', async () => {
    expect(await read<CrdsFound>('search?q=fits&limit=2')).toMatchObject({ rows: [{}, {}], cut: true });
    expect(await read<CrdsFound>('search?q=other_&limit=2')).toMatchObject({ cut: false });
  });

  test.each([
    'search',
    'search?q=',
    `search?q=${'a'.repeat(201)}`,
    'search?q=a&limit=0',
    'search?q=a&limit=101',
  ])('%s is refused', async (url) => {
    expect((await ask(url)).status).toBe(400);
  });
});

describe('activity', () => {
  beforeAll(async () => {
    const mark = (name: string, bad: boolean) =>
      ask(`${base}/files/${name}/bad`, { body: { bad, reason: 'tried', force: true }, who: operator });
    await mark('hrc_bia.fits', true);
    await mark('hrc_bia.fits', false);
    await mark('old_bia.fits', true);
    const body = { kind: 'versions', context: 'tobs_0001.pmap', description: 'for versions' };
    await core.db.sql`update crds.file set rejected = false where name = 'old_bia.fits'`;
    expect((await ask(`${base}/contexts`, { body, who: operator })).status).toBe(200);
  });
  const actions = async (url: string) => (await read<CrdsActivityPage>(url)).rows.map(({ action }) => action);

  test('of an observatory is what people did to it, newest first', async () => {
    const all = await actions(`${base}/activity`);
    expect(all.slice(0, 4)).toEqual([
      'crds.context-set',
      'crds.file-rejected',
      'crds.file-accepted',
      'crds.file-rejected',
    ]);
    expect(await actions(`${base}/activity?action=crds.context`)).toEqual(['crds.context-set']);
    expect(await actions(`${base}/activity?actor=nobody`)).toEqual([]);
    expect(await actions(`${base}/activity?object=hrc_bia.fits`)).toEqual([
      'crds.file-accepted',
      'crds.file-rejected',
    ]);
    expect(await actions('observatories/other/activity')).toEqual([]);
  });

  test('of a file is what people did to it', async () => {
    const { rows } = await read<CrdsActivityPage>(`${base}/files/old_bia.fits/activity`);
    expect(rows).toMatchObject([{ action: 'crds.file-rejected', actor: 'tess', objectId: 'old_bia.fits' }]);
    expect(await actions(`${base}/files/tobs_0001.pmap/activity`)).toEqual(['crds.context-set']);
    expect((await ask(`${base}/files/nothing.fits/activity`)).status).toBe(404);
  });

  test('is paged there and back', async () => {
    const first = await read<CrdsActivityPage>(`${base}/activity?limit=1`);
    const second = await read<CrdsActivityPage>(`${base}/activity?limit=1&cursor=${first.older}`);
    expect(second.rows.map(({ action }) => action)).toEqual(['crds.file-rejected']);
    const back = await read<CrdsActivityPage>(`${base}/activity?limit=1&cursor=${second.newer}`);
    expect(back.rows).toEqual(first.rows);
    expect((await ask(`${base}/activity?cursor=nonsense`)).status).toBe(400);
  });
});
