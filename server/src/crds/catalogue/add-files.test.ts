import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { addFiles } from './add-files.ts';
import type { NewFile } from './file.ts';
import { closureOf, contextsUsing, fileOf, mappingsUnder } from './files.store.ts';

const db = await testDatabase();
const add = (files: readonly NewFile[], observatory = 'tst') =>
  db.transaction((tx) => addFiles(tx, observatory, files));
const file = (name: string) => fileOf(db.sql, 'tst', name);

beforeEach(async () => {
  await db.sql`truncate crds.file, crds.mapping_use, crds.mapping_text, crds.observatory cascade`;
  await db.sql`insert into crds.observatory (observatory) values ('tst')`;
});

async function versionNow(): Promise<number> {
  const [row] = await db.sql<
    { version: number }[]
  >`select version from crds.observatory where observatory = 'tst'`;
  return row?.version ?? 0;
}

const content = Buffer.from('header = {}\n');
const pmap = (name: string, ...uses: string[]): NewFile => ({ name, content: Buffer.from(name), uses });

describe('new files', () => {
  test('name, kind, instrument, type and serial follow from the name, size and digests from the bytes', async () => {
    const result = await add([
      { name: 'tst_cam_dark_0012.rmap', content, uses: ['tst_cam_dark_0003.fits'] },
      { name: 'tst_cam_dark_0003.fits' },
      { name: 'b3i21167l_dead.fits', instrument: 'cos', filekind: 'deadtab' },
    ]);
    expect(result).toEqual({
      added: ['tst_cam_dark_0012.rmap', 'tst_cam_dark_0003.fits', 'b3i21167l_dead.fits'],
      completed: [],
      different: [],
    });
    expect(await file('tst_cam_dark_0012.rmap')).toMatchObject({
      kind: 'mapping',
      instrument: 'cam',
      filekind: 'dark',
      serial: 12,
      state: 'archived',
      place: 'kept',
      sizeBytes: content.length,
      sha1: createHash('sha1').update(content).digest('hex'),
      rejected: false,
      blacklisted: false,
    });
    expect(await file('tst_cam_dark_0003.fits')).toMatchObject({
      kind: 'reference',
      place: 'absent',
      sha1: null,
      serial: 3,
    });
    expect(await file('b3i21167l_dead.fits')).toMatchObject({
      instrument: 'cos',
      filekind: 'deadtab',
      serial: -1,
    });
    const [kept] = await db.sql<{ content: Uint8Array }[]>`
      select content from crds.mapping_text join crds.file using (sha256) where name = 'tst_cam_dark_0012.rmap'`;
    expect(Buffer.from(kept?.content ?? [])).toEqual(content);
  });

  test('bringing them again changes nothing and makes nothing derived from them old', async () => {
    const files = [
      pmap('tst_0001.pmap', 'tst_cam_0001.imap'),
      { name: 'x.fits', sizeBytes: 3, comment: 'a' },
    ];
    await add(files);
    const before = await versionNow();
    expect(await add(files)).toEqual({ added: [], completed: [], different: [] });
    expect(await versionNow()).toBe(before);
    // Not even a row lock was taken, which would be a write.
    expect(await db.sql`select from crds.file where xmax::text <> '0'`).toHaveLength(0);
  });

  test('what was unknown is filled in; state, marks and what was known stay', async () => {
    await add([{ name: 'x.fits', comment: 'first', state: 'operational' }]);
    const result = await add([
      {
        name: 'x.fits',
        comment: 'second',
        pedigree: 'GROUND',
        sizeBytes: 7,
        sha1: 'a'.repeat(40),
        place: 'upstream',
        state: 'archived',
      },
    ]);
    expect(result.completed).toEqual(['x.fits']);
    expect(await file('x.fits')).toMatchObject({
      comment: 'first',
      pedigree: 'GROUND',
      sizeBytes: 7,
      place: 'upstream',
      state: 'operational',
    });
    await add([{ name: 'x.fits', place: 'absent' }]);
    expect(await file('x.fits')).toMatchObject({ place: 'upstream' });
    await add([{ name: 'x.fits', place: 'linked', linkedPath: '/old/x.fits' }]);
    await add([{ name: 'x.fits', place: 'linked', linkedPath: '/new/x.fits' }]);
    expect(await file('x.fits')).toMatchObject({ place: 'linked', linkedPath: '/new/x.fits' });
  });

  test('other bytes under a known name are told and not taken', async () => {
    await add([pmap('tst_0001.pmap', 'a.imap')]);
    const result = await add([
      { name: 'tst_0001.pmap', content: Buffer.from('other'), uses: ['b.imap'] },
      { name: 'new.fits' },
    ]);
    expect(result).toEqual({ added: ['new.fits'], completed: [], different: ['tst_0001.pmap'] });
    expect((await closureOf(db.sql, 'tst', 'tst_0001.pmap')).mappings).toEqual(['a.imap', 'tst_0001.pmap']);
    expect(await db.sql`select from crds.mapping_text`).toHaveLength(1);
  });

  test('a bad name refuses all of them', async () => {
    for (const name of ['../x.fits', '.hidden', 'a/b.fits', '', 'x'.repeat(129), 'a\u0000b']) {
      await expect(add([{ name: 'good.fits' }, { name }])).rejects.toMatchObject({
        code: 'crds.file-name-invalid',
      });
    }
    expect(await file('good.fits')).toBeNull();
  });

  test('an unknown observatory is refused', async () => {
    await expect(add([{ name: 'x.fits' }], 'nope')).rejects.toMatchObject({
      code: 'crds.observatory-unknown',
    });
  });

  test('texts that no database can store lose only what cannot be stored', async () => {
    await add([{ name: 'x.fits', history: 'a\u0000b\ud800c', comment: '"; drop table' }]);
    expect(await file('x.fits')).toMatchObject({ history: 'ab\ufffdc', comment: '"; drop table' });
  });

  test('thousands of files and uses go in together', async () => {
    const names = Array.from({ length: 5000 }, (_, n) => `tst_cam_flat_${String(n).padStart(4, '0')}.fits`);
    const { added } = await add([
      pmap('tst_cam_flat_0001.rmap', ...names),
      ...names.map((name) => ({ name })),
    ]);
    expect(added).toHaveLength(5001);
    const closure = await closureOf(db.sql, 'tst', 'tst_cam_flat_0001.rmap');
    expect(closure.references).toEqual(names);
  });
});

