import type { CrdsDifferencePage, CrdsDifferences, CrdsTextDifference } from '@orrery/contracts/crds';
import { expect, test } from 'vitest';
import { crdsScene } from '../../../../test/support/crds-api.ts';

const { ask, core, read } = await crdsScene();
const base = 'observatories/tobs/differences';
const pair = 'old=tobs_0001.pmap&new=tobs_0002.pmap';

test('say which files differ, and how often each', async () => {
  const { files, ...rest } = await read<CrdsDifferences>(`${base}?${pair}`);
  expect(rest).toMatchObject({
    old: 'tobs_0001.pmap',
    new: 'tobs_0002.pmap',
    referencesAdded: 2,
    referencesDeleted: 1,
  });
  expect(files).toMatchObject([
    { old: 'tobs_0001.pmap', new: 'tobs_0002.pmap', replaced: 1, added: 1 },
    { old: 'tobs_acs_0001.imap', new: 'tobs_acs_0002.imap', instrument: 'acs', replaced: 1, added: 1 },
    {
      old: 'tobs_acs_biasfile_0001.rmap',
      new: 'tobs_acs_biasfile_0002.rmap',
      type: 'biasfile',
      added: 1,
      replaced: 1,
    },
  ]);
  expect(rest.total).toBe(6);
});

test('come as rules with their values, the deepest first', async () => {
  const { rows, about } = await read<CrdsDifferencePage>(`${base}/rows?${pair}`);
  expect(about).toBe(6);
  expect(rows[0]?.message).toBe("added Match rule for 'hrc_bia.fits'");
  expect(rows[1]).toEqual({
    files: [
      { old: 'tobs_0001.pmap', new: 'tobs_0002.pmap' },
      { old: 'tobs_acs_0001.imap', new: 'tobs_acs_0002.imap' },
      { old: 'tobs_acs_biasfile_0001.rmap', new: 'tobs_acs_biasfile_0002.rmap' },
    ],
    instrument: 'acs',
    type: 'biasfile',
    change: 'replaced',
    rule: [
      { name: 'DETECTOR', value: 'WFC' },
      { name: 'CCDGAIN', value: '1.0|2.0' },
      { name: 'DATE-OBS', value: '2010-01-01' },
      { name: 'TIME-OBS', value: '00:00:00' },
    ],
    message: "replaced 'new_bia.fits' with 'newer_bia.fits'",
  });
});

test.each([
  ['type=biasfile', 2],
  ['type=biasfile&change=added', 1],
  ['instrument=ACS', 4],
  ['file=tobs_acs_0002.imap', 2],
  ['file=tobs_0001.pmap&change=replaced', 1],
  ['change=deleted', 0],
  ['file=__proto__', 0],
])('filtered by %s are %i', async (query, count) => {
  expect((await read<CrdsDifferencePage>(`${base}/rows?${pair}&${query}`)).about).toBe(count);
});

test('page by page there and back', async () => {
  const { rows } = await read<CrdsDifferencePage>(`${base}/rows?${pair}`);
  const first = await read<CrdsDifferencePage>(`${base}/rows?${pair}&limit=4`);
  const second = await read<CrdsDifferencePage>(`${base}/rows?${pair}&limit=4&cursor=${first.older}`);
  expect([...first.rows, ...second.rows]).toEqual(rows);
  expect([first.newer, second.older]).toEqual([null, null]);
  const back = await read<CrdsDifferencePage>(`${base}/rows?${pair}&limit=4&cursor=${second.newer}`);
  expect(back.rows).toEqual(first.rows);
  expect((await read<CrdsDifferencePage>(`${base}/rows?${pair}&limit=6`)).older).toBeNull();
});

test('as text are hunks of lines, in parts when they are many', async () => {
  const url = `${base}/text?old=tobs_acs_biasfile_0001.rmap&new=tobs_acs_biasfile_0002.rmap`;
  const { hunks, ...text } = await read<CrdsTextDifference>(url);
  expect(text).toMatchObject({ deleted: 4, added: 7, total: hunks.length, next: null });
  expect(hunks.flatMap(({ lines }) => lines)).toContain("+        '2010-01-01 00:00:00' : 'newer_bia.fits',");
  expect(hunks[0]).toMatchObject({ oldFrom: 1, newFrom: 1 });
  expect(await read<CrdsTextDifference>(`${url}&from=1`)).toMatchObject({
    hunks: hunks.slice(1),
    total: hunks.length,
  });
  expect(await read<CrdsTextDifference>(`${url}&from=99`)).toMatchObject({ hunks: [], next: null });
});

test('of a mapping with itself are none', async () => {
  const same = 'old=tobs_0001.pmap&new=tobs-latest';
  expect(await read<CrdsDifferences>(`${base}?${same}`)).toMatchObject({ total: 0, referencesAdded: 0 });
  expect(await read<CrdsTextDifference>(`${base}/text?${same}`)).toMatchObject({ hunks: [], total: 0 });
});

test('asked for by many at once are all answered, refused ones among them', async () => {
  const names = ['tobs_0001.pmap', 'tobs_0002.pmap', 'tobs_acs_0001.imap', 'tobs_acs_0002.imap'];
  const pairs = names.flatMap((old) => names.map((current) => `old=${old}&new=${current}`));
  const [row] = await core.db.sql<{ sha256: string }[]>`
    select sha256 from crds.file where name = 'tobs_acs_darkfile_0001.rmap'`;
  await core.db
    .sql`update crds.file set place = 'absent', sha256 = null where name = 'tobs_acs_darkfile_0001.rmap'`;
  const wrong = 'old=tobs_acs_darkfile_0001.rmap&new=tobs_acs_biasfile_0001.rmap';
  const replies = await Promise.all([...pairs, wrong, wrong].map((query) => ask(`${base}?${query}`)));
  expect(replies.map(({ status }) => status)).toEqual([...pairs.map(() => 200), 404, 404]);
  // What failed is tried again.
  await core.db.sql`
    update crds.file set place = 'kept', sha256 = ${row?.sha256 ?? ''} where name = 'tobs_acs_darkfile_0001.rmap'`;
  expect((await ask(`${base}?${wrong}`)).status).toBe(200);
});

test('of mappings of different kinds say so', async () => {
  const { total, files } = await read<CrdsDifferences>(`${base}?old=tobs_0001.pmap&new=tobs_acs_0001.imap`);
  expect(total).toBe(1);
  expect(files).toMatchObject([{ other: 1 }]);
});

test.each([
  ['old=tobs_0001.pmap', 400],
  ['old=tobs_0001.pmap&new=tobs_0404.pmap', 404],
  ['old=old_bia.fits&new=tobs_0001.pmap', 404],
  ['old=tobs_0001.pmap&new=..%2Fx.pmap', 404],
])('with %s are refused', async (query, status) => {
  for (const part of ['', '/rows', '/text'])
    expect((await ask(`${base}${part}?${query}`)).status).toBe(status);
});
