import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { inflateBody } from './inflate.ts';

const limit = 100_000;

/** The body as it comes out when these chunks go in and nothing says that it is gzip. */
function sniffed(chunks: readonly Buffer[]): Promise<string> {
  return text(inflateBody(Readable.from(chunks), {}, limit, true));
}

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
