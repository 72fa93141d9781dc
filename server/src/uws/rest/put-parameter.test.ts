import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aDefinition } from '../../../../test/support/uws.ts';
import { uwsClient } from '../../../../test/support/uws-client.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { serviceOf } from '../service.ts';
import { childrenNamed } from '../xml/parse.ts';
import { sentFileName } from './put-parameter.ts';

const server = await testServer([uws], { role: 'web', 'uws.uploadQuotaMb': '1' });
const { core } = server;
const alice = await uwsClient(server, 'alice');
await installDefinition(
  core.db,
  aDefinition({
    name: 'takes',
    maxUploadBytes: 100_000,
    parameters: [
      { name: 'text', type: 'string', maxLength: 50 },
      { name: 'count', type: 'integer', default: '1' },
      { name: 'image', type: 'file' },
    ],
  }),
  'tester',
  new Date(),
);
serviceOf(core).catalog.forget();

const put = (url: string, body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string> = {}) =>
  alice.ask(url, { method: 'PUT', body, headers });
const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 256);

test.each([
  ['plain text', 'a b&c=d'],
  ['what looks like a form', 'text=other&PHASE=RUN'],
  ['what looks like JSON', '{"a": 1}'],
  ['letters of all kinds', 'é 日本 🙂'],
  ['a byte order mark', '\ufeffx'],
  ['lines', 'one\r\ntwo\n'],
  ['nothing', ''],
])('%s is the value of a text parameter, unchanged, whatever type it claims', async (_what, value) => {
  const url = await alice.create('takes', { text: 'before' });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json', 'nonsense']) {
    const answer = await put(`${url}/parameters/text`, value, { 'content-type': type });
    expect([type, answer.status, answer.headers.get('location')]).toEqual([type, 303, `${url}/parameters`]);
    expect(Buffer.from(await (await alice.ask(`${url}/parameters/text`)).arrayBuffer()).toString()).toBe(
      value,
    );
  }
  expect(await alice.text(`${url}/phase`)).toBe('PENDING');
});

test('the name is understood in any case, and a text the definition does not know is changed where it is', async () => {
  const url = await alice.create('takes', { extra: 'kept' });
  expect((await put(`${url}/parameters/TEXT`, 'x')).status).toBe(303);
  expect(await alice.text(`${url}/parameters/text`)).toBe('x');
  expect((await put(`${url}/parameters/extra`, 'new')).status).toBe(303);
  expect(await alice.text(`${url}/parameters/extra`)).toBe('new');
  expect((await put(`${url}/parameters/other`, 'x')).status).toBe(404);
});

test('bytes that are no UTF-8 are no text, values that do not fit are refused, and nothing changes', async () => {
  const url = await alice.create('takes', { text: 'before', count: '5' });
  for (const [name, body, reason] of [
    ['text', new Uint8Array([0x61, 0xff]), /UTF-8/],
    ['text', new Uint8Array([0xed, 0xa0, 0x80]), /UTF-8/],
    ['text', 'x'.repeat(51), /50/],
    ['text', 'a\0b', /NUL/],
    ['count', 'many', /whole number/],
  ] as const) {
    const answer = await put(`${url}/parameters/${name}`, body);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringMatching(reason)]);
  }
  const form = await put(`${url}/parameters/text`, '--x--', {
    'content-type': 'multipart/form-data; boundary=x',
  });
  expect([form.status, await form.text()]).toEqual([400, expect.stringContaining('POST')]);
  expect([await alice.text(`${url}/parameters/text`), await alice.text(`${url}/parameters/count`)]).toEqual([
    'before',
    '5',
  ]);
});

