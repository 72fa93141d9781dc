import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { example } from '../../../../test/support/example-service/index.ts';
import { testServer } from '../../../../test/support/server.ts';
import { loadConfig } from '../config/index.ts';
import { shownUrl } from './app.ts';
import { createHostRules } from './hosts.ts';

const server = await testServer([example], {
  'http.trustedProxies': '127.0.0.9',
  'http.allowedHosts': 'orrery.example.org',
});
const { app, address } = server;
const port = Number(new URL(address).port);
const authorization = `Bearer ${server.adminToken}`;

/** Nothing that a refused request does may change the database. */
async function ticketCount(): Promise<number> {
  const [row] = await server.core.db.sql<
    { n: number }[]
  >`select count(*)::int as n from example.ticket where state <> 'ready'`;
  return row?.n ?? -1;
}

afterEach(async () => expect(await ticketCount()).toBe(0));

const claim = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/api/example/claims',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    payload,
  });

test('a good request is answered, with its id', async () => {
  const reply = await claim(JSON.stringify({ worker: 'w1' }));
  expect([reply.statusCode, reply.json()]).toEqual([200, { ticketId: null }]);
  expect(reply.headers['x-request-id']).toMatch(/^\w{12}$/);
});

test('a gzip body is inflated; broken gzip is 400; a bomb is 413 before it fills the memory', async () => {
  const gzip = { 'content-encoding': 'gzip' };
  expect((await claim(gzipSync('{"worker":"w1"}'), gzip)).statusCode).toBe(200);
  const broken = await claim(Buffer.from('no gzip at all'), gzip);
  expect([broken.statusCode, broken.json().code]).toEqual([400, 'http.gzip-broken']);
  const bomb = await claim(gzipSync(Buffer.alloc(50_000_000, 32)), gzip);
  expect([bomb.statusCode, bomb.json().code]).toEqual([413, 'http.body-too-large']);
});

test.each([
  ['deflate', 415, 'http.encoding-unsupported'],
  ['br', 415, 'http.encoding-unsupported'],
])('content encoding %s is refused', async (encoding, status, code) => {
  const reply = await claim('{}', { 'content-encoding': encoding });
  expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
});

