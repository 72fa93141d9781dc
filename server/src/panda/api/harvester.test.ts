import type {
  PandaCommandPage,
  PandaDialogPage,
  PandaHarvester,
  PandaHarvesterList,
  PandaHarvesterMetrics,
} from '@orrery/contracts/panda';
import { beforeAll, describe, expect, test } from 'vitest';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { forgetQueues } from '../queues/queues.ts';

const server = await testServer([panda]);
const { app, core, adminToken } = server;
const { db } = core;
const harvester = await pandaCalls(server, 'grid', 'panda.pilot');
const actor = { name: 'test' };
await createAccount(core.auth.context, actor, { name: 'atlas', roles: ['panda.production:atlas'] });
const ofAtlas = await createToken(core.auth.context, actor, { user: 'atlas' });
await createAccount(core.auth.context, actor, { name: 'ann', roles: ['user'] });
const user = await createToken(core.auth.context, actor, { user: 'ann' });

interface Asked {
  token?: string;
  body?: object;
  expected?: number;
}

async function ask<T>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { token = adminToken, body, expected = 200 }: Asked = {},
): Promise<T> {
  const reply = await app.inject({
    method,
    url: `/api/panda/${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { payload: body }),
  });
  expect(reply.statusCode, reply.body).toBe(expected);
  return (reply.body === '' ? undefined : reply.json()) as T;
}

const said = (id: string) => ({ harvester_id: id });

beforeAll(async () => {
  const document = JSON.stringify({ harvester: 'h1', queues: [{ ce_endpoint: 'ce1.example.org' }] });
  await db.sql`
    insert into panda.queue (queue, site, vo, status, status_by, document) values
      ('Q1', 'NORTH', 'atlas', 'online', 'test', ${document}::text::jsonb),
      ('Q2', 'NORTH', 'cms', 'online', 'test', ${document}::text::jsonb),
      ('Q3', 'NORTH', 'cms', 'online', 'test', '{}')`;
  // The factory may have read them before.
  forgetQueues(core);
  await harvester.post('harvester/heartbeat', {
    ...said('h1'),
    data: {
      sw_version: '0.9',
      commands: [{ command: 'SET_N_WORKERS_JOBTYPE', computingSite: 'Q1', resourceType: 'ANY' }],
    },
  });
  const workers = [
    { workerID: 1, status: 'running', computingSite: 'Q1' },
    { workerID: 2, status: 'submitted', computingSite: 'Q1' },
    { workerID: 3, status: 'finished', computingSite: 'Q1' },
    { workerID: 4, status: 'running', computingSite: 'Q2' },
  ];
  await harvester.post('harvester/update_workers', { ...said('h1'), workers });
  await harvester.post('harvester/report_worker_statistics', {
    ...said('h1'),
    panda_queue: 'Q1',
    statistics: JSON.stringify({ managed: { SCORE: { running: 5, ready: 1 }, MCORE: { running: 2 } } }),
  });
});

describe('Harvesters', () => {
  test('are listed with what they serve and have, and when the next heartbeat is due', async () => {
    const { rows } = await ask<PandaHarvesterList>('GET', 'harvesters', { token: user });
    expect(rows.map(({ id }) => id)).toEqual(['h1', 'local']);
    expect(rows[0]).toMatchObject({
      version: '0.9',
      owner: 'grid',
      queues: ['Q1', 'Q2'],
      workers: { running: 2, submitted: 1 },
      overdue: false,
    });
    const [one, silent] = rows;
    expect(Date.parse(one?.deadline ?? '') - Date.parse(one?.lastSeenAt ?? '')).toBe(30 * 60_000);
    expect(silent).toMatchObject({ lastSeenAt: null, deadline: null, overdue: false });
  });

  test('of which one shows the workers it counts beside those it told of', async () => {
    const one = await ask<PandaHarvester>('GET', 'harvesters/h1');
    expect(one.counts).toMatchObject([
      { queue: 'Q1', status: 'ready', reported: 1, seen: 0 },
      { queue: 'Q1', status: 'running', reported: 7, seen: 1 },
      { queue: 'Q1', status: 'submitted', reported: 0, seen: 1 },
      { queue: 'Q2', status: 'running', reported: null, seen: 1 },
    ]);
    expect(one.wishes).toEqual([{ command: 'SET_N_WORKERS_JOBTYPE', queue: 'Q1', resourceType: 'ANY' }]);
    expect(one.serves[0]).toMatchObject({
      queue: 'Q1',
      mayManage: true,
      computingElements: ['ce1.example.org'],
    });
    const forAtlas = await ask<PandaHarvester>('GET', 'harvesters/h1', { token: ofAtlas });
    expect(forAtlas.serves.map(({ mayManage }) => mayManage)).toEqual([true, false]);
    const forUser = await ask<PandaHarvester>('GET', 'harvesters/h1', { token: user });
    expect(forUser.serves.map(({ mayManage }) => mayManage)).toEqual([false, false]);
    await ask('GET', 'harvesters/nobody', { expected: 404 });
  });

  test('become overdue when they go silent', async () => {
    await db.sql`update panda.harvester set last_seen_at = now() - interval '31 minutes' where harvester_id = 'h1'`;
    const one = await ask<PandaHarvester>('GET', 'harvesters/h1');
    expect(one.overdue).toBe(true);
    await harvester.post('harvester/heartbeat', said('h1'));
    expect((await ask<PandaHarvester>('GET', 'harvesters/h1')).overdue).toBe(false);
  });
});

describe('what Harvesters say', () => {
  beforeAll(async () => {
    const dialogs = Array.from({ length: 25 }, (_, n) => ({
      diagID: n + 1,
      moduleName: n % 2 === 0 ? 'submitter' : 'monitor',
      identifier: `Q${n}`,
      creationTime: `datetime/2026-01-02 03:04:${String(n).padStart(2, '0')}.000000`,
      messageLevel: n % 5 === 0 ? 'ERROR' : 'INFO',
      diagMessage: n === 7 ? 'the batch system refused 100% of it' : 'fine',
    }));
    await harvester.post('harvester/add_dialogs', { ...said('h1'), dialogs });
  });

  const ids = ({ rows }: PandaDialogPage) => rows.map(({ id }) => id);

  test('is paged from the last message back, and forward again', async () => {
    const first = await ask<PandaDialogPage>('GET', 'harvesters/h1/dialogs?limit=10');
    expect(ids(first)).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16]);
    expect(first.newer).toBeNull();
    const second = await ask<PandaDialogPage>('GET', `harvesters/h1/dialogs?limit=10&cursor=${first.older}`);
    const third = await ask<PandaDialogPage>('GET', `harvesters/h1/dialogs?limit=10&cursor=${second.older}`);
    expect(ids(third)).toEqual([5, 4, 3, 2, 1]);
    expect(third.older).toBeNull();
    const back = await ask<PandaDialogPage>('GET', `harvesters/h1/dialogs?limit=10&cursor=${third.newer}`);
    expect(back).toMatchObject({ rows: second.rows });
  });

  test.each([
    ['level=ERROR', [21, 16, 11, 6, 1]],
    ['level=ERROR&module=monitor', [16, 6]],
    ['text=100%25', [8]],
    ['text=q3', [4]],
    ['since=2026-01-02T03:04:23.000Z', [25, 24]],
    ['until=2026-01-02T03:04:01.000Z', [1]],
    ['text=%5F', []],
  ])('is narrowed by %s', async (query, wanted) => {
    expect(ids(await ask<PandaDialogPage>('GET', `harvesters/h1/dialogs?${query}`))).toEqual(wanted);
  });

  test.each(['dialogs?cursor=x', 'dialogs?cursor=ozzzzzzzzzz.1', 'commands?cursor=x', 'metrics?hours=0'])(
    'refuses %s',
    (path) => ask('GET', `harvesters/h1/${path}`, { expected: 400 }),
  );

  test('figures are means over steps with gaps, whatever else was sent', async () => {
    const at = (minutes: number) =>
      new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
    const metrics = [
      [at(5), 'm1', { cpu_pc: 10, memory_pc: 20.5, volume_data_pc: 91, cert_lifetime: { '/proxy': 12 } }],
      [at(6), 'm1', { cpu_pc: 30, rss_mib: 1e300, nothing: null, name: 'x' }],
      [at(60), 'm2', { cpu_pc: 5 }],
    ];
    await harvester.post('harvester/update_service_metrics', { ...said('h1'), metrics });
    const { at: steps, hosts } = await ask<PandaHarvesterMetrics>('GET', 'harvesters/h1/metrics?hours=24');
    expect(steps).toHaveLength(240);
    expect(hosts.map(({ host }) => host)).toEqual(['m1', 'm2']);
    expect(hosts[0]?.certificates).toEqual({ '/proxy': 12 });
    const series = new Map(hosts[0]?.series.map(({ name, values }) => [name, values]));
    expect([...series.keys()]).toEqual(['cpu_pc', 'memory_pc', 'rss_mib', 'volume_data_pc']);
    const cpu = (series.get('cpu_pc') ?? []).filter((value) => value !== null);
    expect([[20], [30, 10]]).toContainEqual(cpu);
    expect(Math.max(...(series.get('rss_mib') ?? []).map((value) => value ?? 0))).toBe(1e15);
  });
});

describe('orders to a Harvester', () => {
  test('have a time for each step; one that was not taken can be cancelled', async () => {
    const sweep = { statuses: ['submitted'], computingElements: 'ALL', submissionHosts: 'ALL' };
    await ask('POST', 'queues/Q1/sweep', { body: sweep, expected: 204, token: ofAtlas });
    await ask('POST', 'queues/Q1/sweep', { body: sweep, expected: 204 });
    const { rows } = await ask<PandaCommandPage>('GET', 'harvesters/h1/commands?status=new');
    expect(rows).toMatchObject([
      { by: 'Administrator', status: 'new' },
      { command: 'KILL_WORKERS', by: 'atlas', retrievedAt: null },
    ]);
    expect(JSON.parse(rows[0]?.params ?? '')).toMatchObject({ status: ['submitted'], computingSite: ['Q1'] });
    const [last, first] = rows.map(({ id }) => id);
    await ask('DELETE', `harvesters/h1/commands/${last}`, { expected: 403, token: ofAtlas });
    await ask('DELETE', `harvesters/other/commands/${last}`, { expected: 404 });
    await ask('DELETE', `harvesters/h1/commands/${last}`, { expected: 204 });
    const taken = await harvester.post('harvester/acquire_commands', { ...said('h1'), n_commands: 10 });
    expect(taken.data).toMatchObject([{ command_id: first }]);
    await ask('DELETE', `harvesters/h1/commands/${first}`, { expected: 409 });
    await harvester.post('harvester/acknowledge_commands', { command_ids: [first] });
    const after = await ask<PandaCommandPage>('GET', 'harvesters/h1/commands');
    expect(after.rows).toMatchObject([
      {
        id: first,
        status: 'acknowledged',
        retrievedAt: expect.any(String),
        acknowledgedAt: expect.any(String),
      },
    ]);
    const [audited] = await db.sql<{ actor: string; details: object }[]>`
      select actor, details from core.audit where action = 'panda.harvester-command-cancelled'`;
    expect(audited).toMatchObject({ details: { commandId: last, command: 'KILL_WORKERS' } });
  });

  test('kill workers by number, those that still are and that one manages', async () => {
    const kill = { body: { workers: [1, 2, 3, 4, 99] }, token: ofAtlas };
    expect(await ask('POST', 'harvesters/h1/kill-workers', kill)).toEqual({
      ordered: [1, 2],
      left: [
        { worker: 3, why: 'it is finished already' },
        { worker: 4, why: 'you do not manage Q2' },
        { worker: 99, why: 'there is no such worker' },
      ],
    });
    const { data } = await harvester.post('harvester/acquire_commands', { ...said('h1'), n_commands: 10 });
    expect(data).toMatchObject([{ command: 'SYNC_WORKERS_KILL', params: [1, 2] }]);
    await ask('POST', 'harvesters/h1/kill-workers', { ...kill, token: user, expected: 403 });
    await ask('POST', 'harvesters/h1/kill-workers', { body: { workers: [] }, expected: 400 });
    expect(await ask('POST', 'harvesters/orrery/kill-workers', { body: { workers: [7] } })).toMatchObject({
      ordered: [],
    });
  });

  test('are refused for queues one does not manage, and for those without a Harvester', async () => {
    const body = { statuses: 'ALL', computingElements: 'ALL', submissionHosts: 'ALL' };
    await ask('POST', 'queues/Q2/sweep', { body, token: ofAtlas, expected: 403 });
    await ask('POST', 'queues/Q1/sweep', { body, token: user, expected: 403 });
    await ask('POST', 'queues/Q9/sweep', { body, expected: 404 });
    await ask('POST', 'queues/Q3/sweep', { body, expected: 409 });
    await ask('POST', 'queues/Q1/sweep', { body: { ...body, statuses: 'some' }, expected: 400 });
  });
});

describe('target slots', () => {
  test('are set, shown with their end, and taken back', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const wish = { slots: 500, resourceType: 'MCORE', expiresAt };
    await ask('PUT', 'queues/Q1/target-slots', { body: wish, token: ofAtlas, expected: 204 });
    const one = await ask<PandaHarvester>('GET', 'harvesters/h1');
    expect(one.targetSlots).toMatchObject([
      { queue: 'Q1', share: '', resourceType: 'MCORE', slots: 500, expiresAt, modifiedBy: 'atlas' },
    ]);
    await ask('PUT', 'queues/Q1/target-slots', { body: { slots: -1, resourceType: 'MCORE' }, expected: 204 });
    expect((await ask<PandaHarvester>('GET', 'harvesters/h1')).targetSlots).toEqual([]);
    await ask('PUT', 'queues/Q2/target-slots', { body: wish, token: ofAtlas, expected: 403 });
    await ask('PUT', 'queues/Q1/target-slots', { body: { slots: -2 }, expected: 400 });
  });
});
