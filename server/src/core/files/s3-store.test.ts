import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import type { BlobStore } from './blob-store.ts';
import { createS3Store } from './s3-store.ts';

// What moto never does: break off, overload, change an object. A server that plays exactly that.
const closing: Array<() => void> = [];
afterAll(() => {
  for (const close of closing) close();
});

async function storeOn(listener: RequestListener): Promise<BlobStore> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close().closeAllConnections());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`;
  return createS3Store({ endpoint, accessKeyId: 'a', secretAccessKey: 'b', partBytes: 5 * 1024 ** 2 });
}

const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
const key = 'shared/ab/x';

/** Answers ranges of `bytes`; each answer breaks off after 40,000 of them. */
function breakingServer(seen: IncomingHttpHeaders[]): RequestListener {
  return (request, response) => {
    seen.push(request.headers);
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const end = to === '' ? bytes.length : Number(to) + 1;
    const part = bytes.subarray(Number(from), end);
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      etag: '"v1"',
      'content-length': part.length,
    });
    response.write(part.subarray(0, 40_000), () => {
      if (part.length > 40_000) response.destroy();
      else response.end();
    });
  };
}

test('a read that breaks off goes on where it was, of the same version', async () => {
  const seen: IncomingHttpHeaders[] = [];
  const store = await storeOn(breakingServer(seen));
  expect((await buffer(await store.open(key))).equals(bytes)).toBe(true);
  expect(seen.length).toBeGreaterThan(1);
  expect(seen[0]?.['if-match']).toBeUndefined();
  for (const headers of seen.slice(1)) expect(headers['if-match']).toBe('"v1"');
});

test('a range that breaks off ends at its own end', async () => {
  const store = await storeOn(breakingServer([]));
  const part = await buffer(await store.open(key, { start: 10, end: 90_000 }));
  expect(part.equals(bytes.subarray(10, 90_001))).toBe(true);
});

test('an object that is another one when the read goes on is an error, not a mixture', async () => {
  let requests = 0;
  const breaking = breakingServer([]);
  const store = await storeOn((request, response) => {
    if (requests++ === 0) return breaking(request, response);
    return response.writeHead(412).end();
  });
  await expect(store.open(key).then(buffer)).rejects.toMatchObject({ status: 412 });
});

test('an overloaded server is asked again', async () => {
  let requests = 0;
  const store = await storeOn((_request, response) => {
    requests++;
    response.writeHead(requests < 3 ? 503 : 200, { 'content-length': 0 }).end();
  });
  expect(await store.size(key)).toBe(0);
  expect(requests).toBe(3);
});

test('an upload whose answer was lost is found to be there', async () => {
  const bodies: number[] = [];
  const store = await storeOn(async (request, response) => {
    bodies.push((await buffer(request)).length);
    expect(request.headers['if-none-match']).toBe('*');
    if (bodies.length === 1) return response.destroy();
    return response.writeHead(412).end();
  });
  const writer = await store.begin('shared');
  await writer.write(bytes);
  expect(await writer.finish('a'.repeat(64))).toMatch(/^shared\/[0-9a-f]{2}\//);
  expect(bodies).toEqual([bytes.length, bytes.length]);
});

test('a refusal is not asked again', async () => {
  let requests = 0;
  const store = await storeOn((_request, response) => {
    requests++;
    response.writeHead(403).end();
  });
  await expect(store.open(key)).rejects.toMatchObject({ status: 403 });
  expect(requests).toBe(1);
});
