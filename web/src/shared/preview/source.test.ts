import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError, NoAnswer } from '../api.ts';
import { httpSource, memorySource, openFile } from './source.ts';

const content = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);
let rangesWork = true;
let failures = 0;

/** Answers as the server does: ranges of one file, 404 for others. */
async function answer(href: string, init: RequestInit): Promise<Response> {
  if (failures > 0) {
    failures -= 1;
    throw new TypeError('fetch failed');
  }
  if (href !== '/file') return new Response(null, { status: 404 });
  const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init.headers).get('range') ?? '');
  if (!rangesWork || range === null) return new Response(content, { headers: { 'content-length': '1000' } });
  const [start, end] = [Number(range[1]), Math.min(Number(range[2]), 999)];
  const headers = { 'content-range': `bytes ${start}-${end}/1000`, 'content-type': 'image/fits' };
  return new Response(content.subarray(start, end + 1), { status: 206, headers });
}
beforeEach(() => {
  vi.stubGlobal('fetch', answer);
  rangesWork = true;
  failures = 0;
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test('parts of a file are read by range, and counted', async () => {
  const source = httpSource('/file', 1000);
  expect([...(await source.read(10, 13))]).toEqual([10, 11, 12]);
  expect((await source.read(990, 2000)).length).toBe(10);
  expect((await source.read(1000, 2000)).length).toBe(0);
  expect(source.bytesRead()).toBe(13);
});

test('a server that ignores ranges gives the same bytes', async () => {
  rangesWork = false;
  expect([...(await httpSource('/file', 1000).read(300, 303))]).toEqual([49, 50, 51]);
});

test('a connection that broke is tried once more', async () => {
  failures = 1;
  expect((await httpSource('/file', 1000).read(0, 5)).length).toBe(5);
});

test('a file that is gone says so, with the status', async () => {
  const failure = await httpSource('/gone', 10)
    .read(0, 5)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApiError);
  expect((failure as ApiError).status).toBe(404);
});

test('a server that does not answer at all is said so, after the second try', async () => {
  failures = 2;
  const failure = await httpSource('/file', 10)
    .read(0, 5)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NoAnswer);
});

test('size and type are learnt from the first part', async () => {
  expect(await openFile('/file', 4)).toEqual({
    sizeBytes: 1000,
    mediaType: 'image/fits',
    head: Uint8Array.from([0, 1, 2, 3]),
  });
});

test('bytes in memory are cut at their ends', async () => {
  const source = memorySource(content);
  expect((await source.read(-5, 3)).length).toBe(3);
  expect((await source.read(998, 5000)).length).toBe(2);
  expect((await source.read(50, 10)).length).toBe(0);
});
