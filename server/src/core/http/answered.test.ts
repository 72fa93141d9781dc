import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { whenAnswered } from './index.ts';

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => {
  server.close();
});

/** A request that has arrived, and how to give it up. */
async function arrived(): Promise<{ response: ServerResponse; giveUp(): void }> {
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
  request.on('error', () => {});
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { response, giveUp: () => request.destroy() };
}

test('an answer that was sent is told once', async () => {
  const { response } = await arrived();
  let told = 0;
  const answered = new Promise<void>((resolve) => {
    whenAnswered(response, () => {
      told++;
      resolve();
    });
  });
  response.end('done');
  await answered;
  expect(told).toBe(1);
});

test('a reader who goes is told, whether before or after somebody asked', async () => {
  const { response, giveUp } = await arrived();
  const during = new Promise<void>((resolve) => {
    whenAnswered(response, resolve);
  });
  giveUp();
  await during;
  let after = 0;
  whenAnswered(response, () => {
    after++;
  });
  expect(after).toBe(1);
});
