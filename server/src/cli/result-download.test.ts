import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { remoteAt } from './remote.ts';
import { downloadResult, placeWithin, type Wanted } from './result-download.ts';

const base = await temporaryFolder('download');
let answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) =>
  response.end();
let asked: Array<{ range: string | undefined; ifRange: string | undefined }> = [];
const server = createServer((request, response) => {
  asked.push({ range: request.headers.range, ifRange: request.headers['if-range'] as string | undefined });
  answer(request, response);
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const remote = remoteAt(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), 'token');
afterEach(() => {
  asked = [];
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
});

const body = randomBytes(300_000);

function aResult(bytes: Buffer, more: Partial<Wanted> = {}): Wanted {
  return {
    name: 'image',
    fileName: 'image.bin',
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...more,
  };
}

let folders = 0;
async function aFolder(): Promise<string> {
  const folder = path.join(base, String(folders++));
  await mkdir(folder);
  return folder;
}

const get = (result: Wanted, folder: string, mayReplace = false) =>
  downloadResult(remote, '/result', result, folder, { mayReplace });

/** Answers ranges as the server does, and breaks off after `most` bytes of each answer. */
function sendInPieces(bytes: Buffer, most = Number.POSITIVE_INFINITY): typeof answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from });
    const piece = bytes.subarray(from, from + most);
    if (from + piece.length === bytes.length) response.end(piece);
    else response.write(piece, () => response.socket?.destroySoon());
  };
}

test('a result arrives whole, and is not fetched again', async () => {
  answer = sendInPieces(body);
  const folder = await aFolder();
  await get(aResult(body), folder);
  await get(aResult(body), folder);
  expect((await readFile(path.join(folder, 'image.bin'))).equals(body)).toBe(true);
  expect([asked.length, await readdir(folder)]).toEqual([1, ['image.bin']]);
});

test('an empty result is an empty file', async () => {
  answer = sendInPieces(Buffer.alloc(0));
  const folder = await aFolder();
  await get(aResult(Buffer.alloc(0)), folder);
  expect(await readFile(path.join(folder, 'image.bin'), 'utf8')).toBe('');
});

test('a connection that breaks is taken up where it broke, for the same content only', async () => {
  answer = sendInPieces(body, 200_000);
  const folder = await aFolder();
  const result = aResult(body);
  await get(result, folder);
  expect((await readFile(path.join(folder, 'image.bin'))).equals(body)).toBe(true);
  const [first, second, ...more] = asked;
  expect([first?.range, second?.ifRange, more]).toEqual([undefined, `"${result.sha256}"`, []]);
  const from = Number(/^bytes=(\d+)-$/.exec(second?.range ?? '')?.[1]);
  expect(from).toBeGreaterThan(0);
  expect(from).toBeLessThanOrEqual(200_000);
});

test('a partial file of an earlier command is gone on with; bytes in it that are wrong are fetched anew', async () => {
  answer = sendInPieces(body);
  const folder = await aFolder();
  const result = aResult(body);
  const partial = path.join(folder, `.image.bin.${result.sha256.slice(0, 16)}.part`);
  await writeFile(partial, body.subarray(0, 1000));
  await get(result, folder);
  expect(asked.map(({ range }) => range)).toEqual(['bytes=1000-']);
  await writeFile(partial, Buffer.alloc(1000));
  await rm(path.join(folder, 'image.bin'));
  await get(result, folder);
  expect(asked.map(({ range }) => range).slice(1)).toEqual(['bytes=1000-', undefined]);
  expect((await readFile(path.join(folder, 'image.bin'))).equals(body)).toBe(true);
  expect(await readdir(folder)).toEqual(['image.bin']);
});

test('a server that knows no ranges is read from the start', async () => {
  answer = (_request, response) => response.end(body);
  const folder = await aFolder();
  const result = aResult(body);
  await writeFile(path.join(folder, `.image.bin.${result.sha256.slice(0, 16)}.part`), 'something older');
  await get(result, folder);
  expect((await readFile(path.join(folder, 'image.bin'))).equals(body)).toBe(true);
});

test.each([
  ['other bytes', Buffer.alloc(body.length)],
  ['more bytes', Buffer.concat([body, body])],
])('%s than announced are not kept', async (_what, wrong) => {
  answer = (_request, response) => response.end(wrong);
  const folder = await aFolder();
  await expect(get(aResult(body), folder)).rejects.toMatchObject({ exitCode: 8 });
  expect((await readdir(folder)).filter((name) => !name.endsWith('.part'))).toEqual([]);
});

test('a refusal is told at once, with the sentence of the server', async () => {
  answer = (_request, response) =>
    response
      .writeHead(403)
      .end(JSON.stringify({ code: 'uws.job-of-another', message: 'Not yours.', requestId: '' }));
  await expect(get(aResult(body), await aFolder())).rejects.toMatchObject({
    exitCode: 4,
    message: 'Not yours.',
  });
  expect(asked).toHaveLength(1);
});

test('a file with other bytes is kept unless it may be replaced', async () => {
  answer = sendInPieces(body);
  const folder = await aFolder();
  const file = path.join(folder, 'image.bin');
  await writeFile(file, 'mine');
  await expect(get(aResult(body), folder)).rejects.toMatchObject({ exitCode: 2 });
  expect([await readFile(file, 'utf8'), asked]).toEqual(['mine', []]);
  await get(aResult(body), folder, true);
  expect((await readFile(file)).equals(body)).toBe(true);
});

test.each(['../evil', '/etc/evil', 'a/../../evil', '', '.', 'a//b', 'a/', '..\\evil', 'a\0b'])(
  'the file name %j leads nowhere',
  async (fileName) => {
    const folder = await aFolder();
    await expect(get(aResult(body, { fileName }), folder)).rejects.toMatchObject({ exitCode: 8 });
    expect([await readdir(folder), asked]).toEqual([[], []]);
  },
);

test('a link in the folder is not followed out of it, nor is one replaced by what it points to', async () => {
  answer = sendInPieces(body);
  const folder = await aFolder();
  const outside = await aFolder();
  await symlink(outside, path.join(folder, 'plots'));
  await expect(get(aResult(body, { fileName: 'plots/a.bin' }), folder)).rejects.toMatchObject({
    exitCode: 8,
  });
  await writeFile(path.join(outside, 'victim'), 'untouched');
  await symlink(path.join(outside, 'victim'), path.join(folder, 'image.bin'));
  await get(aResult(body), folder, true);
  expect(await readFile(path.join(outside, 'victim'), 'utf8')).toBe('untouched');
  expect(await readdir(outside)).toEqual(['victim']);
});

test('whatever a file is called, it lies in the folder or is refused', async () => {
  const folder = await aFolder();
  const part = fc.oneof(
    fc.constantFrom('.', '..', '', 'a', '...', '~', '\\', 'b\n'),
    fc.string({ maxLength: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
      let place: string;
      try {
        place = await placeWithin(folder, parts.join('/'));
      } catch (error) {
        expect(error).toMatchObject({ exitCode: 8 });
        return;
      }
      expect(path.relative(folder, place)).not.toMatch(/^(\.\.(\/|$)|\/|$)/);
    }),
    { numRuns: 300 },
  );
});
