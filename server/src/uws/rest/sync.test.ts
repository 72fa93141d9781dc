import { afterAll, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aDefinition } from '../../../../test/support/uws.ts';
import { clientWith, type UwsClient, uwsClient } from '../../../../test/support/uws-client.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { changePhase } from '../jobs/jobs.store.ts';
import { serviceOf } from '../service.ts';

const server = await testServer([uws], {
  'compute.local.allowUnisolated': 'true',
  'uws.waitSeconds': '1',
  'uws.archive': 'true',
  'events.waitsPerCaller': '3',
});
const { core, address } = server;
const { sql } = core.db;
const alice = await uwsClient(server, 'alice');
const bob = await uwsClient(server, 'bob');

const file = (name: string, more = {}) => ({ name, file: `${name}.txt`, ...more });
for (const definition of [
  aDefinition({
    name: 'two',
    script: 'echo a > first.txt; echo b > result.txt',
    results: [file('first'), file('result')],
  }),
  aDefinition({
    name: 'three',
    script: 'echo y > second.txt; echo z > third.txt',
    results: [file('none'), file('second'), file('third')],
  }),
  aDefinition({ name: 'logs', script: 'echo said', results: [] }),
  aDefinition({ name: 'fails', script: 'echo "no luck" >&2; exit 3', results: [file('result')] }),
]) {
  await installDefinition(core.db, definition, 'tester', new Date());
}
serviceOf(core).catalog.forget();

const post = (fields: Record<string, string> = {}) => ({ method: 'POST', body: new URLSearchParams(fields) });

/** Every address on the way, and the last answer. */
async function followed(client: UwsClient, path: string, asked = {}) {
  const way: string[] = [];
  let answer = await client.ask(path, asked);
  while (answer.status === 303 && way.length < 40) {
    way.push((answer.headers.get('location') ?? '').replace(address, ''));
    answer = await client.ask(way.at(-1) ?? '');
  }
  return { way, status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** A job that is there and was not begun, for the address `/sync/{id}` alone. */
async function aDraft(client = alice) {
  const url = await client.create('hello', { NAME: 'x' });
  const id = url.split('/').at(-1) ?? '';
  return { url, id, sync: `/rest/hello/sync/${id}` };
}

test.each([
  ['POST', '/rest/hello/sync', post({ NAME: 'Ada' })],
  ['GET', '/rest/hello/sync?NAME=Ada', {}],
  ['a POST with its parameters in the address', '/rest/hello/sync?NAME=Ada', { method: 'POST' }],
])(
  '%s runs a job and leads over its own address to the result',
  async (_what, path, asked) => {
    const { way, status, text } = await followed(alice, path, asked);
    expect([status, text]).toEqual([200, 'Hello, Ada.\n']);
    expect(way[0]).toMatch(/^\/rest\/hello\/sync\/[0-9a-z]{26}$/);
    const id = way[0]?.split('/').at(-1);
    expect(way.at(-1)).toBe(`/rest/hello/${id}/results/result`);
    expect(await alice.text('/rest/hello')).toContain(id);
    expect(await alice.text(`/rest/hello/${id}/phase`)).toBe('COMPLETED');
  },
  30_000,
);

test('the way leads to the result named result, else to the first of the definition, else to the list of results', async () => {
  expect((await followed(alice, '/rest/two/sync', post())).text).toBe('b\n');
  expect((await followed(alice, '/rest/three/sync', post())).text).toBe('y\n');
  const { way, text } = await followed(alice, '/rest/logs/sync', post());
  expect(way.at(-1)).toMatch(/^\/rest\/logs\/[0-9a-z]{26}\/results$/);
  expect(text).toContain('stdout');
}, 30_000);

test('a request that was held as long as it may leads to itself, as often as it takes', async () => {
  const { way, text } = await followed(
    alice,
    '/rest/hello/sync',
    post({ NAME: 'slow', SECONDS_TO_WAIT: '3' }),
  );
  expect(text).toBe('Hello, slow.\n');
  const own = way.filter((each) => each.includes('/sync/'));
  expect(new Set(own).size).toBe(1);
  expect(own.length).toBeGreaterThan(2);
}, 30_000);

test('words of UWS at the creation hold as in the list', async () => {
  const { way } = await followed(
    alice,
    '/rest/hello/sync',
    post({ NAME: 'x', runId: 'named', PHASE: 'RUN' }),
  );
  const job = await alice.text(way[0]?.replace('/sync', '') ?? '');
  expect(job).toContain('<uws:runId>named</uws:runId>');
}, 30_000);

test('a job that failed is answered with its sentence as a mistake of the caller', async () => {
  const { status, text, headers } = await followed(alice, '/rest/fails/sync', post());
  expect([status, headers.get('content-type')]).toEqual([400, 'text/plain; charset=utf-8']);
  expect(text).toMatch(/no luck.*The job is http.*\/rest\/fails\/[0-9a-z]{26}\./);
}, 30_000);

test('a job that was stopped from outside, held, or failed for now is answered with a status that says so', async () => {
  const change = async (id: string, to: 'HELD' | 'ERROR', error = {}) =>
    core.db.transaction((tx) =>
      changePhase(tx, id, { to, who: 'server', why: 'Test.', at: new Date(), ...error }),
    );
  const aborted = await aDraft();
  await alice.ask(`${aborted.url}/phase`, post({ PHASE: 'ABORT' }));
  expect((await alice.ask(aborted.sync)).status).toBe(409);
  const held = await aDraft();
  await change(held.id, 'HELD');
  const busy = await alice.ask(held.sync);
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '60']);
  expect(await busy.text()).toContain('PHASE=RUN');
  const failed = await aDraft();
  await change(failed.id, 'ERROR', {
    error: { type: 'transient', message: 'The disk was full.', detail: null },
  });
  const later = await alice.ask(failed.sync);
  expect([later.status, await later.text()]).toEqual([503, expect.stringContaining('The disk was full.')]);
  await alice.ask(`${failed.url}/phase`, post({ PHASE: 'ARCHIVE' }));
  expect((await alice.ask(failed.sync)).status).toBe(410);
});

