import { mkdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { lookAtFile, multipartBody } from './multipart-body.ts';

const folder = await temporaryFolder('multipart');

/** Reads a body as a server does. */
async function parse(contentType: string, bytes: Buffer): Promise<FormData> {
  return await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
}

async function aFile(fileName: string, bytes: Uint8Array | string): Promise<string> {
  const file = path.join(folder, fileName);
  await writeFile(file, bytes);
  return file;
}

test('whatever text and bytes go in come out, and the length is known beforehand', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string(),
      fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 3 }),
      async (text, contents) => {
        const files = await Promise.all(
          contents.map(async (bytes, n) => lookAtFile(`part${n}`, await aFile(`file ${n}.bin`, bytes))),
        );
        const { contentType, length, chunks } = multipartBody(
          { name: 'job', text: JSON.stringify(text) },
          files,
        );
        const bytes = await buffer(chunks);
        expect(bytes.length).toBe(length);
        const form = await parse(contentType, bytes);
        expect(JSON.parse(String(form.get('job')))).toBe(text);
        for (const [n, content] of contents.entries()) {
          const part = form.get(`part${n}`) as File;
          expect([part.name, Buffer.from(await part.arrayBuffer()).equals(content)]).toEqual([
            `file ${n}.bin`,
            true,
          ]);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('names cannot end a header', async () => {
  const file = await lookAtFile('a"\r\nx: y', await aFile('quo"te\r\n.bin', 'bytes'));
  const { contentType, chunks } = multipartBody({ name: 'job', text: '{}' }, [file]);
  const bytes = await buffer(chunks);
  expect(bytes.toString()).toContain('name="a%22%0D%0Ax: y"; filename="quo%22te%0D%0A.bin"');
  expect([...(await parse(contentType, bytes)).keys()]).toHaveLength(2);
});

test('a file that shrinks while it is sent is a failure; one that grows is sent as it was', async () => {
  const shrinking = await lookAtFile('body', await aFile('shrinking', Buffer.alloc(1_000_000)));
  const growing = await lookAtFile('body', await aFile('growing', 'as it was'));
  const first = multipartBody({ name: 'job', text: '{}' }, [shrinking]);
  const second = multipartBody({ name: 'job', text: '{}' }, [growing]);
  await truncate(shrinking.file, 10);
  await writeFile(growing.file, 'as it was, and more');
  await expect(buffer(first.chunks)).rejects.toMatchObject({ exitCode: 2 });
  expect((await buffer(second.chunks)).length).toBe(second.length);
});

test('what is no regular file is refused before anything is sent', async () => {
  await mkdir(path.join(folder, 'sub'));
  for (const name of ['nosuch', 'sub', '/dev/zero']) {
    await expect(lookAtFile('body', path.resolve(folder, name))).rejects.toMatchObject({ exitCode: 2 });
  }
});

test('what was sent is counted to the last byte', async () => {
  const counts: number[] = [];
  const file = await lookAtFile('body', await aFile('counted', Buffer.alloc(600_000)));
  const { length, chunks } = multipartBody({ name: 'job', text: '{}' }, [file], (bytes) =>
    counts.push(bytes),
  );
  await buffer(chunks);
  expect(counts.at(-1)).toBe(length);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
});
