import { beforeEach, describe, expect, test } from 'vitest';
import { testServer } from '../../../test/support/server.ts';
import type { Identity } from '../core/auth/index.ts';
import { markBad } from './catalogue/bad-files.ts';
import { addFiles } from './catalogue/files.store.ts';
import { contextsHealth } from './contexts/overdue.ts';
import { setContext } from './contexts/set-context.ts';
import { fileThroughput, findObjects, mayFollowCalibration } from './figures.ts';
import { crds } from './index.ts';
import { forgetObservatories, putObservatory } from './observatory/observatory.ts';
import { crdsOverdue } from './overdue.ts';

const { core } = await testServer([crds], { role: 'web' });
const { db } = core;
const actor = { name: 'alice' };
const now = () => new Date();
const who = (permission: string | null): Identity => ({
  kind: 'account',
  accountId: 1,
  name: 'test',
  displayName: 'Test',
  grants: [],
  via: 'bearer',
  may: (asked) => asked === permission,
  scopesOf: () => [],
});

beforeEach(async () => {
  await db.sql`truncate crds.file, crds.mapping_use, crds.observatory, crds.context_history cascade`;
  await putObservatory(core, { observatory: 'tst', title: 'Our telescope' }, actor);
  await putObservatory(core, { observatory: 'new' }, actor);
  await db.transaction((tx) =>
    addFiles(tx, 'tst', [
      { name: 'tst_0001.pmap', uses: ['tst_cam_0001.imap'] },
      { name: 'tst_0002.pmap', uses: ['tst_cam_0001.imap'] },
      { name: 'tst_0003.pmap', state: 'uploaded' },
      { name: 'tst_cam_0001.imap', uses: ['tst_cam_dark_0001.fits'] },
      { name: 'tst_cam_dark_0001.fits', state: 'delivered' },
      { name: 'tst_cam_dark_0002.fits', state: 'archiving-failed' },
    ]),
  );
  forgetObservatories(core);
});

const latest = (context: string) =>
  setContext(core, { observatory: 'tst', kind: 'latest', context, description: '' }, actor);

describe('overdue', () => {
  const find = (account?: string) => crdsOverdue.find(db.sql, now(), 10, account, core.config);
  const watched = (account?: string) => crdsOverdue.watched(db.sql, now(), account, core.config);
  const age = (hours: number) =>
    db.sql`update crds.file set added_at = now() - make_interval(mins => ${hours * 60})`;

  test('is an observatory that has had contexts for an hour and none that is latest', async () => {
    expect(await find()).toEqual({ total: 0, rows: [] });
    const { count, nextDeadline } = await watched();
    expect(count).toBe(1);
    expect(nextDeadline?.getTime()).toBeGreaterThan(Date.now());
    await age(1.5);
    expect(await find()).toMatchObject({
      total: 1,
      rows: [
        {
          id: 'tst',
          href: '/ui/calibration/tst/contexts',
          nextStep: expect.stringContaining('tst tst_0002.pmap'),
        },
      ],
    });
    expect(await watched()).toMatchObject({ count: 1, nextDeadline: null });
    await latest('tst_0002.pmap');
    expect(await find()).toEqual({ total: 0, rows: [] });
    expect(await watched()).toEqual({ count: 0, nextDeadline: null });
  });

  test('belongs to operators only', async () => {
    await age(2);
    expect(await find('alice')).toEqual({ total: 0, rows: [] });
    expect(await watched('alice')).toEqual({ count: 0, nextDeadline: null });
  });
});

test('health says which observatory has no usable latest context', async () => {
  expect(await contextsHealth.check(core)).toMatchObject({
    state: 'partial',
    message: expect.stringContaining('tst has no latest context'),
  });
  await latest('tst_0001.pmap');
  expect(await contextsHealth.check(core)).toMatchObject({ state: 'good' });
  await markBad(
    core,
    { observatory: 'tst', names: ['tst_cam_0001.imap'], reason: 'wrong', force: true },
    actor,
  );
  expect(await contextsHealth.check(core)).toMatchObject({
    state: 'bad',
    message: expect.stringContaining('tst_0001.pmap'),
  });
});

test('throughput counts files by the hour they came, and those that wait for the archive', async () => {
  await db.sql`update crds.file set added_at = now() - interval '3.5 hours' where kind = 'reference'`;
  const [line] = await fileThroughput(db.sql, now());
  expect(line).toMatchObject({ done: 4, waiting: 1, failed: 1 });
  expect(line?.spark).toHaveLength(24);
  expect([line?.spark[23], line?.spark[20]]).toEqual([4, 2]);
  expect(line?.oldestWaitingSeconds).toBeGreaterThanOrEqual(0);
});

describe('the command palette', () => {
  const find = async (query: string, permission: string | null = 'crds.read', limit = 10) =>
    (await findObjects(core, query, limit, who(permission))).map(({ kind, title }) => `${kind} ${title}`);

  test('finds observatories, contexts and files, those that begin so first', async () => {
    expect(await find('tst_0')).toEqual(['Context tst_0002.pmap', 'Context tst_0001.pmap']);
    expect(await find('dark_0002')).toEqual(['Reference file tst_cam_dark_0002.fits']);
    expect(await find('  TST_CAM ')).toEqual([
      'Reference file tst_cam_dark_0002.fits',
      'Reference file tst_cam_dark_0001.fits',
      'Mapping tst_cam_0001.imap',
    ]);
    expect(await find('telescope')).toEqual(['Observatory Our telescope']);
    expect(await find('tst', 'crds.read', 2)).toHaveLength(2);
  });

  test('leads to pages, shows nobody what is not confirmed, and nothing to who may not read', async () => {
    const [first] = await findObjects(core, 'tst_0001', 5, who('crds.read'));
    expect(first).toMatchObject({
      href: '/ui/calibration/tst/contexts/tst_0001.pmap',
      note: 'tst, archived',
    });
    expect(await find('tst_0003')).toEqual([]);
    expect(await find('tst_0001', null)).toEqual([]);
    for (const query of ['', ' ', 'x', '%', '\u0000\u0000', 'x'.repeat(10_000), 'a~b']) {
      expect(await find(query)).toEqual([]);
    }
  });
});

test('who may read may follow contexts, bad files and affected data, and nothing else', () => {
  for (const topic of ['crds.context', 'crds.bad-files', 'crds.affected']) {
    expect(mayFollowCalibration(who('crds.read'), { topic })).toBe(true);
    expect(mayFollowCalibration(who(null), { topic })).toBe(false);
  }
  for (const topic of ['crds.submission', 'crds.', '__proto__']) {
    expect(mayFollowCalibration(who('crds.read'), { topic })).toBe(false);
  }
});
