import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { example } from '../../../../test/support/example-service/index.ts';
import { testServer } from '../../../../test/support/server.ts';
import { asAppError } from './index.ts';

const server = await testServer([example]);
const { app } = server;
const port = Number(new URL(server.address).port);
const authorization = `Bearer ${server.adminToken}`;

/** What comes back for exactly these bytes, until the connection ends. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

const close = 'Host: localhost\r\nConnection: close\r\n';

test.each([
  ['%zz', 400],
  ['%00', 404],
  ['assets/..%2f..%2fpackage.json', 400],
  ['assets/%2e%2e/%2e%2e/package.json', 400],
  ['assets/%252e%252e/package.json', 404],
  ['assets/%00', 400],
  ['assets//etc/passwd', 404],
])('the address /%s is answered %i and gives nothing away', async (address, status) => {
  const reply = await raw(`GET /${address} HTTP/1.1\r\n${close}\r\n`);
  expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(reply.toLowerCase()).toContain('x-request-id');
  expect(reply).not.toMatch(/workspaces|root:|node_modules|\/dist|Error:/);
});

test('an expectation that cannot be met is 417 with a code and a request id', async () => {
  const reply = await raw(`GET /healthz HTTP/1.1\r\n${close}Expect: miracles\r\n\r\n`);
  expect(reply).toMatch(/^HTTP\/1\.1 417 .*x-request-id: \w{12}.*http\.expectation-unknown/is);
});

test('headers that are too long are 431, nonsense is 400, both with a code and a request id', async () => {
  const long = await raw(`GET /?q=${'x'.repeat(20_000)} HTTP/1.1\r\n${close}\r\n`);
  expect(long).toMatch(/^HTTP\/1\.1 431 /);
  expect(long).toContain('http.headers-too-large');
  const nonsense = await raw('nonsense\r\n\r\n');
  expect(nonsense).toMatch(/^HTTP\/1\.1 400 .*X-Request-Id: \w{12}.*http\.request-unreadable/s);
});

test('pipelined requests are answered in their order', async () => {
  const reply = await raw(
    `GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\n${close}\r\n`,
  );
  expect([...reply.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '200']);
});

test('a chunked body over the limit is 413, also after 100 Continue', async () => {
  const chunk = 'x'.repeat(600_000);
  const reply = await raw(
    `POST /api/example/claims HTTP/1.1\r\n${close}Authorization: ${authorization}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n${`${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(2)}0\r\n\r\n`,
  );
  expect(reply).toMatch(/^HTTP\/1\.1 100 Continue/);
  expect(reply).toContain('HTTP/1.1 413 ');
});

test('an unknown path of our API is JSON for browsers as well', async () => {
  const reply = await app.inject({ url: '/api/nothing', headers: { accept: 'text/html,*/*' } });
  expect([reply.statusCode, reply.json().code]).toEqual([404, 'http.path-unknown']);
});

test('HEAD of the event stream ends, with the headers alone', async () => {
  const reply = await raw(
    `HEAD /api/core/events HTTP/1.1\r\n${close}Authorization: ${authorization}\r\n\r\n`,
  );
  expect(reply).toMatch(/^HTTP\/1\.1 200 .*text\/event-stream.*\r\n\r\n$/s);
});

test('HEAD, OPTIONS and a number out of range are no error of the server on any route', async () => {
  for (const { url } of server.routes.rows) {
    for (const method of ['HEAD', 'OPTIONS'] as const) {
      if (url === '/api/core/events') continue;
      const filled = url.replace(/:\w+/g, '99999999999999999999').replace('*', 'x');
      const reply = await app.inject({ method, url: filled, headers: { authorization } });
      expect([method, url, reply.statusCode < 500]).toEqual([method, url, true]);
    }
  }
  const url = '/api/core/tasks/99999999999999999999/run-again';
  expect((await app.inject({ method: 'POST', url, headers: { authorization } })).statusCode).toBe(400);
});

test('a cookie with a foreign origin changes nothing on any route', async () => {
  const signIn = await app.inject({
    method: 'POST',
    url: '/api/core/session',
    headers: { origin: server.address, host: new URL(server.address).host },
    payload: { name: 'admin', password: 'a long enough password' },
  });
  const cookie = String(signIn.headers['set-cookie']).split(';')[0] ?? '';
  expect(signIn.statusCode).toBe(200);
  for (const { method, url } of server.routes.rows) {
    if (['GET', 'HEAD', 'OPTIONS'].includes(method)) continue;
    for (const origin of ['https://evil.example', 'null', 'http://localhost:9']) {
      const reply = await app.inject({ method: method as 'POST', url, headers: { cookie, origin } });
      expect([method, url, origin, reply.statusCode]).toEqual([method, url, origin, 403]);
    }
  }
});

test.each([
  ['CONNECTION_ENDED', 503],
  ['CONNECTION_DESTROYED', 503],
  ['CONNECTION_CLOSED', 503],
  ['CONNECT_TIMEOUT', 503],
  ['57P01', 503],
  ['57P03', 503],
  ['53300', 503],
  ['53100', 503],
  ['25P04', 503],
  ['40P01', 503],
  ['22003', 400],
  ['42P01', 500],
])('the database failure %s is answered %i, without inner text', (code, status) => {
  const error = asAppError(Object.assign(new Error('inner text'), { code }));
  expect(error.status).toBe(status);
  expect(JSON.stringify([error.message, error.next, error.details])).not.toContain('inner text');
  if (status === 503) expect(error.retryAfterSeconds).toBeGreaterThan(0);
});
