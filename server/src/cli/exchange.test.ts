import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Call, remoteAt } from './remote.ts';

const closing: Array<() => void> = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An HTTP server for one test, and the remote that asks it. */
async function served(listener: RequestListener, prefix = '') {
  const server = createHttpServer(listener).listen(0, '127.0.0.1');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return remoteAt(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`), 'a-token');
}

/** A server that speaks bytes. */
async function connected(listener: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    listener(socket);
  }).listen(0, '127.0.0.1');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return remoteAt(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), null);
}

test('prefix, query, token and body are sent as they are', async () => {
  let seen: unknown;
  const remote = await served((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization, 'content-length': length } = request.headers;
      seen = [request.method, request.url, authorization, length, Buffer.concat(chunks).toString()];
      response.end('{"good":true}');
    });
  }, '/below/');
  const query: Call['query'] = [
    ['phase', 'A'],
    ['phase', 'B&C'],
  ];
  expect(await remote.json('POST', '/api/../x', { query, json: { text: 'ü' } })).toEqual({ good: true });
  expect(seen).toEqual([
    'POST',
    '/below/api/../x?phase=A&phase=B%26C',
    'Bearer a-token',
    '13',
    '{"text":"ü"}',
  ]);
});

test('a server that says nothing is given up', async () => {
  const remote = await connected(() => {});
  await expect(remote.json('GET', '/', { silenceMs: 50 })).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('said nothing for 0.05 seconds'),
  });
});

test('a server that stops in the middle of an answer is given up', async () => {
  const remote = await connected((socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half'),
  );
  await expect(remote.json('GET', '/', { silenceMs: 50 })).rejects.toMatchObject({ exitCode: 3 });
});

test('what is no HTTP, and what is not Orrery, is told', async () => {
  const other = await connected((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
  await expect(other.json('GET', '/')).rejects.toMatchObject({ exitCode: 3 });
  const page = await served((_request, response) => response.end('<html>'));
  await expect(page.json('GET', '/')).rejects.toMatchObject({
    exitCode: 7,
    message: expect.stringContaining('did not answer as Orrery does'),
  });
});

test('an answer before the end of an upload is the answer', async () => {
  const remote = await served((_request, response) => {
    response.writeHead(413).end('{"code":"uws.form-too-large","message":"Too large.","next":"Send less."}');
  });
  const length = 500_000_000;
  async function* chunks() {
    for (let sent = 0; sent < length; sent += 1_000_000) yield Buffer.alloc(1_000_000);
  }
  await expect(remote.json('POST', '/', { body: { length, chunks: chunks() } })).rejects.toMatchObject({
    exitCode: 6,
    message: 'Too large.',
    next: 'Send less.',
  });
});

test('a kept connection that the server closed is no failure of the next read, and a change is not sent twice', async () => {
  let reads = 0;
  let changes = 0;
  const remote = await connected((socket) => {
    let answered = 0;
    socket.on('data', (bytes) => {
      if (bytes.toString().startsWith('POST')) changes++;
      else reads++;
      if (answered++ > 0) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
    });
  });
  expect(await remote.json('GET', '/')).toEqual({});
  expect(await remote.json('GET', '/')).toEqual({});
  expect(await remote.json('POST', '/', { json: {} })).toEqual({});
  expect([reads, changes]).toEqual([3, 1]);
});

test('a change whose connection breaks is not sent again', async () => {
  let changes = 0;
  const remote = await connected((socket) =>
    socket.on('data', () => {
      changes++;
      socket.resetAndDestroy();
    }),
  );
  await expect(remote.json('POST', '/', { json: {} })).rejects.toMatchObject({ exitCode: 3 });
  expect(changes).toBe(1);
});

test('a redirect is told, not followed: the token is for the address that was given', async () => {
  const asked: string[] = [];
  const remote = await served((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(301, { location: 'https://elsewhere.example.org/' }).end();
  });
  await expect(remote.json('GET', '/a')).rejects.toMatchObject({
    exitCode: 7,
    message: expect.stringContaining('https://elsewhere.example.org/'),
  });
  expect(asked).toEqual(['/a']);
});

test.each([
  [400, '', 6],
  [401, 'auth.token-expired', 4],
  [403, 'uws.job-of-another', 4],
  [403, 'uws.phase-forbids', 6],
  [404, 'uws.job-unknown', 5],
  [409, '', 6],
  [413, '', 6],
  [429, '', 7],
  [500, '', 7],
  [502, '<html>', 7],
  [503, '', 7],
])('status %i %s is exit code %i', async (status, code, exitCode) => {
  const remote = await served((_request, response) => {
    response
      .writeHead(status)
      .end(code === '<html>' ? code : JSON.stringify({ code, message: 'A sentence.' }));
  });
  await expect(remote.json('GET', '/')).rejects.toMatchObject({ exitCode });
});

test('a host name that nobody knows is told as that', async () => {
  const remote = remoteAt(new URL('http://no-such-host.invalid'), null);
  await expect(remote.json('GET', '/')).rejects.toMatchObject({
    exitCode: 3,
    message: 'The host name no-such-host.invalid is not known here.',
  });
});
