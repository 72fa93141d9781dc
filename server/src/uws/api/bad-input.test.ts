import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { uws } from '../index.ts';

const { core, address } = await testServer([uws], { 'compute.local.allowUnisolated': 'true' });
await createAccount(core.auth.context, { name: 'tester' }, { name: 'alice', roles: ['user'] });
const token = await createToken(core.auth.context, { name: 'tester' }, { user: 'alice' });

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...init.headers };
  return fetch(`${address}${path}`, { redirect: 'manual', ...init, headers });
}

const farCursor = Buffer.from('o999999999999999.aaa').toString('base64url');

test.each([
  '/api/uws/definitions/hello?version=99999999999',
  `/api/uws/jobs?cursor=${farCursor}`,
  '/rest/hello?AFTER=0000-01-01',
  '/rest/hello?AFTER=9999-12-31T23:59:59-10:00',
])('%s is refused as the mistake it is', async (path) => {
  expect((await ask(path)).status).toBe(400);
});

test.each([
  ['half a character in a value', '{"definition":"hello","parameters":{"NAME":"\\ud800"}}'],
  ['half a character in the run id', '{"definition":"hello","runId":"\\udc00"}'],
  ['a year that no calendar has', '{"definition":"hello","destruction":"0000-01-01T00:00:00Z"}'],
])('a creation with %s is refused', async (_what, body) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await ask('/api/uws/jobs', { method: 'POST', body, headers });
  expect(answer.status, await answer.text()).toBe(400);
});

test('a destruction time in the year 0 is refused by the old door as well', async () => {
  const body = new URLSearchParams({ DESTRUCTION: '0000-01-01T00:00:00Z' });
  expect((await ask('/rest/hello', { method: 'POST', body })).status).toBe(400);
});

test('a name given in two spellings is given twice, and neither silently wins', async () => {
  const answer = await ask('/rest/hello', { method: 'POST', body: new URLSearchParams('NAME=a&name=b') });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('several times');
});

test('a question mark in the query belongs to the value', async () => {
  const made = await ask('/rest/hello?NAME=what?&RUNID=q', { method: 'POST' });
  expect(made.status).toBe(303);
  const job = new URL(made.headers.get('location') ?? '').pathname;
  expect(await (await ask(`${job}/parameters/NAME`)).text()).toBe('what?');
  const document = await (await ask(job)).text();
  expect(document).toContain('<uws:runId>q</uws:runId>');
});

test('a value by PUT is the body, not a form: multipart is refused', async () => {
  const made = await ask('/rest/hello', { method: 'POST', body: new URLSearchParams({ NAME: 'kept' }) });
  const job = new URL(made.headers.get('location') ?? '').pathname;
  const body = new FormData();
  body.set('VALUE', 'lost');
  expect((await ask(`${job}/parameters/NAME`, { method: 'PUT', body })).status).toBe(400);
  expect(await (await ask(`${job}/parameters/NAME`)).text()).toBe('kept');
});

test('WAIT takes any whole number, however long', async () => {
  const made = await ask('/rest/hello', { method: 'POST', body: new URLSearchParams({ PHASE: 'RUN' }) });
  const job = new URL(made.headers.get('location') ?? '').pathname;
  const answer = await ask(`${job}?WAIT=99999999999999999999`);
  expect(answer.status).toBe(200);
  await answer.text();
});

const field = 'Content-Disposition: form-data; name="NAME"';
const file = `${field}; filename="a.txt"`;
const nameless = 'Content-Disposition: form-data';
const empty = `${field}; filename=""`;

test.each([
  ['without a boundary', 'multipart/form-data', '--x--'],
  ['with a boundary nobody can look for', `multipart/form-data; boundary=${'x'.repeat(300)}`, '--x--'],
  ['that ends inside a field', 'multipart/form-data; boundary=x', `--x\r\n${field}\r\n\r\nhel`],
  ['that ends inside a file', 'multipart/form-data; boundary=x', `--x\r\n${file}\r\n\r\nhel`],
  ['that ends inside an empty file field', 'multipart/form-data; boundary=x', `--x\r\n${empty}\r\n\r\nhel`],
  [
    'with a part without a name',
    'multipart/form-data; boundary=x',
    `--x\r\n${nameless}\r\n\r\nhello\r\n--x--`,
  ],
  [
    'with a file without a name',
    'multipart/form-data; boundary=x',
    `--x\r\n${nameless}; filename="a"\r\n\r\nx\r\n--x--`,
  ],
])('a multipart body %s is refused as broken', async (_what, type, body) => {
  for (const path of ['/rest/hello', '/api/uws/jobs']) {
    const answer = await ask(path, { method: 'POST', body, headers: { 'content-type': type } });
    expect(answer.status, await answer.text()).toBe(400);
  }
});

test('a body that is declared too large is refused before it is sent', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': '3000000000',
    };
    const asked = httpRequest(`${address}/rest/hello`, { method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode);
      asked.destroy();
    });
    asked.on('error', reject);
    asked.write('--x\r\n');
  });
  expect(status).toBe(413);
});
