import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { addDowntime } from './downtimes.ts';
import { putEndpoints } from './endpoints.ts';
import { forgetQueues, putQueue } from './queues.ts';

const { app, core, dataDir } = await testServer([panda]);
const actor = { name: 'test' };
const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers });

await putQueue(core, actor, {
  nickname: 'SITE-A_MCORE.1',
  copytools: { mv: {} },
  status: 'online',
  maxrss: 4000,
  pilotFactory: { backend: 'local', pilot: 'own', max: 3 },
});
forgetQueues(core);

test('a pilot reads its queue as one flat object with what it cannot do without', async () => {
  const answer = await get('/cache/schedconfig/SITE-A_MCORE.1.all.json', { 'user-agent': 'pilot/3.11.5.1' });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.json()).toEqual({
    nickname: 'SITE-A_MCORE.1',
    panda_resource: 'SITE-A_MCORE.1',
    state: 'ACTIVE',
    status: 'online',
    copytools: { mv: {} },
    maxrss: 4000,
  });
  expect((await get('/cric/SITE-A_MCORE.1.pilot.json')).json()).toEqual(answer.json());
  expect((await get('/cache/schedconfig/SITE-A_MCORE.1.full.json')).json()).toEqual({
    'SITE-A_MCORE.1': answer.json(),
  });
});

test('the status is the one that counts now', async () => {
  await putQueue(core, actor, { nickname: 'DOWN', copytools: { mv: {} }, status: 'online' });
  await addDowntime(core, actor, {
    queue: 'DOWN',
    startsAt: new Date(Date.now() - 1000),
    endsAt: new Date(Date.now() + 3_600_000),
    status: 'offline',
    reason: 'new roof',
  });
  forgetQueues(core);
  expect((await get('/cache/schedconfig/DOWN.all.json')).json()).toMatchObject({ status: 'offline' });
});

test('what has not changed is not sent again', async () => {
  const url = '/cache/schedconfig/LOCAL.all.json';
  const { etag } = (await get(url)).headers;
  const again = await get(url, { 'if-none-match': String(etag) });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  await putQueue(core, actor, { nickname: 'LOCAL', copytools: { mv: {} } });
  forgetQueues(core);
  expect((await get(url, { 'if-none-match': String(etag) })).statusCode).toBe(200);
});

test.each([
  '/cache/schedconfig/NO-SUCH.all.json',
  '/cache/schedconfig/LOCAL.json',
  '/cache/schedconfig/LOCAL.all.json.bak',
  '/cache/schedconfig/..%2f..%2fetc%2fpasswd',
  '/cache/schedconfig/%00.all.json',
  `/cache/schedconfig/${'n'.repeat(900)}.all.json`,
  '/cric/no-such.json',
  '/cache/schedconfig/',
  '/cric',
])('%s is answered with 404 and "not found"', async (url) => {
  const answer = await get(url);
  expect([answer.statusCode, answer.body]).toEqual([404, 'not found']);
});

test('all queues and all storage are objects keyed by name, under the names CRIC has too', async () => {
  for (const url of ['/cache/schedconfig/schedconfig.all.json', '/cric/cric_pandaqueues.json']) {
    expect(Object.keys((await get(url)).json())).toEqual(expect.arrayContaining(['LOCAL', 'SITE-A_MCORE.1']));
  }
  const local = (await get('/cache/ddmendpoints.json')).json().LOCAL_DATADISK;
  expect(local).toMatchObject({
    name: 'LOCAL_DATADISK',
    is_deterministic: true,
    arprotocols: { write_lan: [{ endpoint: 'file://localhost', path: `${dataDir}/storage/` }] },
  });
  expect((await get('/cric/cric_ddmendpoints.json')).json().LOCAL_DATADISK).toEqual(local);
});

test('storage is put by name, all of it or none', async () => {
  const good = { name: 'SITE_DISK', state: 'ACTIVE', ours: 1 };
  expect(await putEndpoints(core, actor, { SITE_DISK: good })).toMatchObject([{ outcome: 'made' }]);
  expect(await putEndpoints(core, actor, { SITE_DISK: good })).toMatchObject([{ outcome: 'unchanged' }]);
  for (const wrong of [
    { SITE_DISK: { ...good, state: 'X' }, OTHER: { name: 'NOT-OTHER' } },
    { OTHER: { name: 'OTHER', arprotocols: { read_lan: [{ path: '/' }] } } },
    { OTHER: 'text' },
    { OTHER: { name: 'OTHER', ours: 'a\0b' } },
    { OTHER: { name: 'OTHER', ours: ['\ud800'] } },
    { '__proto__x/': { name: '__proto__x/' } },
  ]) {
    await expect(putEndpoints(core, actor, wrong)).rejects.toMatchObject({ code: 'panda.endpoint-refused' });
  }
  expect((await get('/cache/ddmendpoints.json')).json()).toMatchObject({ SITE_DISK: good });
});
