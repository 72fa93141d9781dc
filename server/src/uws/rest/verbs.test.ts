import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { clientWith, uwsClient } from '../../../../test/support/uws-client.ts';
import { uws } from '../index.ts';
import { childNamed } from '../xml/parse.ts';

const server = await testServer([uws], { role: 'web', 'uws.archive': 'true' });
const alice = await uwsClient(server, 'alice');
const stranger = clientWith(server, null);
const url = await alice.create('hello', { NAME: 'x' });
const post = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });

/** Every resource of §1.1 with the methods it takes, besides HEAD and OPTIONS. */
const resources = [
  ['/rest/hello', 'GET, POST'],
  ['/rest/hello/async', 'GET, POST'],
  ['/rest/hello/sync', 'GET, POST'],
  ['/rest/hello/sync/id', 'GET'],
  ['/rest/hello/capabilities', 'GET'],
  ['/rest/hello/availability', 'GET'],
  [url, 'GET, POST, DELETE'],
  [`${url}/phase`, 'GET, POST'],
  [`${url}/executionduration`, 'GET, POST'],
  [`${url}/destruction`, 'GET, POST'],
  [`${url}/quote`, 'GET'],
  [`${url}/error`, 'GET'],
  [`${url}/owner`, 'GET'],
  [`${url}/parameters`, 'GET, POST'],
  [`${url}/parameters/NAME`, 'GET, POST, PUT'],
  [`${url}/results`, 'GET'],
  [`${url}/results/result`, 'GET'],
  [`${url}/stdout`, 'GET'],
] as const;

test.each(resources)('%s takes %s, and says so', async (path, wanted) => {
  const sorted = (allow: string) => allow.split(', ').sort();
  const allow = sorted(`${wanted}, HEAD, OPTIONS`);
  const options = await stranger.ask(path, { method: 'OPTIONS' });
  expect([options.status, sorted(options.headers.get('allow') ?? '')]).toEqual([200, allow]);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    if (allow.includes(method)) continue;
    const answer = await alice.ask(path, { method, ...(method === 'DELETE' ? {} : { body: 'x=y' }) });
    expect([method, answer.status]).toEqual([method, 405]);
    expect(sorted(answer.headers.get('allow') ?? '')).toEqual(allow);
  }
});

test('scripts of other pages may ask with a token, and read answers and refusals', async () => {
  const origin = 'https://tool.example';
  const preflight = await stranger.ask(`${url}/parameters/NAME`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'PUT' },
  });
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
  for (const name of ['Authorization', 'Content-Type', 'X-Requested-With', 'If-None-Match']) {
    expect(preflight.headers.get('access-control-allow-headers')).toContain(name);
  }
  const asked = { headers: { origin } };
  for (const [client, path, status] of [
    [alice, url, 200],
    [stranger, url, 401],
    [alice, '/rest/hello?LAST=0', 400],
    [alice, `${url}/nosuch`, 404],
    [stranger, '/rest/hello/capabilities', 200],
  ] as const) {
    const answer = await client.ask(path, asked);
    expect([path, answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
      path,
      status,
      '*',
    ]);
    expect(answer.headers.get('access-control-expose-headers')).toContain('Location');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  }
  expect((await alice.ask(url)).headers.get('access-control-allow-origin')).toBeNull();
});

test('words and parameters may stand in the address of a POST, in any case', async () => {
  const made = await alice.ask('/rest/hello?name=Ada&RunId=q&executionDuration=7', { method: 'POST' });
  const job = await alice.document(made.headers.get('location') ?? '');
  expect([childNamed(job, 'runId')?.text, childNamed(job, 'executionDuration')?.text]).toEqual(['q', '7']);
  const where = made.headers.get('location') ?? '';
  expect(await alice.text(`${where}/parameters/NAME`)).toBe('Ada');
  expect((await alice.ask(`${where}/parameters?Name=Bob`, { method: 'POST' })).status).toBe(303);
  expect(await alice.text(`${where}/parameters/NAME`)).toBe('Bob');
  const both = await alice.ask(`${where}?EXECUTIONDURATION=8`, post({ NAME: 'Eve' }));
  expect(both.status).toBe(303);
  expect([
    await alice.text(`${where}/parameters/NAME`),
    await alice.text(`${where}/executionduration`),
  ]).toEqual(['Eve', '8']);
  expect((await alice.ask(`${where}/phase?phase=abort`, { method: 'POST' })).status).toBe(303);
  expect(await alice.text(`${where}/phase`)).toBe('ABORTED');
});

test('SUSPEND and RESUME are refused with the reason, and other words with those there are', async () => {
  for (const word of ['SUSPEND', 'resume']) {
    for (const where of [url, `${url}/phase`]) {
      const answer = await alice.ask(where, post({ PHASE: word }));
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('suspended')]);
    }
  }
  for (const word of ['', 'COMPLETED', 'GO']) {
    const answer = await alice.ask(`${url}/phase`, post({ PHASE: word }));
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('RUN, ABORT or ARCHIVE'),
    ]);
  }
  expect((await alice.ask(`${url}/phase`, post({ OTHER: 'x' }))).status).toBe(400);
  expect((await alice.ask('/rest/hello', post({ NAME: 'x', PHASE: 'ARCHIVE' }))).status).toBe(400);
  expect(await alice.text(`${url}/phase`)).toBe('PENDING');
});

test('ARCHIVE gives up an ended job and keeps its description; before the end it is 403', async () => {
  const ended = await alice.create('hello', { NAME: 'x' });
  expect((await alice.ask(`${ended}/phase`, post({ PHASE: 'ARCHIVE' }))).status).toBe(403);
  await alice.ask(`${ended}/phase`, post({ PHASE: 'ABORT' }));
  const answer = await alice.ask(`${ended}/phase`, post({ PHASE: 'archive' }));
  expect([answer.status, answer.headers.get('location')]).toEqual([303, ended]);
  expect(await alice.text(`${ended}/phase`)).toBe('ARCHIVED');
  expect(await alice.text('/rest/hello')).not.toContain(ended);
  expect(await alice.text('/rest/hello?PHASE=ARCHIVED')).toContain(ended);
});

test.each([
  ['/rest'],
  ['/rest/hello/async/sync'],
  ['/rest/hello/async/capabilities'],
  ['/rest/hello/sync/x/y'],
  [`${url}/phase/x`],
  [`${url}/nosuch`],
  [`${url}/parameters/nosuch`],
  [`${url}/parameters/NAME/2`],
  [`${url}/results/nosuch`],
  [`${url}/stdout`],
])('there is nothing at %s: 404, in the manner of UWS', async (path) => {
  const answer = await alice.ask(path);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
  expect(await answer.text()).toMatch(/^[A-Z].*\.\s/);
});
