import { hash } from 'node:crypto';
import { readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { hashFile, readPacked, readPackedLines, writePacked } from './packed-file.ts';

const folder = await temporaryFolder('packed');

async function gather(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readPacked(file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('what was packed comes back, and the hash is that of the file', async () => {
  const file = path.join(folder, 'one');
  const chunks = Array.from({ length: 500 }, (_, index) => Buffer.from(`row ${index}\tgrün\n`.repeat(50)));
  const written = await writePacked(chunks, file);
  expect(await gather(file)).toEqual(Buffer.concat(chunks));
  expect(written.sha256).toBe(hash('sha256', await readFile(file)));
  expect(await hashFile(file)).toEqual(written);
});

test('lines come whole, also when chunks cut through them', async () => {
  const file = path.join(folder, 'lines');
  const text = Buffer.from(Array.from({ length: 30_000 }, (_, index) => `${index} größe\n`).join(''));
  await writePacked([text.subarray(0, 9), text.subarray(9)], file);
  const lines: string[] = [];
  for await (const line of readPackedLines(file)) lines.push(line);
  expect(lines).toHaveLength(30_000);
  expect(lines[29_999]).toBe('29999 größe');
});

test('a file cut short is an error, not an end', async () => {
  const file = path.join(folder, 'short');
  const { fileBytes } = await writePacked([Buffer.alloc(100_000, 'abcdefg')], file);
  await truncate(file, fileBytes - 5);
  await expect(gather(file)).rejects.toThrow();
});

test('a file is never written over', async () => {
  const file = path.join(folder, 'twice');
  await writePacked([Buffer.from('first')], file);
  await expect(writePacked([Buffer.from('second')], file)).rejects.toMatchObject({ code: 'EEXIST' });
  expect((await gather(file)).toString()).toBe('first');
});
