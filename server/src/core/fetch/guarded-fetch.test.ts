import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { createGuardedFetch, type GuardedFetch, type GuardedFetchOptions } from './index.ts';

const closing: Array<() => Promise<void>> = [];
afterAll(() => Promise.all(closing.map((close) => close())));

async function serve(listener: RequestListener, host = '127.0.0.1'): Promise<string> {
  const server: Server = createServer(listener).listen(0, host);
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

function fetcher(options: GuardedFetchOptions = { allowPrivate: ['127.0.0.1'] }): GuardedFetch {
  const fetch = createGuardedFetch(options);
  closing.push(() => fetch.close());
  return fetch;
}

const limits = { maxBytes: 1000, timeoutMs: 10_000 };

test('an address is fetched with its status, headers and body', async () => {
  const origin = await serve((request, response) => {
    response
      .writeHead(404, { 'x-kind': 'test' })
      .end(`asked for ${request.url} by ${request.headers['x-from']}`);
  });
  const answer = await fetcher().get(`${origin}/a?b=c#d`, { ...limits, headers: { 'x-from': 'me' } });
  expect(answer).toMatchObject({ status: 404, headers: { 'x-kind': 'test' } });
  expect(await text(answer.body)).toBe('asked for /a?b=c by me');
});

test.each([
  ['ftp://example.org/a', 'fetch.url-refused'],
  ['file:///etc/passwd', 'fetch.url-refused'],
  ['/relative', 'fetch.url-refused'],
  ['', 'fetch.url-refused'],
  ['http://user:word@example.org/', 'fetch.url-refused'],
  ['http://127.0.0.1/', 'fetch.address-refused'],
  ['http://2130706433/', 'fetch.address-refused'],
  ['http://0x7f.1/', 'fetch.address-refused'],
  ['http://[::1]:80/', 'fetch.address-refused'],
  ['http://[::ffff:127.0.0.1]/', 'fetch.address-refused'],
  ['https://[64:ff9b::7f00:1]/', 'fetch.address-refused'],
  ['http://169.254.169.254/latest/meta-data/', 'fetch.address-refused'],
  ['http://localhost:1/', 'fetch.address-refused'],
])('%s is refused as %s', async (url, code) => {
  await expect(fetcher({}).get(url, limits)).rejects.toMatchObject({ code });
});

test('a name is judged by the address that is connected to, looked up once', async () => {
  let asked = 0;
  let visitors = 0;
  const origin = await serve((_request, response) => {
    visitors++;
    response.end('inside');
  }, '127.0.0.2');
  // Answers a public-looking address only when asked again: a separate check would have been shown that one.
  const fetch = fetcher({
    allowPrivate: ['127.0.0.1'],
    lookup: (_name, callback) =>
      callback(null, [{ address: asked++ === 0 ? '127.0.0.2' : '127.0.0.1', family: 4 }]),
  });
  const { port } = new URL(origin);
  await expect(fetch.get(`http://rebind.example:${port}/`, limits)).rejects.toMatchObject({
    code: 'fetch.address-refused',
  });
  expect({ asked, visitors }).toEqual({ asked: 1, visitors: 0 });
});

test('a name with one forbidden address among its addresses is refused', async () => {
  const origin = await serve((_request, response) => void response.end('x'));
  const fetch = fetcher({
    allowPrivate: ['127.0.0.1'],
    lookup: (_name, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ]),
  });
  const url = `http://two.example:${new URL(origin).port}/`;
  await expect(fetch.get(url, limits)).rejects.toMatchObject({ code: 'fetch.address-refused' });
});

test('redirects are followed and the final address is told', async () => {
  const origin = await serve((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end('there');
    else response.writeHead(302, { location: `/${left - 1}` }).end('moved');
  });
  const answer = await fetcher().get(`${origin}/5`, limits);
  expect(answer.finalUrl).toBe(`${origin}/0`);
  expect(await text(answer.body)).toBe('there');
  await expect(fetcher().get(`${origin}/6`, limits)).rejects.toMatchObject({
    code: 'fetch.redirects-exceeded',
  });
});

