import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { uws } from '../index.ts';
import { childNamed, parseXml } from '../xml/parse.ts';

const open = await testServer([uws], { role: 'web', 'uws.anonymous': 'run' });
const readable = await testServer([uws], { role: 'web', 'uws.anonymous': 'read' });
const closed = await testServer([uws], { role: 'web' });

const create = (server: typeof open, headers: Record<string, string> = {}) =>
  fetch(`${server.address}/rest/hello`, {
    method: 'POST',
    body: new URLSearchParams({ NAME: 'x' }),
    headers,
    redirect: 'manual',
  });

test('callers without an identity run jobs where the operator lets them; the jobs have no owner', async () => {
  const url = (await create(open)).headers.get('location') ?? '';
  const job = parseXml(await (await fetch(url)).text());
  expect(childNamed(job, 'ownerId')?.attributes).toMatchObject({ nil: 'true' });
  expect(await (await fetch(`${url}/owner`)).text()).toBe('');
  expect(await (await fetch(`${open.address}/rest/hello`)).text()).toContain(url);
  expect((await fetch(url, { method: 'DELETE', redirect: 'manual' })).status).toBe(303);
});

test('they see nothing of jobs that have an owner', async () => {
  await createAccount(open.core.auth.context, { name: 'tester' }, { name: 'ada', roles: ['user'] });
  const token = await createToken(open.core.auth.context, { name: 'tester' }, { user: 'ada' });
  const url = (await create(open, { authorization: `Bearer ${token}` })).headers.get('location') ?? '';
  expect((await fetch(url)).status).toBe(403);
  expect((await fetch(url, { method: 'DELETE', redirect: 'manual' })).status).toBe(403);
  expect(await (await fetch(`${open.address}/rest/hello`)).text()).not.toContain(url);
});

test('"read" shows lists and definitions and lets nobody create', async () => {
  expect((await fetch(`${readable.address}/rest/hello`)).status).toBe(200);
  expect((await fetch(`${readable.address}/api/uws/definitions`)).status).toBe(200);
  expect((await create(readable)).status).toBe(401);
});

test('by default a caller without an identity is asked for one, in the manner of UWS', async () => {
  for (const answer of [await create(closed), await fetch(`${closed.address}/rest/hello`)]) {
    expect([
      answer.status,
      answer.headers.get('www-authenticate'),
      answer.headers.get('content-type'),
    ]).toEqual([401, 'Bearer realm="orrery", Basic realm="orrery"', 'text/plain; charset=utf-8']);
  }
});
