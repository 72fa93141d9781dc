import { once } from 'node:events';
import { connect } from 'node:net';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { Listeners } from './listeners.ts';

const loopback = { host: '127.0.0.1', port: 0, shared: false };

function anApp() {
  const app = fastify({ forceCloseConnections: 'idle', return503OnClosing: false });
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  app.get('/slow', async () => {
    arrived.resolve();
    await answer.promise;
    return 'done';
  });
  app.get('/', async () => 'here');
  return { app, listeners: new Listeners(app), arrived: arrived.promise, answer: answer.resolve };
}

test('every address answers, the first and the others', async () => {
  const { listeners } = anApp();
  const ports = [await listeners.listen(loopback), await listeners.listen(loopback)];
  expect(new Set(ports).size).toBe(2);
  for (const port of ports) expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
  await listeners.close();
  for (const port of ports) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test('what is no request is answered with a sentence at the later addresses as well', async () => {
  const { listeners } = anApp();
  await listeners.listen(loopback);
  const socket = connect(await listeners.listen(loopback), '127.0.0.1');
  socket.write('nonsense\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 .*http\.request-unreadable/s);
  await listeners.close();
});

test('a connection that never said anything, and one kept alive, do not hold the end up', async () => {
  const { listeners } = anApp();
  const ports = [await listeners.listen(loopback), await listeners.listen(loopback)];
  const sockets = ports.map((port) => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const port of ports) await (await fetch(`http://127.0.0.1:${port}/`)).text();
  const ended = sockets.map((socket) => once(socket, 'close'));
  for (const socket of sockets) socket.on('error', () => {}).resume();
  await listeners.close();
  await Promise.all(ended);
});

test('a request that is being answered is answered, also when its connection would be kept alive', async () => {
  const { listeners, arrived, answer } = anApp();
  const port = await listeners.listen(loopback);
  const reply = fetch(`http://127.0.0.1:${port}/slow`);
  await arrived;
  const closed = listeners.close();
  answer();
  expect(await (await reply).text()).toBe('done');
  await closed;
});

test.each([
  ['a taken port', { host: '127.0.0.1' }, 'http.port-taken'],
  ['an address of another machine', { host: '192.0.2.1' }, 'http.host-unusable'],
])('%s is refused with a sentence', async (_what, at, code) => {
  const { listeners } = anApp();
  const port = await listeners.listen(loopback);
  const other = anApp();
  await expect(other.listeners.listen({ ...loopback, port, ...at })).rejects.toMatchObject({ code });
  await expect(listeners.listen({ ...loopback, port, ...at })).rejects.toMatchObject({ code });
  await listeners.close();
  await other.listeners.close();
});
