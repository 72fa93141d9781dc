import { beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { createAudit, listAudit } from '../../core/audit/index.ts';
import { addFiles } from './add-files.ts';
import { badFilesOf, markBad, unmarkBad } from './bad-files.ts';

const db = await testDatabase();
const core = { db, audit: createAudit() };
const actor = { name: 'alice' };

beforeEach(async () => {
  await db.sql`truncate crds.file, crds.mapping_use, crds.observatory, core.event, core.audit, core.audit_pending cascade`;
  await db.sql`insert into crds.observatory (observatory, latest_context) values ('tst', 'tst_0002.pmap')`;
  await db.transaction((tx) =>
    addFiles(tx, 'tst', [
      { name: 'tst_0001.pmap', uses: ['tst_cam_0001.imap'] },
      { name: 'tst_cam_0001.imap', uses: ['tst_cam_dark_0001.rmap', 'tst_cam_flat_0001.rmap'] },
      { name: 'tst_cam_dark_0001.rmap', uses: ['old.fits'] },
      { name: 'tst_cam_flat_0001.rmap', uses: ['flat.fits'] },
      { name: 'tst_0002.pmap', uses: ['tst_cam_0002.imap'] },
      { name: 'tst_cam_0002.imap', uses: ['tst_cam_dark_0002.rmap'] },
      { name: 'tst_cam_dark_0002.rmap', uses: ['new.fits'] },
      { name: 'old.fits' },
      { name: 'new.fits' },
      { name: 'flat.fits' },
    ]),
  );
});

const mark = (names: string[], extra: { reason?: string; force?: boolean } = {}) =>
  markBad(core, { observatory: 'tst', reason: 'wrong units', names, ...extra }, actor);
const unmark = (...names: string[]) =>
  unmarkBad(core, { observatory: 'tst', names, reason: 'it was right' }, actor);
const badNames = async () => (await badFilesOf(db.sql, 'tst')).map(({ name }) => name);
const events = async () =>
  (
    await db.sql<
      { data: unknown }[]
    >`select data from core.event where topic = 'crds.bad-files' order by event_id`
  ).map(({ data }) => data);

describe('marking', () => {
  test('a bad mapping makes every mapping above it bad, and no other', async () => {
    expect(await mark(['tst_cam_dark_0001.rmap'])).toEqual({
      changed: ['tst_cam_dark_0001.rmap'],
      blacklisted: 2,
    });
    expect(await badFilesOf(db.sql, 'tst')).toMatchObject([
      { name: 'tst_0001.pmap', rejected: false },
      { name: 'tst_cam_0001.imap', rejected: false },
      { name: 'tst_cam_dark_0001.rmap', rejected: true, reason: 'wrong units' },
    ]);
  });

  test('a bad reference makes no mapping bad', async () => {
    expect(await mark(['old.fits', 'flat.fits'])).toEqual({
      changed: ['flat.fits', 'old.fits'],
      blacklisted: 0,
    });
    expect(await badNames()).toEqual(['flat.fits', 'old.fits']);
  });

  test('is told as an event and stands in the audit trail with its reason', async () => {
    await mark(['old.fits']);
    expect(await events()).toEqual([
      { bad: true, names: ['old.fits'], reason: 'wrong units', blacklisted: 0 },
    ]);
    const { rows } = await listAudit(db.sql, { limit: 5 });
    expect(rows).toMatchObject([
      {
        actor: 'alice',
        action: 'crds.file-rejected',
        objectId: 'tst',
        details: { files: ['old.fits'], reason: 'wrong units', force: false },
      },
    ]);
  });

  test('the same again changes nothing and tells nobody; another reason does', async () => {
    await mark(['old.fits']);
    expect(await mark(['old.fits'])).toEqual({ changed: [], blacklisted: 0 });
    expect(await events()).toHaveLength(1);
    expect((await mark(['old.fits'], { reason: 'saturated' })).changed).toEqual(['old.fits']);
  });

  test('is refused while the latest context leads to the file, unless forced', async () => {
    for (const name of ['new.fits', 'tst_cam_0002.imap', 'tst_0002.pmap']) {
      await expect(mark(['old.fits', name])).rejects.toMatchObject({ code: 'crds.file-in-use' });
    }
    expect(await badNames()).toEqual([]);
    expect(await events()).toEqual([]);
    expect((await mark(['new.fits'], { force: true })).changed).toEqual(['new.fits']);
  });

  test('unknown names and empty reasons refuse all', async () => {
    await expect(mark(['old.fits', 'nope.fits'])).rejects.toMatchObject({ code: 'crds.file-unknown' });
    await expect(mark(['old.fits', '\u0000'])).rejects.toMatchObject({ code: 'crds.file-unknown' });
    for (const reason of ['', '  ', 'two\nlines', 'x'.repeat(1001)]) {
      await expect(mark(['old.fits'], { reason })).rejects.toMatchObject({ code: 'crds.bad-reason-invalid' });
    }
    await expect(
      markBad(core, { observatory: 'nope', names: ['old.fits'], reason: 'x' }, actor),
    ).rejects.toMatchObject({ code: 'crds.observatory-unknown' });
    expect(await badNames()).toEqual([]);
  });
});

describe('taking it back', () => {
  test('what is above is good again, unless something else makes it bad', async () => {
    await mark(['tst_cam_dark_0001.rmap', 'tst_cam_flat_0001.rmap']);
    expect(await unmark('tst_cam_dark_0001.rmap')).toEqual({
      changed: ['tst_cam_dark_0001.rmap'],
      blacklisted: 0,
    });
    expect(await badNames()).toEqual(['tst_0001.pmap', 'tst_cam_0001.imap', 'tst_cam_flat_0001.rmap']);
    expect(await unmark('tst_cam_flat_0001.rmap')).toMatchObject({ blacklisted: 2 });
    expect(await badNames()).toEqual([]);
    expect(await events()).toMatchObject([{ bad: true }, { bad: false }, { bad: false }]);
  });

  test('of a file that is not marked does nothing', async () => {
    expect(await unmark('old.fits')).toEqual({ changed: [], blacklisted: 0 });
    expect(await events()).toEqual([]);
  });
});

test('many marks at once leave exactly what follows from them', async () => {
  await Promise.all([
    mark(['tst_cam_dark_0001.rmap']),
    mark(['tst_cam_flat_0001.rmap']),
    mark(['old.fits']),
    mark(['flat.fits']),
  ]);
  await Promise.all([unmark('tst_cam_dark_0001.rmap'), unmark('old.fits')]);
  expect(await badNames()).toEqual([
    'flat.fits',
    'tst_0001.pmap',
    'tst_cam_0001.imap',
    'tst_cam_flat_0001.rmap',
  ]);
});