test('loads of the same files at the same time, in any order, end alike and keep nobody waiting for ever', async () => {
  const names = Array.from({ length: 200 }, (_, n) => `tst_cam_flat_${String(n).padStart(4, '0')}.fits`);
  const files = [
    ...names.map((name) => ({ name, sizeBytes: 10 })),
    pmap('tst_cam_flat_0001.rmap', ...names),
    pmap('tst_cam_0001.imap', 'tst_cam_flat_0001.rmap'),
  ];
  const results = await Promise.all(
    [files, files.toReversed(), files.slice(50), files, files.toReversed()].map((some) => add(some)),
  );
  expect(results.flatMap(({ added }) => added).toSorted()).toEqual(files.map(({ name }) => name).toSorted());
  expect(results.flatMap(({ completed, different }) => [...completed, ...different])).toEqual([]);
  expect(await closureOf(db.sql, 'tst', 'tst_cam_0001.imap')).toEqual({
    mappings: ['tst_cam_0001.imap', 'tst_cam_flat_0001.rmap'],
    references: names,
  });
});

describe('who uses whom', () => {
  test('a closure has the mapping itself and all it leads to once, also round a circle', async () => {
    await add([
      pmap('tst_0001.pmap', 'tst_cam_0001.imap', 'tst_ifu_0001.imap'),
      pmap('tst_cam_0001.imap', 'tst_cam_dark_0001.rmap'),
      pmap('tst_ifu_0001.imap', 'tst_cam_dark_0001.rmap', 'tst_0001.pmap'),
      pmap('tst_cam_dark_0001.rmap', 'b.fits', 'a.fits'),
    ]);
    expect(await closureOf(db.sql, 'tst', 'tst_0001.pmap')).toEqual({
      mappings: ['tst_0001.pmap', 'tst_cam_0001.imap', 'tst_cam_dark_0001.rmap', 'tst_ifu_0001.imap'],
      references: ['a.fits', 'b.fits'],
    });
    expect(await mappingsUnder(db.sql, 'tst', 'tst_ifu_0001.imap')).toEqual([
      'tst_0001.pmap',
      'tst_cam_0001.imap',
      'tst_cam_dark_0001.rmap',
      'tst_ifu_0001.imap',
    ]);
    expect(await contextsUsing(db.sql, 'tst', 'a.fits')).toEqual(['tst_0001.pmap']);
    expect(await closureOf(db.sql, 'tst', 'unknown.pmap')).toEqual({
      mappings: ['unknown.pmap'],
      references: [],
    });
  });

  test('a file that is taken out uses nothing any more', async () => {
    await add([pmap('tst_0001.pmap', 'a.imap'), pmap('tst_0002.pmap', 'a.imap')]);
    await db.sql`delete from crds.file where name = 'tst_0001.pmap'`;
    expect(await contextsUsing(db.sql, 'tst', 'a.imap')).toEqual(['tst_0002.pmap']);
  });

  test('a new mapping that uses a bad one, directly or not, is blacklisted; one that uses a bad reference is not', async () => {
    await add([
      pmap('tst_cam_dark_0001.rmap', 'bad.fits'),
      { ...pmap('tst_cam_flat_0001.rmap', 'a.fits'), rejected: true, badReason: 'wrong' },
      { name: 'bad.fits', rejected: true },
    ]);
    await add([
      pmap('tst_cam_0001.imap', 'tst_cam_flat_0001.rmap', 'tst_cam_dark_0001.rmap'),
      pmap('tst_0001.pmap', 'tst_cam_0001.imap'),
      pmap('tst_cam_0002.imap', 'tst_cam_dark_0001.rmap'),
    ]);
    const blacklisted = await db.sql<
      { name: string }[]
    >`select name from crds.file where blacklisted order by name`;
    expect(blacklisted.map(({ name }) => name)).toEqual(['tst_0001.pmap', 'tst_cam_0001.imap']);
  });
});
