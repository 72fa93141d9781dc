import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { SlowUploads } from './slow-uploads.ts';

const slow = new SlowUploads(1000, 200);
const server = createServer((request, response) => {
  slow.watch(request);
  request.on('error', () => {});
  request.resume().on('end', () => response.end('taken'));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
afterAll(() => {
  slow.stop();
  server.closeAllConnections();
  server.close();
});

/** Sends a body of ten parts, one every `pauseMs`, and returns what the server said. */
async function upload(partBytes: number, pauseMs: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
    socket.end();
  });
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${partBytes * 10}\r\n\r\n`);
  const timer = setInterval(() => socket.writable && socket.write('x'.repeat(partBytes)), pauseMs);
  await once(socket, 'close');
  clearInterval(timer);
  return answer;
}

test('an upload that trickles is ended with 408', async () => {
  expect(await upload(1, 100)).toMatch(/^HTTP\/1\.1 408 /);
});

test('an upload that is long but not slow is taken', async () => {
  expect(await upload(2000, 60)).toMatch(/^HTTP\/1\.1 200 /);
});
