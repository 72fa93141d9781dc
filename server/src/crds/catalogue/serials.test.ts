import { beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { addFiles } from './add-files.ts';
import { takeHstNames, takeSerial } from './serials.ts';

const db = await testDatabase();
const take = (generic: string, count?: number) =>
  db.transaction((tx) => takeSerial(tx, 'tst', generic, count));
const add = (...names: string[]) =>
  db.transaction((tx) =>
    addFiles(
      tx,
      'tst',
      names.map((name) => ({ name })),
    ),
  );

beforeEach(async () => {
  await db.sql`truncate crds.file, crds.mapping_use, crds.serial, crds.observatory cascade`;
  await db.sql`insert into crds.observatory (observatory) values ('tst'), ('hst')`;
});

describe('serial numbers', () => {
  test('follow the highest of the catalogue and of those taken before', async () => {
    await add('tst_cam_dark_0041.rmap', 'tst_cam_dark_0007.rmap', 'tst_cam_flat_0099.rmap');
    expect(await take('tst_cam_dark.rmap')).toBe(42);
    expect(await take('tst_cam_dark.rmap', 3)).toBe(43);
    expect(await take('tst_cam_dark.rmap')).toBe(46);
    await add('tst_cam_dark_0100.rmap');
    expect(await take('tst_cam_dark.rmap')).toBe(101);
  });

  test('begin with 1, also after a name without a number or with 0000', async () => {
    expect(await take('tst_cam.imap')).toBe(1);
    await add('tst.pmap', 'tst_ifu_0000.imap');
    expect(await take('tst.pmap')).toBe(1);
    expect(await take('tst_ifu.imap')).toBe(1);
  });

  test('are counted apart for each name: a context, an instrument and a type share none', async () => {
    await add('tst_0005.pmap', 'tst_cam_0030.imap', 'tst_cam_dark_0200.rmap', 'tst_cam_dark_0700.fits');
    expect(await take('tst.pmap')).toBe(6);
    expect(await take('tst_cam.imap')).toBe(31);
    expect(await take('tst_cam_dark.rmap')).toBe(201);
  });

  test('are shared by references of one type with other extensions', async () => {
    await add('tst_cam_dark_0007.fits', 'tst_cam_dark_0009.asdf', 'tst_cam_darkflat_0050.fits');
    expect(await take('tst_cam_dark')).toBe(10);
  });

  test('callers at the same time never share one', async () => {
    await add('tst_cam_dark_0010.rmap');
    const first = await Promise.all(Array.from({ length: 20 }, () => take('tst_cam_dark.rmap', 2)));
    expect(first.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => 11 + 2 * n));
  });

  test('a transaction that fails gives its numbers back', async () => {
    await expect(
      db.transaction(async (tx) => {
        await takeSerial(tx, 'tst', 'tst.pmap');
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    expect(await take('tst.pmap')).toBe(1);
  });

  test('an unknown observatory has none', async () => {
    await expect(db.transaction((tx) => takeSerial(tx, 'nope', 'nope.pmap'))).rejects.toMatchObject({
      code: 'crds.observatory-unknown',
    });
  });
});

describe('names after the time', () => {
  const now = new Date('2024-02-19T04:46:17Z');
  const wish = { instrument: 'acs', suffix: 'bia', extension: '.fits' };
  const takeNames = (count: number) =>
    db.transaction((tx) =>
      takeHstNames(
        tx,
        'hst',
        Array.from({ length: count }, () => wish),
        now,
      ),
    );

  test('files of one delivery lie two seconds apart', async () => {
    expect(await takeNames(3)).toEqual(['82j04468j_bia.fits', '82j04469j_bia.fits', '82j0446aj_bia.fits']);
  });

  test('times that are taken are left out, whatever the rest of the name', async () => {
    await db.transaction((tx) =>
      addFiles(tx, 'hst', [{ name: '82j04469j_drk.fits' }, { name: '82j0446aj_drk.r0h' }]),
    );
    expect(await takeNames(3)).toEqual(['82j04468j_bia.fits', '82j0446bj_bia.fits', '82j0446cj_bia.fits']);
  });

  test('two deliveries at once share none', async () => {
    const deliver = () =>
      db.transaction(async (tx) => {
        const names = await takeHstNames(tx, 'hst', [wish, wish, wish], now);
        await addFiles(
          tx,
          'hst',
          names.map((name) => ({ name })),
        );
        return names;
      });
    const all = (await Promise.all([deliver(), deliver(), deliver()])).flat();
    expect(new Set(all).size).toBe(9);
  });

  test('an instrument without a letter is refused', async () => {
    await expect(
      db.transaction((tx) => takeHstNames(tx, 'hst', [{ ...wish, instrument: 'miri' }], now)),
    ).rejects.toMatchObject({ code: 'crds.instrument-unknown' });
  });
});
