import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aDefinition } from '../../../../test/support/uws.ts';
import { uwsClient } from '../../../../test/support/uws-client.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { serviceOf } from '../service.ts';

const server = await testServer([uws], { role: 'web', 'uws.uploadQuotaMb': '2' });
const { core } = server;
const alice = await uwsClient(server, 'alice');
const bob = await uwsClient(server, 'bob');
const parameters = [
  { name: 'text', type: 'string' as const, maxLength: 10 },
  { name: 'images', type: 'file' as const, multiple: true },
];
await installDefinition(core.db, aDefinition({ name: 'many', parameters }), 'tester', new Date());
serviceOf(core).catalog.forget();

/** What is stored, and how much of it is kept by nothing but a hold. */
async function stored(): Promise<{ objects: number; unowned: number }> {
  let objects = 0;
  for await (const _key of core.files.store.list('')) objects++;
  const [row] = await core.db.sql<[{ count: number }]>`
    select count(*)::int as count from core.blob b where not exists (
      select from core.blob_reference r where r.realm = b.realm and r.sha256 = b.sha256 and r.expires_at is null)`;
  return { objects, unowned: row.count };
}

function form(contents: readonly string[], texts: Record<string, string> = {}): FormData {
  const body = new FormData();
  for (const [index, content] of contents.entries()) body.append('images', new Blob([content]), `f${index}`);
  for (const [name, value] of Object.entries(texts)) body.append(name, value);
  return body;
}
const twenty = (seed: string) =>
  Array.from({ length: 20 }, (_, index) => `${seed} ${index} `.repeat(index % 5 === 0 ? 5000 : 1));

test.each([
  ['a word of UWS that is none', form(twenty('a'), { PHASE: 'NONE' }), 400],
  ['a text that is too long', form(twenty('b'), { text: 'x'.repeat(11) }), 400],
  ['a file above the quota, after others', form([...twenty('c'), 'x'.repeat(2_100_000)]), 413],
  ['a file above the quota, before others', form(['y'.repeat(2_100_000), ...twenty('d')]), 413],
])('a form that is refused for %s leaves no bytes', async (_why, body, status) => {
  const before = await stored();
  expect((await alice.ask('/rest/many', { method: 'POST', body })).status).toBe(status);
  expect(await stored()).toEqual(before);
});

test('a PUT and a multipart PATCH that are refused leave no bytes', async () => {
  const url = await alice.create('many', { text: 'x' });
  const id = url.split('/').at(-1) ?? '';
  const body = form(twenty('e'));
  await core.db.sql`update uws.job set phase = 'HELD' where job_id = ${id}`;
  const before = await stored();
  const put = await alice.ask(`${url}/parameters/images`, { method: 'PUT', body: 'bytes' });
  expect(put.status).toBeGreaterThanOrEqual(400);
  const patch = new FormData();
  patch.append('job', '{}');
  for (const [name, value] of body) patch.append(name, value);
  const answer = await alice.ask(`/api/uws/jobs/${id}`, { method: 'PATCH', body: patch });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await stored()).toEqual(before);
});

test('a connection that breaks off in the middle of a form leaves no bytes', async () => {
  const before = await stored();
  const { hostname, port } = new URL(server.address);
  const socket = connect(Number(port), hostname);
  const part = (index: number) =>
    `--b\r\ncontent-disposition: form-data; name="images"; filename="f${index}"\r\n\r\nbroken ${index}\r\n`;
  const head = [
    'POST /rest/many HTTP/1.1',
    `host: ${hostname}:${port}`,
    `authorization: Bearer ${alice.token}`,
    'content-type: multipart/form-data; boundary=b',
    'content-length: 100000',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${[1, 2, 3, 4, 5].map(part).join('')}`);
  await expect
    .poll(async () => (await stored()).objects, { timeout: 10_000 })
    .toBeGreaterThan(before.objects);
  socket.destroy();
  await expect.poll(stored, { timeout: 10_000 }).toEqual(before);
});

test('the same bytes, refused for one and taken for others at the same moment, stay for these', async () => {
  const contents = twenty('same');
  const send = (who: typeof alice, isRefused: boolean) =>
    who.ask('/rest/many', { method: 'POST', body: form(contents, isRefused ? { PHASE: 'NONE' } : {}) });
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => send(index % 2 === 0 ? alice : bob, index % 3 !== 0)),
  );
  expect(answers.map(({ status }) => status)).toEqual(
    Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? 303 : 400)),
  );
  const taken = answers.filter(({ status }) => status === 303);
  await core.files.collectGarbage();
  for (const [index, answer] of taken.entries()) {
    const who = index % 2 === 0 ? alice : bob;
    for (const file of [1, 6, 20]) {
      const address = `${new URL(answer.headers.get('location') ?? '').pathname}/parameters/images/${file}`;
      const read = await who.ask(address);
      expect(await read.text()).toBe(contents[file - 1]);
    }
  }
});

test('once a job has taken its files, only the job keeps them: they go with it', async () => {
  await core.files.collectGarbage();
  const before = await stored();
  const url = await alice.create('many', form(twenty('job')));
  expect(await stored()).toEqual({ ...before, objects: before.objects + 20 });
  await expect
    .poll(() => core.db.sql`select from core.blob_reference where expires_at is not null`)
    .toHaveLength(0);
  await alice.ask(url, { method: 'DELETE' });
  await core.files.collectGarbage();
  expect(await stored()).toEqual(before);
});