test('a request that waits is answered when the job is aborted or deleted', async () => {
  const aborted = await aDraft();
  const waiting = alice.ask(aborted.sync);
  await expect.poll(() => core.events.waits.openCount).toBe(1);
  await alice.ask(`${aborted.url}/phase`, post({ PHASE: 'ABORT' }));
  expect([303, 409]).toContain((await waiting).status);
  const deleted = await aDraft();
  await alice.ask(deleted.url, { method: 'DELETE' });
  expect((await alice.ask(deleted.sync)).status).toBe(404);
});

test('a caller who holds as many requests as may be held is told to ask again, not led round in a circle', async () => {
  const many = await uwsClient(server, 'many');
  const { sync } = await aDraft(many);
  const held = [1, 2, 3].map(() => many.ask(sync));
  await expect.poll(() => core.events.waits.openCount).toBe(3);
  const answer = await many.ask(sync);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([303, 303, 303]);
});

test('another’s job is 403 here as well, and one of another service 404', async () => {
  const { sync, id } = await aDraft();
  expect((await bob.ask(sync)).status).toBe(403);
  expect((await alice.ask(`/rest/two/sync/${id}`)).status).toBe(404);
  expect((await alice.ask('/rest/nosuch/sync', post())).status).toBe(404);
  expect((await clientWith(server, null).ask('/rest/hello/sync', post())).status).toBe(401);
});

const countJobs = async () => (await sql<{ n: number }[]>`select count(*)::int as n from uws.job`)[0]?.n;

test.each([
  ['POST', '/rest/hello/sync', { SECONDS_TO_WAIT: 'soon' }, 400],
  ['POST', '/rest/hello/sync', { PHASE: 'ABORT' }, 400],
  ['POST', '/rest/hello/sync', { EXECUTIONDURATION: 'long' }, 400],
  ['GET', '/rest/hello/sync', undefined, 400],
  ['GET', '/rest/hello/sync?SECONDS_TO_WAIT=soon', undefined, 400],
  ['HEAD', '/rest/hello/sync?NAME=x', undefined, 200],
  ['PUT', '/rest/hello/sync', { NAME: 'x' }, 405],
  ['DELETE', '/rest/hello/sync', undefined, 405],
] as const)('%s %s %o is answered %i and makes no job', async (method, path, fields, status) => {
  const before = await countJobs();
  const asked = fields === undefined ? { method } : { method, body: new URLSearchParams(fields) };
  expect((await alice.ask(path, asked)).status).toBe(status);
  expect(await countJobs()).toBe(before);
});

test('a page of another site cannot make a visitor’s browser run jobs by a GET', async () => {
  const signedIn = await fetch(`${address}/api/core/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: address },
    body: JSON.stringify({ name: 'admin', password: 'a long enough password' }),
  });
  expect(signedIn.status, await signedIn.text()).toBeLessThan(300);
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const stranger = clientWith(server, null);
  const get = (headers: Record<string, string>) =>
    stranger.ask('/rest/hello/sync?NAME=x', { headers: { cookie, ...headers } });
  const before = await countJobs();
  for (const headers of [
    {},
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
  ]) {
    expect((await get(headers)).status).toBe(403);
  }
  const basic = Buffer.from(`alice:${alice.token}`).toString('base64');
  const headers = { authorization: `Basic ${basic}`, 'sec-fetch-site': 'cross-site' };
  expect((await stranger.ask('/rest/hello/sync?NAME=x', { headers })).status).toBe(403);
  expect(await countJobs()).toBe(before);
  expect((await get({ 'sec-fetch-site': 'same-origin' })).status).toBe(303);
});

afterAll(() => expect(core.events.waits.openCount).toBe(0));
