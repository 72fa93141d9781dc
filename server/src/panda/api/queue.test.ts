import type {
  PandaQueue,
  PandaQueueImported,
  PandaQueueList,
  PandaQueueSchema,
  Why,
} from '@orrery/contracts';
import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';

const server = await testServer([panda], { role: 'web' });
const { app, core } = server;
const { db } = core;
const tester = { name: 'tester' };

async function signedUp(name: string, ...roles: string[]): Promise<Record<string, string>> {
  await createAccount(core.auth.context, tester, { name, roles });
  return {
    authorization: `Bearer ${await createToken(core.auth.context, tester, { user: name, expires: '1h' })}`,
  };
}
const user = await signedUp('alice', 'user');
const operator = await signedUp('olga', 'operator');

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH';
const call = (method: Method, url: string, payload?: object, headers = operator) =>
  app.inject({ method, url: `/api/panda/${url}`, headers, ...(payload === undefined ? {} : { payload }) });
async function ask<T>(method: Method, url: string, payload?: object): Promise<T> {
  const reply = await call(method, url, payload);
  expect(reply.statusCode, reply.body).toBeLessThan(300);
  return reply.json();
}
const document = { copytools: { mv: {} }, maxrss: 2000 };
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

await ask('PUT', 'queues/EAST', { document: { ...document, atlas_site: 'Sunrise' }, why: 'a new cluster' });
await ask('PUT', 'queues/WEST', { document });

test('queues are found by status and by a part of their name or site', async () => {
  const names = async (query: string) =>
    (await ask<PandaQueueList>('GET', `queues?${query}`)).rows.map(({ queue }) => queue);
  expect(await names('')).toEqual(expect.arrayContaining(['EAST', 'WEST', 'LOCAL']));
  expect(await names('text=sunr')).toEqual(['EAST']);
  expect(await names('text=wes&status=online&status=test')).toEqual(['WEST']);
  expect(await names('status=offline')).toEqual([]);
});