test('a file parameter keeps the bytes with their type and name, and shows them by reference', async () => {
  const url = await alice.create('takes');
  const where = `${url}/parameters/image`;
  const headers = {
    'content-type': 'image/fits',
    'content-disposition': `attachment; filename="plain.fits"; filename*=UTF-8''m%2031.fits`,
  };
  expect((await put(where, bytes, headers)).status).toBe(303);
  const read = await alice.ask(where);
  expect(new Uint8Array(await read.arrayBuffer())).toEqual(bytes);
  expect([read.headers.get('content-type'), read.headers.get('content-disposition')]).toEqual([
    'image/fits',
    expect.stringContaining('m-31.fits'),
  ]);
  const [shown] = childrenNamed(await alice.document(`${url}/parameters`), 'parameter').filter(
    ({ attributes }) => attributes.id === 'image',
  );
  expect(shown).toMatchObject({ attributes: { byReference: 'true' }, text: where });
  expect((await put(where, bytes.slice(0, 3))).status).toBe(303);
  const again = await alice.ask(where);
  expect([(await again.arrayBuffer()).byteLength, again.headers.get('content-disposition')]).toEqual([
    3,
    expect.stringContaining('"image"'),
  ]);
});

test('a file comes in chunks of unknown length, or inflated, or empty', async () => {
  const url = await alice.create('takes');
  const where = `${url}/parameters/image`;
  const stream = new Blob([bytes, bytes]).stream();
  expect((await alice.ask(where, { method: 'PUT', body: stream })).status).toBe(303);
  expect((await (await alice.ask(where)).arrayBuffer()).byteLength).toBe(2000);
  expect((await put(where, gzipSync(bytes), { 'content-encoding': 'gzip' })).status).toBe(303);
  expect(new Uint8Array(await (await alice.ask(where)).arrayBuffer())).toEqual(bytes);
  expect((await put(where, '')).status).toBe(303);
  expect((await (await alice.ask(where)).arrayBuffer()).byteLength).toBe(0);
});

test('a body above the limit of the definition is 413, also when its length was not said', async () => {
  const url = await alice.create('takes');
  const where = `${url}/parameters/image`;
  const large = new Uint8Array(100_001);
  expect((await put(where, large)).status).toBe(413);
  expect((await alice.ask(where, { method: 'PUT', body: new Blob([large]).stream() })).status).toBe(413);
  expect((await alice.ask(where)).status).toBe(404);
});

/** Announces a body and sends none of it: the status of an answer that did not wait for it. */
function announce(where: string, contentLength: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(where, {
      method: 'PUT',
      headers: { authorization: `Bearer ${alice.token}`, 'content-length': contentLength },
    });
    sent.on('response', (answer) => {
      resolve(answer.statusCode ?? 0);
      sent.destroy();
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
}

test('what is announced too large, comes too late or to nothing is refused before it is sent', async () => {
  const url = await alice.create('takes');
  expect(await announce(`${url}/parameters/image`, 200_000)).toBe(413);
  expect(await announce(`${url}/parameters/text`, 20_000_000)).toBe(413);
  expect(await announce(`${url}/parameters/nosuch`, 1000)).toBe(404);
  await alice.ask(`${url}/phase`, { method: 'POST', body: new URLSearchParams({ PHASE: 'ABORT' }) });
  expect(await announce(`${url}/parameters/image`, 1000)).toBe(403);
});

test('the quota of the owner holds for a PUT', async () => {
  const many = await uwsClient(server, 'many');
  const full = new Uint8Array(99_000);
  const statuses: number[] = [];
  for (let index = 0; index < 12; index++) {
    const url = await many.create('takes');
    // Different bytes each time, so that nothing is there already.
    full[0] = index;
    statuses.push((await many.ask(`${url}/parameters/image`, { method: 'PUT', body: full })).status);
  }
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 303));
  expect(statuses.slice(10)).toEqual([413, 413]);
});

test('a job of somebody else is not changed', async () => {
  const url = await alice.create('takes', { text: 'mine' });
  const bob = await uwsClient(server, 'bob');
  expect((await bob.ask(`${url}/parameters/text`, { method: 'PUT', body: 'x' })).status).toBe(403);
  expect(await alice.text(`${url}/parameters/text`)).toBe('mine');
});

test.each([
  [undefined, null],
  ['attachment', null],
  ['attachment; filename=a.txt', 'a.txt'],
  ['inline; filename="a \\"b\\".txt"', 'a "b".txt'],
  [`form-data; name="x"; filename="old"; filename*=utf-8'en'new%20one`, 'new one'],
  [`attachment; filename*=UTF-8''%ff; filename=plain`, 'plain'],
])('Content-Disposition %s names the file %s', (header, name) => {
  expect(sentFileName(header)).toBe(name);
});
