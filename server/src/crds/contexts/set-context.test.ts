import { beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { createAudit, listAudit } from '../../core/audit/index.ts';
import { addFiles } from '../catalogue/add-files.ts';
import { markBad } from '../catalogue/bad-files.ts';
import type { NewFile } from '../catalogue/file.ts';
import { listObservatories, putObservatory } from '../observatory/observatory.ts';
import { buildContextOf, buildContexts } from './build-context.ts';
import { addHistory, historyOf } from './history.store.ts';
import { type ContextWish, setContext } from './set-context.ts';

const db = await testDatabase();
const core = { db, audit: createAudit() };
const actor = { name: 'alice', requestId: 'r1' };

/** A context with one instrument, one type and its reference. */
function context(serial: string, reference: string, state: NewFile['state'] = 'archived'): NewFile[] {
  return [
    { name: `tst_${serial}.pmap`, uses: [`tst_cam_${serial}.imap`], state },
    { name: `tst_cam_${serial}.imap`, uses: [`tst_cam_dark_${serial}.rmap`], state },
    { name: `tst_cam_dark_${serial}.rmap`, uses: [reference, 'common.fits'], state },
    { name: reference, state },
  ];
}
const add = (files: NewFile[]) => db.transaction((tx) => addFiles(tx, 'tst', files));

beforeEach(async () => {
  await db.sql`
    truncate crds.file, crds.mapping_use, crds.observatory, crds.context_history, crds.build_context,
      core.event, core.audit, core.audit_pending cascade`;
  await db.sql`insert into crds.observatory (observatory) values ('tst')`;
  await add([...context('0001', 'a.fits'), ...context('0002', 'b.fits'), { name: 'common.fits' }]);
});

const set = (name: string, extra: Partial<ContextWish> = {}) =>
  setContext(
    core,
    { observatory: 'tst', kind: 'latest', context: name, description: 'why', ...extra },
    actor,
  );
const observatory = async () => (await listObservatories(db.sql))[0];
const states = async () => {
  const rows = await db.sql<
    { name: string }[]
  >`select name from crds.file where state = 'operational' order by name`;
  return rows.map(({ name }) => name);
};

/** Everything that a refused call must leave alone. */
async function everything() {
  return {
    observatories: await listObservatories(db.sql),
    history: await historyOf(db.sql, 'tst'),
    builds: await buildContexts(db.sql, 'tst'),
    files: await db.sql`select name, state, state_since from crds.file order by name`,
    events: await db.sql`select * from core.event`,
    audit: await db.sql`select * from core.audit`,
  };
}

describe('the latest context', () => {
  test('is set with its history, the states of its files, an event and an entry of the audit trail', async () => {
    expect(await set('tst_0001.pmap')).toEqual({
      observatory: 'tst',
      kind: 'latest',
      context: 'tst_0001.pmap',
      former: null,
      changed: true,
      isBackward: false,
      mappings: 3,
      references: 2,
      unknownReferences: 0,
    });
    expect(await observatory()).toMatchObject({ latestContext: 'tst_0001.pmap', editContext: null });
    expect(await historyOf(db.sql, 'tst')).toMatchObject([
      { context: 'tst_0001.pmap', description: 'why', changedBy: 'alice' },
    ]);
    expect(await states()).toEqual([
      'a.fits',
      'common.fits',
      'tst_0001.pmap',
      'tst_cam_0001.imap',
      'tst_cam_dark_0001.rmap',
    ]);
    const told = await db.sql`select key, data from core.event where topic = 'crds.context'`;
    expect(told).toMatchObject([
      { key: 'tst', data: { kind: 'latest', context: 'tst_0001.pmap', former: null, by: 'alice' } },
    ]);
    expect((await listAudit(db.sql, { limit: 5 })).rows).toMatchObject([
      {
        actor: 'alice',
        action: 'crds.context-set',
        objectId: 'tst',
        requestId: 'r1',
        details: { description: 'why' },
      },
    ]);
  });

  test('files that drop out are archived, those that both contexts use stay in use since they were', async () => {
    await set('tst_0001.pmap');
    const since = () => db.sql`select state_since from crds.file where name = 'common.fits'`;
    const before = await since();
    await set('tst_0002.pmap');
    expect(await states()).toEqual([
      'b.fits',
      'common.fits',
      'tst_0002.pmap',
      'tst_cam_0002.imap',
      'tst_cam_dark_0002.rmap',
    ]);
    expect(await since()).toEqual(before);
  });

  test('may go back to an older one, and says so', async () => {
    await set('tst_0002.pmap');
    expect(await set('tst_0001.pmap')).toMatchObject({
      former: 'tst_0002.pmap',
      isBackward: true,
      changed: true,
    });
    expect(await db.sql`select from core.event where (data ->> 'isBackward')::boolean`).toHaveLength(1);
  });

  test('set again writes nothing', async () => {
    await set('tst_0001.pmap');
    const before = await everything();
    expect(await set('tst_0001.pmap')).toMatchObject({ changed: false });
    expect(await everything()).toEqual(before);
  });

  test('is not told twice where the history that was brought along ends with it', async () => {
    const startedAt = new Date('2020-01-01T00:00:00Z');
    const entry = { startedAt, context: 'tst_0001.pmap', description: 'long ago' };
    await db.transaction((tx) => addHistory(tx, 'tst', [entry], 'import'));
    expect(await set('tst_0001.pmap')).toMatchObject({ former: null, changed: true });
    expect(await historyOf(db.sql, 'tst')).toEqual([{ ...entry, changedBy: 'import' }]);
  });

  test('callers at the same time come one after the other: history and states tell one story', async () => {
    const names = ['tst_0001.pmap', 'tst_0002.pmap', 'tst_0001.pmap', 'tst_0002.pmap', 'tst_0001.pmap'];
    const results = await Promise.all(names.map((name) => set(name)));
    const history = await historyOf(db.sql, 'tst');
    const changes = results.filter(({ changed }) => changed);
    expect(history).toHaveLength(changes.length);
    // Each entry follows another context, and what each caller was told fits the line of history.
    const line = history.map((entry) => entry.context).toReversed();
    expect(line.filter((name, n) => name === line[n - 1])).toEqual([]);
    const links = line.map((name, n) => `${line[n - 1] ?? null}>${name}`).toSorted();
    expect(changes.map((one) => `${one.former}>${one.context}`).toSorted()).toEqual(links);
    expect((await observatory())?.latestContext).toBe(line.at(-1));
    expect((await states()).includes(line.at(-1) ?? '')).toBe(true);
    expect((await states()).filter((name) => name.endsWith('.pmap'))).toHaveLength(1);
  });

  test('set while files are marked bad ends with one or the other, never both', async () => {
    await set('tst_0001.pmap');
    for (let round = 0; round < 5; round += 1) {
      await db.sql`update crds.file set rejected = false, blacklisted = false`;
      await set('tst_0001.pmap');
      const outcomes = await Promise.allSettled([
        set('tst_0002.pmap'),
        markBad(core, { observatory: 'tst', names: ['b.fits'], reason: 'wrong' }, actor),
      ]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  test('the history cannot be rewritten', async () => {
    await set('tst_0001.pmap');
    await expect(db.sql`update crds.context_history set context = 'x'`).rejects.toThrow('only added to');
    await expect(db.sql`delete from crds.context_history`).rejects.toThrow('only added to');
  });
});

describe('refused, with nothing changed', () => {
  async function refused(
    work: () => Promise<unknown>,
    code: string,
    sentence?: string | RegExp,
  ): Promise<void> {
    const before = await everything();
    await expect(work()).rejects.toMatchObject({
      code,
      ...(sentence === undefined ? {} : { message: expect.stringMatching(sentence) }),
    });
    expect(await everything()).toEqual(before);
  }

  test('names that are no context of this observatory', async () => {
    const names = [
      'tst_0009.pmap',
      'tst_cam_0001.imap',
      'hst_0001.pmap',
      'tst-latest',
      '',
      '../tst_0001.pmap',
      'a.fits',
    ];
    for (const name of names) await refused(() => set(name), 'crds.context-unknown');
    await refused(() => set('tst_0001.pmap', { observatory: 'nope' }), 'crds.context-unknown');
    await refused(() => set('nope_0001.pmap', { observatory: 'nope' }), 'crds.observatory-unknown');
  });

  test('a context of a submission that is not confirmed is not even known', async () => {
    await add(context('0003', 'c.fits', 'uploaded'));
    await refused(() => set('tst_0003.pmap'), 'crds.context-unknown');
    await refused(() => set('tst_0003.pmap', { kind: 'edit' }), 'crds.context-unknown');
  });

  test('a context that leads to files which are unknown, bad or not confirmed, with each reason and the names', async () => {
    await add([
      { name: 'tst_0004.pmap', uses: ['tst_cam_0004.imap'] },
      {
        name: 'tst_cam_0004.imap',
        uses: ['tst_cam_dark_0004.rmap', ...Array.from({ length: 9 }, (_, n) => `tst_cam_gone_000${n}.rmap`)],
      },
      {
        name: 'tst_cam_dark_0004.rmap',
        uses: ['bad.fits', 'new.fits', 'gone.fits'],
      },
      { name: 'bad.fits', rejected: true },
      { name: 'new.fits', state: 'uploaded' },
    ]);
    for (const kind of ['latest', 'edit', 'build', 'versions'] as const) {
      await refused(
        () => set('tst_0004.pmap', { kind }),
        'crds.context-refused',
        /tst_cam_gone_0000\.rmap, .*_0004\.rmap and 4 more are not in the catalogue; bad\.fits is marked bad .*; new\.fits is of a submission/,
      );
    }
  });

  test('references that only rules name, where the operator wants all of them in the catalogue', async () => {
    await add([
      { name: 'tst_0007.pmap', uses: ['tst_cam_dark_0007.rmap'] },
      { name: 'tst_cam_dark_0007.rmap', uses: ['nowhere.fits'] },
    ]);
    const allow = (unknownReferences: boolean) =>
      putObservatory(core, { observatory: 'tst', settings: { contexts: { unknownReferences } } }, actor);
    await allow(false);
    await refused(() => set('tst_0007.pmap'), 'crds.context-refused', 'nowhere.fits is not in the catalogue');
    await allow(true);
    expect(await set('tst_0007.pmap')).toMatchObject({ changed: true, unknownReferences: 1 });
  });

  test('a context whose files have not come far enough, by the setting of the operator', async () => {
    await add([...context('0005', 'd.fits', 'delivered'), { name: 'e.fits', state: 'submitted' }]);
    await add([{ name: 'tst_cam_dark_0006.rmap', uses: ['e.fits'] }]);
    await add([{ name: 'tst_0006.pmap', uses: ['tst_cam_dark_0006.rmap'] }]);
    const demand = (filesMustBe: string) =>
      putObservatory(core, { observatory: 'tst', settings: { contexts: { filesMustBe } } }, actor);
    await refused(() => set('tst_0006.pmap'), 'crds.context-refused', 'e.fits is not yet delivered');
    await demand('archived');
    await refused(() => set('tst_0005.pmap'), 'crds.context-refused', 'not yet in the archive');
    expect(await set('tst_0006.pmap', { kind: 'edit' })).toMatchObject({ changed: true });
    await demand('delivered');
    expect(await set('tst_0005.pmap')).toMatchObject({ changed: true });
    await demand('submitted');
    expect(await set('tst_0006.pmap')).toMatchObject({ changed: true });
  });

  test('descriptions of several lines, versions that are none or of something else', async () => {
    await refused(() => set('tst_0001.pmap', { description: 'a\nb' }), 'crds.description-invalid');
    await refused(() => set('tst_0001.pmap', { description: 'x'.repeat(1001) }), 'crds.description-invalid');
    await refused(
      () => set('tst_0001.pmap', { kind: 'build', calibrationVersion: 'latest' }),
      'crds.calibration-version-invalid',
    );
    await refused(() => set('tst_0001.pmap', { calibrationVersion: '1.0.0' }), 'crds.context-refused');
  });
});

describe('other contexts', () => {
  test('edit and versions move alone and write no history', async () => {
    await set('tst_0001.pmap');
    await set('tst_0002.pmap', { kind: 'edit' });
    await set('tst_0002.pmap', { kind: 'versions' });
    expect(await observatory()).toMatchObject({
      latestContext: 'tst_0001.pmap',
      editContext: 'tst_0002.pmap',
      versionsContext: 'tst_0002.pmap',
      buildContext: null,
    });
    expect(await historyOf(db.sql, 'tst')).toHaveLength(1);
    expect(await states()).not.toContain('tst_0002.pmap');
  });

  test('a build context belongs to a version; the newest version makes it the build context', async () => {
    const build = (name: string, calibrationVersion: string) =>
      set(name, { kind: 'build', calibrationVersion });
    await build('tst_0001.pmap', '1.9.2');
    await build('tst_0002.pmap', '1.10.0.dev3');
    await build('tst_0001.pmap', '1.8.0');
    expect(
      (await buildContexts(db.sql, 'tst')).map((one) => `${one.calibrationVersion} ${one.context}`),
    ).toEqual(['1.10.0 tst_0002.pmap', '1.9.2 tst_0001.pmap', '1.8.0 tst_0001.pmap']);
    expect(await observatory()).toMatchObject({ buildContext: 'tst_0002.pmap' });
    expect(await build('tst_0002.pmap', '1.9.2')).toMatchObject({ former: 'tst_0001.pmap', changed: true });
  });

  test('a version without one takes that of the nearest older patch, never of another release', async () => {
    await set('tst_0001.pmap', { kind: 'build', calibrationVersion: '1.9.2' });
    await set('tst_0002.pmap', { kind: 'build', calibrationVersion: '1.9.5' });
    const now = await observatory();
    if (now === undefined) throw new Error('no observatory');
    const of = (version: string | null) => buildContextOf(db.sql, now, version);
    expect(await of('1.9.2')).toBe('tst_0001.pmap');
    expect(await of('1.9.4')).toBe('tst_0001.pmap');
    expect(await of('1.9.12')).toBe('tst_0002.pmap');
    expect(await of('1.9.4.dev7+gabc')).toBe('tst_0001.pmap');
    expect(await of(null)).toBe('tst_0002.pmap');
    for (const version of ['1.9.1', '1.10.9', '1.8.9', '2.9.9']) {
      await expect(of(version)).rejects.toMatchObject({ code: 'crds.context-unset' });
    }
    for (const version of ['x', '1', '1.2.3.4 ', "1.9.2';--", '1'.repeat(200)]) {
      await expect(of(version)).rejects.toMatchObject({ code: 'crds.calibration-version-invalid' });
    }
  });
});