test('a queue counts its jobs, says who changed what, and what its pilots do', async () => {
  await aJob(db, { queue: 'EAST', share: 'Production' });
  await aJob(db, { queue: 'EAST', share: 'Production', status: 'running' });
  await aJob(db, { queue: 'EAST', share: 'Test', status: 'running' });
  await db.sql`
    insert into panda.queue_activity (queue, slot, asked, given, reports)
    values ('EAST', date_bin('5 minutes', clock_timestamp(), 'epoch'), 7, 2, 3)`;
  await db.sql`insert into panda.queue_last_pilot (queue, asked_at) values ('EAST', clock_timestamp())`;
  const queue = await ask<PandaQueue>('GET', 'queues/EAST');
  expect(queue).toMatchObject({
    queue: 'EAST',
    site: 'Sunrise',
    status: 'online',
    version: 1,
    jobs: { activated: 1, running: 2 },
    asked: 7,
    given: 2,
    versions: [{ version: 1, by: 'olga', why: 'a new cluster' }],
    byShare: [
      { share: 'Production', jobs: { activated: 1, running: 1 } },
      { share: 'Test', jobs: { running: 1 } },
    ],
    acts: { change: true },
  });
  expect(Date.parse(queue.lastPilotAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect((await ask<Why>('GET', 'queues/EAST/why')).answer).toEqual(expect.any(String));
});

test('jobs that no pilot of a queue can take are told with what they ask for', async () => {
  await ask('PUT', 'queues/SMALL', { document: { ...document, corecount: 8 } });
  const stuck = async () => (await ask<PandaQueueList>('GET', 'queues?text=small')).rows[0]?.stuck;
  const well = await aJob(db, { queue: 'SMALL', cores: 8, memoryMb: 4000 });
  expect(await stuck()).toBeNull();
  const wide = await aJob(db, { queue: 'SMALL', cores: 512 });
  expect(await stuck()).toEqual({
    jobs: 1,
    job: wide.jobId,
    why: '1 job waits that no pilot can take: it asks for 512 cores and a pilot has 8',
  });
  const large = await aJob(db, { queue: 'SMALL', memoryMb: 9_000_000 });
  const filter = {
    ...{
      labels: ['user'],
      processingType: null,
      memoryMb: 4000,
      diskMb: 0,
      walltimeSeconds: 0,
      mostCores: 8,
    },
    ...{ resourceType: null, owner: null, ownerAccountId: null, taskId: null, background: false },
    ...{ memoryPerCoreMb: 0, vos: null },
  };
  const refused = (at: Date) => db.sql`
    insert into panda.queue_last_pilot (queue, asked_at, refused_at, refused_why, refused_request)
    values ('SMALL', ${at}, ${at}, 'nothing-fits', ${JSON.stringify({ filter })}::text::jsonb)
    on conflict (queue) do update set refused_at = excluded.refused_at`;
  // A pilot that came before the job says nothing of it.
  await refused(new Date(Date.now() - 3_600_000));
  expect((await stuck())?.jobs).toBe(1);
  await refused(new Date(Date.now() + 1000));
  const why =
    '2 jobs wait that no pilot can take: they ask for up to 512 cores and a pilot has 8, and they ask for up to 9000000 MB of memory and a pilot has 4000';
  expect(await stuck()).toEqual({ jobs: 2, job: wide.jobId, why });
  expect((await ask<PandaQueue>('GET', 'queues/SMALL')).stuck?.why).toBe(why);
  const whyWide = await ask<Why>('GET', `jobs/${wide.jobId}/why`);
  expect(whyWide.answer).toBe('No pilot of SMALL has more than 8 cores, and the job asks for 512.');
  expect(whyWide.acts.map(({ label }) => label)).toEqual(['Kill']);
  expect((await ask<Why>('GET', `jobs/${large.jobId}/why`)).evidence).toContainEqual({
    ...{ face: 'partial', value: 'memory' },
    text: 'it has 4000 MB of memory, and the job asks for 9000000 MB',
  });
  await db.sql`update panda.job set status = 'cancelled' where job_id in (${wide.jobId}, ${large.jobId})`;
  expect(await stuck()).toBeNull();
  expect(well.jobId).toBeLessThan(wide.jobId);
});

test('a description is changed by whoever read the last one', async () => {
  const changed = await ask<PandaQueue>('PUT', 'queues/WEST', {
    document: { ...document, maxrss: 4000 },
    from: 1,
    why: 'more memory',
  });
  expect(changed).toMatchObject({ version: 2, document: { nickname: 'WEST', maxrss: 4000 } });
  const late = await call('PUT', 'queues/WEST', { document, from: 1 });
  expect([late.statusCode, late.json().code]).toEqual([409, 'panda.queue-changed']);
  expect((await call('PUT', 'queues/WEST', { document, from: 0 })).statusCode).toBe(409);
  expect(await ask('GET', 'queues/WEST/versions/1')).toMatchObject({
    version: 1,
    document: { maxrss: 2000 },
  });
  expect((await call('GET', 'queues/WEST/versions/9')).statusCode).toBe(404);
});

test('a status has a reason, and a downtime changes it while it lasts', async () => {
  const paused = await ask<PandaQueue>('POST', 'queues/WEST/status', {
    status: 'paused',
    reason: 'new disks',
  });
  expect(paused).toMatchObject({ status: 'paused', statusReason: 'new disks', statusBy: 'olga' });
  await ask('POST', 'queues/WEST/status', { status: 'online', reason: 'disks are in' });
  const wish = { startsAt: inHours(-1), endsAt: inHours(1), status: 'offline', reason: 'power' };
  const downtime = await ask<{ id: number }>('POST', 'queues/WEST/downtimes', wish);
  const down = await ask<PandaQueue>('GET', 'queues/WEST');
  expect(down).toMatchObject({ status: 'offline', setStatus: 'online', downtimeUntil: wish.endsAt });
  expect(down.downtimes).toMatchObject([{ reason: 'power', by: 'olga' }]);
  const later = { ...wish, startsAt: inHours(2), endsAt: inHours(3) };
  const moved = await ask<{ id: number }>('PUT', `queues/WEST/downtimes/${downtime.id}`, later);
  expect(await ask<PandaQueue>('GET', 'queues/WEST')).toMatchObject({
    status: 'online',
    downtimes: [{ id: moved.id }],
  });
  expect((await call('DELETE', `queues/EAST/downtimes/${moved.id}`)).statusCode).toBe(404);
  expect((await call('DELETE', `queues/WEST/downtimes/${moved.id}`)).statusCode).toBe(204);
  expect((await ask<PandaQueue>('GET', 'queues/WEST')).downtimes).toEqual([]);
});

test('an import can be tried first, and takes what is good', async () => {
  const queues = {
    EAST: { ...document, atlas_site: 'Sunrise' },
    WEST: document,
    NORTH: document,
    BAD: { maxrss: 'x' },
  };
  const names = ({ added, changed, refused }: PandaQueueImported) => [
    added,
    changed,
    refused.map(({ queue }) => queue),
  ];
  const wanted = [['NORTH'], ['WEST'], ['BAD']];
  expect(names(await ask('POST', 'queues/import', { queues, dryRun: true }))).toEqual(wanted);
  expect((await call('GET', 'queues/NORTH')).statusCode).toBe(404);
  expect(names(await ask('POST', 'queues/import', { queues }))).toEqual(wanted);
  expect((await call('GET', 'queues/NORTH')).statusCode).toBe(200);
});

test('every key of a description is explained', async () => {
  const { keys } = await ask<PandaQueueSchema>('GET', 'queues/schema');
  expect(keys.find(({ name }) => name === 'maxrss')).toMatchObject({
    type: 'integer',
    unit: 'MB',
    group: 'Limits',
  });
  expect(keys.find(({ name }) => name === 'copytools')).toMatchObject({ required: true, type: 'object' });
  expect(keys.find(({ name }) => name === 'status')?.options).toContain('brokeroff');
  expect(keys.filter(({ help }) => help === '')).toEqual([]);
  expect(keys.filter(({ group }) => group === 'More')).toEqual([]);
});

test('users look at queues and change none', async () => {
  expect((await call('GET', 'queues/EAST', undefined, user)).json()).toMatchObject({
    acts: { change: false },
  });
  for (const [method, url, body] of [
    ['PUT', 'queues/EAST', { document }],
    ['POST', 'queues/EAST/status', { status: 'offline', reason: 'x' }],
    ['POST', 'queues/import', { queues: {} }],
    ['POST', 'queues/EAST/downtimes', {}],
  ] as const) {
    expect([url, (await call(method, url, body, user)).statusCode]).toEqual([url, 403]);
  }
});

test.each<[Method, string, object, number]>([
  ['PUT', 'queues/EAST', { document: { copytools: 'mv' } }, 400],
  ['PUT', 'queues/EAST', { document: { ...document, nickname: 'OTHER' } }, 400],
  ['PUT', 'queues/a%20b', { document }, 400],
  ['PUT', 'queues/EAST', { document: { ...document, environ: 'a\u0000b' } }, 400],
  ['PUT', 'queues/EAST', { text: 1 }, 400],
  ['POST', 'queues/EAST/status', { status: 'flying', reason: 'x' }, 400],
  ['POST', 'queues/EAST/status', { status: 'offline', reason: '' }, 400],
  ['POST', 'queues/NONE/status', { status: 'offline', reason: 'x' }, 404],
  [
    'POST',
    'queues/EAST/downtimes',
    { startsAt: inHours(2), endsAt: inHours(1), status: 'offline', reason: 'x' },
    400,
  ],
  [
    'POST',
    'queues/EAST/downtimes',
    { startsAt: 'now', endsAt: inHours(1), status: 'offline', reason: 'x' },
    400,
  ],
  [
    'POST',
    'queues/EAST/downtimes',
    { startsAt: inHours(1), endsAt: inHours(2), status: 'online', reason: 'x' },
    400,
  ],
  [
    'POST',
    'queues/NONE/downtimes',
    { startsAt: inHours(1), endsAt: inHours(2), status: 'offline', reason: 'x' },
    404,
  ],
  ['DELETE', 'queues/EAST/downtimes/x', {}, 404],
  ['POST', 'queues/import', { queues: [] }, 400],
])('%s %s with %j is refused', async (method, url, body, status) => {
  const before = await db.sql`select queue, version, status from panda.queue order by queue`;
  const reply = await call(method, url, body);
  expect(reply.statusCode, reply.body).toBe(status);
  expect(await db.sql`select queue, version, status from panda.queue order by queue`).toEqual(before);
});
