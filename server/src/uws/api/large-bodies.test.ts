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

const megabyte = Buffer.alloc(1_048_576, 'a');

/** A body without a declared length; counts how much of it was taken. */
function streamed(before: string, megabytes: number, after: string) {
  const taken = { megabytes: 0 };
  async function* parts() {
    yield Buffer.from(before);
    for (; taken.megabytes < megabytes; taken.megabytes++) yield megabyte;
    yield Buffer.from(after);
  }
  return { taken, body: ReadableStream.from(parts()) };
}

async function send(path: string, method: string, type: string, body: ReadableStream): Promise<string> {
  const headers = { 'content-type': type };
  try {
    const answer = await ask(path, { method, body, headers, duplex: 'half' } as RequestInit);
    return `${answer.status} ${await answer.text()}`;
  } catch {
    // The connection was ended while the body was still being sent.
    return 'ended';
  }
}

test.each([
  ['POST', '/api/uws/jobs'],
  ['PATCH', '/api/uws/jobs/ID'],
])('%s %s takes JSON up to a limit of its own, far below that of uploads', async (method, path) => {
  const headers = { 'content-type': 'application/json' };
  const made = await ask('/api/uws/jobs', { method: 'POST', body: '{"definition":"hello"}', headers });
  const { id } = (await made.json()) as { id: string };
  const { taken, body } = streamed('{"parameters":{"NAME":"', 200, '"}}');
  expect(await send(path.replace('ID', id), method, 'application/json', body)).toMatch(/^413 |^ended/);
  expect(taken.megabytes).toBeLessThan(100);
  const fields = new FormData();
  fields.set('job', `{"runId":"${'a'.repeat(5_000_000)}"}`);
  expect((await ask(path.replace('ID', id), { method, body: fields })).status).toBe(413);
  expect((await ask(`/api/uws/jobs/${id}`)).status).toBe(200);
});

test('the texts of a multipart form are held to one limit together', async () => {
  const field = (n: number) => `\r\n--x\r\nContent-Disposition: form-data; name="f${n}"\r\n\r\n`;
  const taken = { fields: 0 };
  async function* parts() {
    for (; taken.fields < 100; taken.fields++) {
      yield Buffer.from(field(taken.fields));
      yield Buffer.alloc(2_000_000, 'b');
    }
    yield Buffer.from('\r\n--x--\r\n');
  }
  const body = ReadableStream.from(parts());
  expect(await send('/rest/hello', 'POST', 'multipart/form-data; boundary=x', body)).toMatch(/^413 |^ended/);
  expect(taken.fields).toBeLessThan(50);
});

test('no text of a multipart form is cut short in silence', async () => {
  const body = new FormData();
  body.set('NAME', 'c'.repeat(16 * 1024 * 1024 + 1));
  expect((await ask('/rest/hello', { method: 'POST', body })).status).toBe(413);
});

const jsonPart = (name: string, text: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: application/json\r\n\r\n${text}\r\n--x--\r\n`;
const multipart = { 'content-type': 'multipart/form-data; boundary=x' };

test('a field that says it is JSON is read as the text it is', async () => {
  const body = jsonPart('NAME', '{"of":["alice"]}');
  const made = await ask('/rest/hello', { method: 'POST', body, headers: multipart });
  expect(made.status).toBe(303);
  const job = new URL(made.headers.get('location') ?? '').pathname;
  expect(await (await ask(`${job}/parameters/NAME`)).text()).toBe('{"of":["alice"]}');
});

test('the field "job" may say that it is JSON', async () => {
  const body = jsonPart('job', '{"definition":"hello","runId":"said so"}');
  const made = await ask('/api/uws/jobs', { method: 'POST', body, headers: multipart });
  expect(await made.json()).toMatchObject({ definition: 'hello', runId: 'said so' });
});

test.each([
  '/api/uws/jobs/export?runId=%00',
  '/api/uws/jobs/export?format=jsonl&createdAfter=0000-01-01T00:00:00Z',
  '/api/uws/jobs?createdAfter=9999-12-31T23:59:59-10:00',
  '/api/uws/jobs?createdBefore=9999-12-31T23:59:59-10:00',
])('%s is answered with a sentence', async (path) => {
  const answer = await ask(path);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ message: expect.any(String), next: expect.any(String) });
});

test('the list may be opened at the last moment a time can have', async () => {
  expect((await ask('/api/uws/jobs?at=9999-12-31T23:59:59.999Z')).status).toBe(200);
});

test('exports that were refused or given up leave their places to others', async () => {
  for (let n = 0; n < 20; n++) expect((await ask('/api/uws/jobs/export?runId=%00')).status).toBe(400);
  for (let n = 0; n < 20; n++) {
    const left = new AbortController();
    const asked = ask('/api/uws/jobs/export', { signal: left.signal }).catch(() => null);
    setTimeout(() => left.abort(), n % 4);
    await asked;
  }
  await expect.poll(async () => (await ask('/api/uws/jobs/export')).status, { timeout: 10_000 }).toBe(200);
});