test('a redirect passes the same checks as the first address', async () => {
  let reached = false;
  const inside = await serve((_request, response) => {
    reached = true;
    response.end('secret');
  }, '127.0.0.2');
  for (const [location, code] of [
    [inside, 'fetch.address-refused'],
    ['file:///etc/passwd', 'fetch.url-refused'],
    ['http://a:b@127.0.0.1/', 'fetch.url-refused'],
  ]) {
    const origin = await serve((_request, response) => {
      response.writeHead(301, { location: location as string }).end();
    });
    await expect(fetcher().get(origin, limits)).rejects.toMatchObject({ code });
  }
  expect(reached).toBe(false);
});

test('credentials for the first server are not told to the one it redirects to', async () => {
  const seen: Array<string | undefined> = [];
  const second = await serve((request, response) => {
    seen.push(request.headers.authorization, String(request.headers['x-other']));
    response.end();
  });
  const first = await serve((_request, response) => void response.writeHead(307, { location: second }).end());
  const headers = { Authorization: 'Bearer of.first', 'x-other': 'kept' };
  (await fetcher().get(first, { ...limits, headers })).body.resume();
  expect(seen).toEqual([undefined, 'kept']);
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
])('a body in %s is decompressed, and its size counted afterwards', async (encoding, compress) => {
  const origin = await serve((request, response) => {
    const size = request.url === '/fits' ? 1000 : 50_000_000;
    response.writeHead(200, { 'content-encoding': encoding }).end(compress(Buffer.alloc(size, 'a')));
  });
  const answer = await fetcher().get(`${origin}/fits`, limits);
  expect(await text(answer.body)).toBe('a'.repeat(1000));
  const bomb = await fetcher().get(`${origin}/bomb`, limits);
  await expect(text(bomb.body)).rejects.toMatchObject({ code: 'fetch.size-exceeded', kind: 'too-large' });
});

test('a body longer than it says, or without an end, stops at the limit', async () => {
  const origin = await serve((_request, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(10_000)));
    };
    response.on('drain', more);
    more();
  });
  const answer = await fetcher().get(origin, limits);
  await expect(text(answer.body)).rejects.toMatchObject({ code: 'fetch.size-exceeded' });
});

test('a body that announces too much is not begun', async () => {
  const origin = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '1001' }).end(Buffer.alloc(1001));
  });
  await expect(fetcher().get(origin, limits)).rejects.toMatchObject({ code: 'fetch.size-exceeded' });
});

test('an unknown or stacked encoding is refused', async () => {
  for (const encoding of ['zip', 'gzip, gzip, gzip']) {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end('x');
    });
    await expect(fetcher().get(origin, limits)).rejects.toMatchObject({ code: 'fetch.encoding-unsupported' });
  }
});

test('broken compression reaches the reader as an error', async () => {
  const origin = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('this is not gzip');
  });
  const answer = await fetcher().get(origin, limits);
  await expect(text(answer.body)).rejects.toMatchObject({ code: 'fetch.host-unreachable' });
});

test('a server that never answers, and one that never ends, run into the time limit', async () => {
  const silent = await serve(() => {});
  await expect(fetcher().get(silent, { maxBytes: 10, timeoutMs: 200 })).rejects.toMatchObject({
    code: 'fetch.timed-out',
  });
  const endless = await serve((_request, response) => void response.writeHead(200).write('beginning'));
  const answer = await fetcher().get(endless, { maxBytes: 100, timeoutMs: 300 });
  await expect(text(answer.body)).rejects.toMatchObject({ code: 'fetch.timed-out', kind: 'busy' });
});

test('the caller can give up', async () => {
  const silent = await serve(() => {});
  const controller = new AbortController();
  const got = fetcher().get(silent, { ...limits, signal: controller.signal });
  controller.abort(new Error('the reader left'));
  await expect(got).rejects.toThrow('the reader left');
});

test('a port where nobody listens is told as unreachable', async () => {
  const origin = await serve(() => {});
  await closing.pop()?.();
  await expect(fetcher().get(origin, limits)).rejects.toMatchObject({ code: 'fetch.host-unreachable' });
});
