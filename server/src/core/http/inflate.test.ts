import type { IncomingHttpHeaders } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { unheardErrors } from '../../../../test/support/unheard.ts';
import { inflateBody } from './inflate.ts';

const limit = 100_000;

/** The body as it comes out when these chunks go in and nothing says that it is gzip. */
async function sniffed(chunks: readonly Buffer[], headers: IncomingHttpHeaders = {}): Promise<string> {
  return text(await inflateBody(Readable.from(chunks), headers, limit, true));
}

/** The headers of a body whose length is told, as nearly all are. */
const told = (body: Buffer): IncomingHttpHeaders => ({ 'content-length': String(body.length) });

function inPieces(body: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) pieces.push(body.subarray(at, at + size));
  return pieces;
}

test.each([1, 2, 3, 7, 100_000])('gzip that does not say so is found in pieces of %d bytes', async (size) => {
  expect(await sniffed(inPieces(gzipSync('{"jobId":4}'), size))).toBe('{"jobId":4}');
});

test.each([1, 2, 100_000])('what is not gzip goes through in pieces of %d bytes', async (size) => {
  expect(await sniffed(inPieces(Buffer.from('jobId=4&state=running'), size))).toBe('jobId=4&state=running');
});

test.each(['', '\u001f', 'a'])('the body %j is too short to be gzip', async (body) => {
  expect(await sniffed(body === '' ? [] : [Buffer.from(body)])).toBe(body);
});

test('broken gzip and gzip that is too large inside are refused', async () => {
  const broken = Buffer.concat([gzipSync('{"a":1}').subarray(0, 14), Buffer.from('xxxx')]);
  await expect(sniffed([broken])).rejects.toMatchObject({ code: 'http.gzip-broken' });
  await expect(sniffed([gzipSync(Buffer.alloc(limit + 1))])).rejects.toMatchObject({
    code: 'http.body-too-large',
  });
});

test.each([1, 3, 100_000])(
  'a body of known length is inflated at once, in pieces of %d bytes',
  async (size) => {
    const body = gzipSync('{"jobId":4}');
    const headers = told(body);
    expect(await sniffed(inPieces(body, size), headers)).toBe('{"jobId":4}');
    expect(headers).toEqual({});
    const plain = Buffer.from('jobId=4&state=running');
    expect(await sniffed(inPieces(plain, size), told(plain))).toBe('jobId=4&state=running');
  },
);

test('a small body that says that it is gzip is inflated, and is broken when it is none', async () => {
  const inflate = async (body: Buffer) =>
    text(await inflateBody(Readable.from([body]), { ...told(body), 'content-encoding': 'gzip' }, limit));
  expect(await inflate(gzipSync('a'))).toBe('a');
  await expect(inflate(Buffer.from('none'))).rejects.toMatchObject({ code: 'http.gzip-broken' });
});

test('a small body that is large inside, or broken, is refused as a large one is', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  expect(bomb.length).toBeLessThan(64 * 1024);
  await expect(sniffed([bomb], told(bomb))).rejects.toMatchObject({ code: 'http.body-too-large' });
  const broken = gzipSync('{"a":1}').subarray(0, 14);
  await expect(sniffed([broken], told(broken))).rejects.toMatchObject({ code: 'http.gzip-broken' });
});

test('whatever the size, the same comes out with and without a known length', async () => {
  for (const size of [0, 1, 2, 65_535, 65_536, 65_537, 99_999]) {
    const content = Buffer.alloc(size, 'x').toString();
    for (const body of [Buffer.from(content), gzipSync(content, { level: 0 })]) {
      expect(await sniffed(inPieces(body, 20_000), told(body))).toBe(content);
      expect(await sniffed(inPieces(body, 20_000))).toBe(content);
    }
  }
});

test('a caller who goes in the middle of a body is an error of the caller', async () => {
  const half = new Readable({ read() {} });
  half.push('{');
  const answer = Promise.resolve(inflateBody(half, { 'content-length': '10' }, limit, true));
  half.destroy();
  await expect(answer).rejects.toMatchObject({ statusCode: 400 });
});

test.each(['plain', '\u001f\u008b'])(
  'a long body that breaks off before anybody reads it harms nobody: %j',
  async (start) => {
    const unheard = await unheardErrors(async () => {
      const payload = new PassThrough();
      await inflateBody(payload, { 'content-length': '1000000' }, 2_000_000, true);
      payload.write(Buffer.from(start, 'latin1'));
      payload.destroy(new Error('broken'));
    });
    expect(unheard).toEqual([]);
  },
);
