import { createWriteStream } from 'node:fs';
import { readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesConformance, freshBytes, keyOf } from '../../../../test/conformance/files.suite.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { silentLog } from '../log.ts';
import { createDiskStore } from './disk-store.ts';
import { createFiles } from './files.ts';

const db = await testDatabase();
const root = await temporaryFolder('files');
const folder = path.join(root, 'store');
const none = { minFreeBytes: 0, minFreePercent: 0 };
const store = createDiskStore({ folder, freeSpace: none });
await store.start();
const files = createFiles({ db, log: silentLog, store });
const under = {
  db,
  files,
  store,
  folder: () => temporaryFolder('folder', root),
  reach: ['disk', JSON.stringify({ folder, freeSpace: none })],
} as const;

describe('files on disk', () => filesConformance(under));

test('a blob is one file that nobody may write, a sample one that nobody else may read', async () => {
  for (const [namespace, mode] of [
    ['result', 0o444],
    ['sample', 0o400],
  ] as const) {
    const { sha256 } = await files.put(freshBytes(), { namespace });
    const key = await keyOf(under, sha256, namespace);
    expect(key).toMatch(new RegExp(`^(shared|sample)/${sha256.slice(0, 2)}/${sha256}\\.`));
    expect((await stat(path.join(folder, key))).mode & 0o777).toBe(mode);
  }
  for (const part of ['.', 'unfinished', 'shared/ab', 'sample/ab']) {
    expect((await stat(path.join(folder, part))).mode & 0o777).toBe(0o700);
  }
});

test('a hard link shares its bytes with the store', async () => {
  const { sha256 } = await files.put(freshBytes(), { namespace: 'reference' });
  const target = path.join(await under.folder(), 'a');
  await files.link(sha256, target);
  const key = await keyOf(under, sha256, 'reference');
  expect((await stat(target)).ino).toBe((await stat(path.join(folder, key))).ino);
});

test('on another device a reference file is copied', async (context) => {
  const other = await temporaryFolder('files', '/dev/shm').catch(() => null);
  if (other === null || (await statfs(other)).type === (await statfs(root)).type) return context.skip();
  const { sha256 } = await files.put(freshBytes(), { namespace: 'reference' });
  expect(await files.link(sha256, path.join(other, 'a'))).toBe('copy');
  expect((await stat(path.join(other, 'a'))).mode & 0o777).toBe(0o444);
  expect(await readdir(other)).toEqual(['a']);
});

test('changed bytes are found', async () => {
  const { sha256 } = await files.put(freshBytes(), { namespace: 'result' });
  const file = path.join(folder, await keyOf(under, sha256, 'result'));
  await rm(file);
  await writeFile(file, freshBytes());
  expect(await files.verify(sha256, 'result')).toBe('damaged');
});

test.each([
  ['2 GiB', { freeBytes: 2 * 1024 ** 3 - 1, totalBytes: 1e9 }],
  ['5 %', { freeBytes: 4.9e11, totalBytes: 1e13 }],
])('with less than %s free, new files are refused and others still read', async (_limit, space) => {
  let now = { freeBytes: 1e12, totalBytes: 1e13 };
  const full = createDiskStore({ folder, measure: async () => now });
  const there = createFiles({ db, log: silentLog, store: full });
  const { sha256 } = await there.put(freshBytes(), { namespace: 'result' });
  now = space;
  await expect(there.put(freshBytes(), { namespace: 'result' })).rejects.toMatchObject({
    kind: 'busy',
    code: 'files.disk-low',
  });
  (await there.open(sha256, 'result')).stream.destroy();
});

test('a disk that fills during an upload ends it, and the space is given back', async () => {
  let asked = 0;
  const measure = async () => ({ freeBytes: asked++ === 0 ? 1e12 : 0, totalBytes: 1e13 });
  const filling = createDiskStore({ folder, measure });
  const writer = await filling.begin('shared');
  const block = Buffer.alloc(64 * 1024 ** 2);
  const writing = (async () => {
    for (let part = 0; part < 5; part++) await writer.write(block);
  })();
  await expect(writing).rejects.toMatchObject({ code: 'files.disk-low' });
  await writer.abort();
  expect(await readdir(path.join(folder, 'unfinished'))).toEqual([]);
});

test('"no space left" of the system is the same as our own limit', async (context) => {
  // /dev/full answers every write with ENOSPC; the copy of a blob goes there through a symbolic name.
  const full = createWriteStream('/dev/full');
  const error = await new Promise<Error>((resolve) => full.once('error', resolve).write('x'));
  const { asDiskLow } = await import('./disk-space.ts');
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return context.skip();
  expect(asDiskLow(error)).toMatchObject({ kind: 'busy', code: 'files.disk-low' });
});

test('a file of another machine is left for a day', async () => {
  const name = path.join(folder, 'unfinished', '0123456789ab~1~1~xyz');
  await writeFile(name, 'x');
  expect(await store.removeUnfinished()).toBe(0);
  await rm(name);
});

test('a key that would leave the store is refused', async () => {
  for (const key of ['../secret', 'shared/../../x', '/etc/passwd', `shared/ab/${'a'.repeat(64)}.x/../y`]) {
    expect(() => store.open(key)).toThrow('is not a key of this store');
  }
});
