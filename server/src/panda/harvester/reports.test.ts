import { describe, expect, test } from 'vitest';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';

const server = await testServer([panda]);
const { db } = server.core;
const pilot = await pandaCalls(server, 'harvester', 'panda.pilot');
const user = await pandaCalls(server, 'somebody', 'user');

describe('numbers of workers', () => {
  test('are replaced for the queue, without the resource type Undefined', async () => {
    const first = {
      user: { SCORE: { running: 1 }, Undefined: { running: 5 } },
      managed: { MCORE: { submitted: 2 } },
    };
    const second = { managed: { MCORE: { running: 4, submitted: 0 } }, __proto__: { SCORE: { running: 1 } } };
    const call = { harvesterID: 'stat', siteName: 'Q', paramsList: first };
    expect(await pilot.legacy('reportWorkerStats_jobtype', call)).toEqual([true, 'OK']);
    expect(await pilot.legacy('getWorkerStats')).toMatchObject({
      Q: { stat: { user: { SCORE: { running: 1 } }, managed: { MCORE: { submitted: 2 } } } },
    });
    const body = { harvester_id: 'stat', panda_queue: 'Q', statistics: JSON.stringify(second) };
    expect(await pilot.post('harvester/report_worker_statistics', body)).toEqual({
      success: true,
      message: 'OK',
      data: null,
    });
    const { data } = await user.get('harvester/get_worker_statistics');
    expect((data as Record<string, unknown>).Q).toEqual({
      stat: { managed: { MCORE: { running: 4, submitted: 0 } } },
    });
  });

  test('of four hours ago are not shown', async () => {
    const body = { harvester_id: 'gone', panda_queue: 'OLD', statistics: '{"a":{"b":{"c":1}}}' };
    await pilot.post('harvester/report_worker_statistics', body);
    await db.sql`update panda.worker_statistics set at = clock_timestamp() - interval '241 minutes' where queue = 'OLD'`;
    expect((await user.get('harvester/get_worker_statistics')).data).not.toHaveProperty('OLD');
  });

  test('under names of JavaScript do no harm', async () => {
    const statistics = '{"__proto__":{"constructor":{"__proto__":3}}}';
    await pilot.post('harvester/report_worker_statistics', {
      harvester_id: '__proto__',
      panda_queue: '__proto__',
      statistics,
    });
    const text = JSON.stringify((await user.get('harvester/get_worker_statistics')).data);
    expect(text).toContain('"__proto__":{"__proto__":{"__proto__":{"constructor":{"__proto__":3}}}');
    expect(({} as Record<string, unknown>).constructor).toBe(Object);
  });

  test.each(['{', '[]', '7', '{"a":{"b":{"c":"x"}}}', '{"a":{"b":{"c":-1}}}', '{"a":{"b":{"c":1e99}}}'])(
    '%s is refused and changes nothing',
    async (statistics) => {
      const body = { harvester_id: 'kept', panda_queue: 'K', statistics: '{"a":{"b":{"c":1}}}' };
      await pilot.post('harvester/report_worker_statistics', body);
      expect(await pilot.post('harvester/report_worker_statistics', { ...body, statistics })).toMatchObject({
        success: false,
      });
      const { data } = await user.get('harvester/get_worker_statistics');
      expect((data as Record<string, unknown>).K).toEqual({ kept: { a: { b: { c: 1 } } } });
    },
  );
});

describe('messages and figures', () => {
  const dialog = {
    diagID: 1,
    moduleName: 'submitter',
    identifier: 'q1',
    creationTime: '2026-11-22 00:38:36.934430',
    messageLevel: 'ERROR',
    diagMessage: 'no credential',
  };

  test('of a Harvester are kept under their number', async () => {
    const again = { ...dialog, diagMessage: 'still none' };
    expect(await pilot.legacy('addHarvesterDialogs', { harvesterID: 'd', dialogs: [dialog] })).toEqual([
      true,
      '',
    ]);
    expect(
      await pilot.post('harvester/add_dialogs', { harvester_id: 'd', dialogs: [again, again] }),
    ).toMatchObject({
      success: true,
    });
    const rows =
      await db.sql`select dialog_id, level, message, at from panda.harvester_dialog where harvester_id = 'd'`;
    expect(rows).toEqual([
      { dialogId: 1, level: 'ERROR', message: 'still none', at: new Date('2026-11-22T00:38:36.934Z') },
    ]);
  });

  test('of its machine are kept once for an instant', async () => {
    const metric = [
      '2026-11-22 00:38:36.934430',
      'host1',
      '{"rss_mib": 2737.36, "cert_lifetime": {"x": 81}}',
    ];
    const call = { harvesterID: 'm', metrics: [metric, metric] };
    expect(await pilot.legacy('updateServiceMetrics', call)).toEqual([true, [true]]);
    expect(
      await pilot.post('harvester/update_service_metrics', { harvester_id: 'm', metrics: [metric] }),
    ).toMatchObject({
      success: true,
      data: [true],
    });
    const rows = await db.sql`select host, metrics from panda.harvester_metric where harvester_id = 'm'`;
    expect(rows).toEqual([{ host: 'host1', metrics: { rss_mib: 2737.36, cert_lifetime: { x: 81 } } }]);
  });

  test.each([
    ['add_dialogs', { dialogs: [{ ...dialog, diagID: 'x' }] }],
    ['add_dialogs', { dialogs: [{ ...dialog, creationTime: 'yesterday' }] }],
    ['add_dialogs', { dialogs: ['text'] }],
    ['add_dialogs', { dialogs: Array(1001).fill(dialog) }],
    ['update_service_metrics', { metrics: [['2026-11-22 00:00:00.0', 'h', '{broken']] }],
    ['update_service_metrics', { metrics: [['2026-11-22 00:00:00.0', 'h', '{"a":"\\u0000"}']] }],
    ['update_service_metrics', { metrics: [[]] }],
    [
      'update_service_metrics',
      { metrics: [['2026-11-22 00:00:00.0', 'h', `{"a":"${'x'.repeat(60_000)}"}`]] },
    ],
  ])('%s refuses nonsense with a sentence, and keeps none of it', async (method, body) => {
    const answer = await pilot.post(`harvester/${method}`, { harvester_id: 'bad', ...body });
    expect(answer.success).toBe(false);
    expect(answer.message).toMatch(/\S{3}/);
    expect(await db.sql`select from panda.harvester_dialog where harvester_id = 'bad'`).toHaveLength(0);
    expect(await db.sql`select from panda.harvester_metric where harvester_id = 'bad'`).toHaveLength(0);
  });
});

test('the highest number of a worker is a bare number, or nothing', async () => {
  expect(await pilot.legacy('get_max_worker_id', { harvester_id: 'none' })).toBeNull();
  expect(await pilot.get('harvester/get_current_worker_id', { harvester_id: 'none' })).toMatchObject({
    success: false,
  });
  const workers = [{ workerID: 7 }, { workerID: 3_000_000_000 }];
  await pilot.post('harvester/update_workers', { harvester_id: 'some', workers });
  expect(await pilot.legacy('get_max_worker_id', { harvester_id: 'some' })).toBe(3_000_000_000);
  expect(await pilot.get('harvester/get_current_worker_id', { harvester_id: 'some' })).toMatchObject({
    success: true,
    data: 3_000_000_000,
  });
});