test('an oversized body is refused by its length, before it is read', async () => {
  const socket = connectSocket(port, '127.0.0.1');
  socket.write(
    `POST /api/example/claims HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{`,
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test.each([
  ['evil.example.net', 421],
  ['127.0.0.1.evil.example.net', 421],
  ['orrery.example.org', 200],
  ['ORRERY.example.org:8443', 200],
  ['localhost:1', 200],
  ['[::1]:8080', 200],
  ['a b', 421],
])('a request for host %s is answered %i', async (host, status) => {
  const reply = await app.inject({ url: '/healthz', headers: { host } });
  expect(reply.statusCode).toBe(status);
});

test('forwarded headers of a stranger are ignored, those of a trusted proxy count from the right', async () => {
  const seen: Array<[string, string, unknown]> = [];
  app.log.info('forwarded');
  const headers = {
    host: 'localhost',
    'x-forwarded-for': '6.6.6.6, 8.8.8.8',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'orrery.example.org',
  };
  for (const remoteAddress of ['127.0.0.5', '127.0.0.9']) {
    const reply = await app.inject({ url: '/api/core/me', headers, remoteAddress });
    seen.push([remoteAddress, String(reply.statusCode), reply.headers['set-cookie']]);
  }
  expect(seen.map(([, status]) => status)).toEqual(['200', '200']);
  const stranger = await app.inject({
    url: '/healthz',
    headers: { ...headers, 'x-forwarded-host': 'evil.example.net' },
    remoteAddress: '127.0.0.5',
  });
  const proxy = await app.inject({
    url: '/healthz',
    headers: { ...headers, 'x-forwarded-host': 'evil.example.net' },
    remoteAddress: '127.0.0.9',
  });
  expect([stranger.statusCode, proxy.statusCode]).toEqual([200, 421]);
});

test.each([
  ['no JSON at all', '{"worker":', 400],
  ['NUL in a string', '{"worker":"a\\u0000b"}', 400],
  ['an unknown key', '{"worker":"w","more":1}', 400],
  ['a wrong type', '{"worker":7}', 400],
  ['a missing key', '{}', 400],
  ['an empty body', '', 400],
  ['a key that stands twice', '{"worker":"a","worker":"b"}', 400],
  ['a prototype', '{"__proto__":{"worker":"w"}}', 400],
])('%s is refused with a code, a sentence and a next step', async (_what, payload, status) => {
  const reply = await claim(payload);
  expect(reply.statusCode).toBe(status);
  expect(reply.json()).toMatchObject({
    code: expect.stringMatching(/^http\./),
    message: expect.any(String),
    next: expect.any(String),
    requestId: expect.any(String),
  });
});

test('a content type that the address does not take is 415', async () => {
  expect((await claim('worker=w', { 'content-type': 'application/x-www-form-urlencoded' })).statusCode).toBe(
    415,
  );
});

test('an unknown path of our API is answered in JSON, and as a page for a browser', async () => {
  const json = await app.inject({ url: '/api/nothing' });
  expect([json.statusCode, json.json().code]).toEqual([404, 'http.path-unknown']);
  const page = await app.inject({ url: '/nothing', headers: { accept: 'text/html' } });
  expect([page.statusCode, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
});

test('without credentials 401 with the way to sign in, with the wrong role 403, with wrong credentials 401', async () => {
  const call = (headers: Record<string, string>) => app.inject({ url: '/api/example/tickets/1', headers });
  const none = await call({});
  expect([none.statusCode, none.json().code, none.headers['www-authenticate']]).toEqual([
    401,
    'auth.required',
    expect.stringContaining('Bearer'),
  ]);
  expect((await call({ authorization: 'Bearer nonsense-nonsense' })).json().code).toBe('auth.token-unknown');
});

test('a name of 1,000 signs in a path is looked up, not cut off', async () => {
  const reply = await app.inject({
    method: 'POST',
    url: `/api/core/schedules/${'x'.repeat(150)}/run`,
    headers: { authorization },
  });
  expect(reply.json().code).toBe('schedule.name-unknown');
});

test('a trailing or double slash makes no difference, upper case does', async () => {
  expect((await app.inject({ url: '/healthz/' })).statusCode).toBe(200);
  expect((await app.inject({ url: '//healthz' })).statusCode).toBe(200);
  expect((await app.inject({ url: '/Healthz' })).statusCode).toBe(404);
});

test('a broken request line does not hurt', async () => {
  const socket = connectSocket(port, '127.0.0.1');
  socket.write('nonsense\r\n\r\n');
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toMatch(/^HTTP\/1\.1 400 /);
  socket.destroy();
});

test('every route names owner, permission, limit and style', () => {
  expect(server.routes.rows.length).toBeGreaterThan(20);
  for (const row of server.routes.rows) {
    expect(row).toMatchObject({
      owner: expect.stringMatching(/^(core|example)$/),
      permission: expect.any(String),
      errors: expect.any(String),
    });
    expect(row.bodyLimitBytes).toBeGreaterThan(0);
  }
});

test.each(['10.0.0.0/33', '10.0.0.0/x', 'fd00::/129', 'proxy.example.org'])(
  'the trusted proxy %s is refused with a sentence',
  (entry) => {
    const { config } = loadConfig({ file: '/dev/null', flags: { 'http.trustedProxies': entry } });
    expect(() => createHostRules(config)).toThrowError(
      expect.objectContaining({ code: 'config.value-refused', message: expect.stringContaining(entry) }),
    );
  },
);

test('what opens something is left out of the log, and nothing else', () => {
  expect(shownUrl('/server/panda/get_access_token?client_name=pilot_server&token_key=a1b2&x=1')).toBe(
    '/server/panda/get_access_token?client_name=pilot_server&token_key=…&x=1',
  );
  expect(shownUrl('/x?Token=a&signature=b&password=c')).toBe('/x?Token=…&signature=…&password=…');
  expect(shownUrl('/tokens?tokens=3')).toBe('/tokens?tokens=3');
});
