import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anOwner, countObjects, type FilesUnderTest, freshBytes, keyOf } from './files.suite.ts';

export function readConformance(under: FilesUnderTest): void {
  const { files, db, store } = under;

  test('any range gives exactly these bytes', async () => {
    const bytes = freshBytes(20_000);
    const large = await files.put(bytes, { namespace: 'result' });
    const owner = anOwner();
    const small = await db.transaction((tx) =>
      files.putSmall(tx, bytes.subarray(1), { namespace: 'result', owner }),
    );
    const range = fc.tuple(fc.nat(19_998), fc.option(fc.nat(30_000), { nil: undefined }));
    await fc.assert(
      fc.asyncProperty(range, async ([start, more]) => {
        const wanted = { start, ...(more === undefined ? {} : { end: start + more }) };
        for (const [sha256, whole] of [
          [large.sha256, bytes],
          [small.sha256, bytes.subarray(1)],
        ] as const) {
          const { stream, sizeBytes, range } = await files.open(sha256, 'result', wanted);
          const slice = whole.subarray(start, more === undefined ? undefined : start + more + 1);
          expect((await buffer(stream)).equals(slice)).toBe(true);
          expect([sizeBytes, range]).toEqual([whole.length, { start, end: start + slice.length - 1 }]);
        }
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    [{ start: 1000 }],
    [{ start: -1 }],
    [{ start: 5, end: 4 }],
    [{ start: 0.5 }],
    [{ start: 0, end: Number.NaN }],
  ])('the range %o of 1,000 bytes is refused', async (range) => {
    const { sha256 } = await files.put(freshBytes(1000), { namespace: 'result' });
    await expect(files.open(sha256, 'result', range)).rejects.toMatchObject({
      code: 'files.range-unsatisfiable',
    });
  });

  test('a stream that nobody reads to its end can be closed', async () => {
    const { sha256 } = await files.put(freshBytes(3 * 1024 ** 2), { namespace: 'result' });
    const { stream } = await files.open(sha256, 'result');
    for await (const chunk of stream) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(stream.destroyed).toBe(true);
  });

  test('a namespace has only what was put into it or is kept in it', async () => {
    const { sha256 } = await files.put(freshBytes(), { namespace: 'result' });
    for (const namespace of ['reference', 'cache', 'sample'] as const) {
      await expect(files.open(sha256, namespace)).rejects.toMatchObject({
        code: 'files.blob-missing',
        kind: 'missing',
      });
    }
    await db.transaction((tx) => files.reference(tx, sha256, 'reference', anOwner()));
    expect((await files.stat(sha256, 'reference')).sizeBytes).toBe(1000);
    await expect(files.open(sha256, 'cache')).rejects.toMatchObject({ code: 'files.blob-missing' });
  });

  test('samples share nothing with other files', async () => {
    const bytes = freshBytes();
    const before = await countObjects(under);
    const { sha256 } = await files.put(bytes, { namespace: 'sample' });
    await files.put(Readable.from([bytes]), { namespace: 'result' });
    expect(await countObjects(under)).toBe(before + 2);
    const taken = db.transaction((tx) => files.reference(tx, sha256, 'reference', anOwner()));
    await expect(taken).resolves.toBeUndefined();
    const other = await files.put(freshBytes(), { namespace: 'sample' });
    const stolen = db.transaction((tx) => files.reference(tx, other.sha256, 'result', anOwner()));
    await expect(stolen).rejects.toMatchObject({ code: 'files.blob-missing' });
  });

  test('a reference file gets a place on the disk, read-only, and keeps it', async () => {
    const bytes = freshBytes();
    const { sha256 } = await files.put(bytes, { namespace: 'reference' });
    const target = path.join(await under.folder(), 'map.fits');
    expect(await files.link(sha256, target)).toBe(store.kind === 'disk' ? 'hard-link' : 'copy');
    expect(await readFile(target)).toEqual(bytes);
    expect((await stat(target)).mode & 0o777).toBe(0o444);
    await store.remove(await keyOf(under, sha256, 'reference'));
    expect(await readFile(target)).toEqual(bytes);
  });

  test('results, cache and small files get a copy of their own', async () => {
    const folder = await under.folder();
    const bytes = freshBytes();
    const { sha256 } = await files.put(bytes, { namespace: 'result' });
    expect(await files.link(sha256, path.join(folder, 'result'), 'result')).toMatch(/^(reflink|copy)$/);
    const owner = anOwner();
    const small = await db.transaction((tx) =>
      files.putSmall(tx, freshBytes(10), { namespace: 'reference', owner }),
    );
    expect(await files.link(small.sha256, path.join(folder, 'small'))).toBe('copy');
    for (const [name, size] of [
      ['result', 1000],
      ['small', 10],
    ] as const) {
      const found = await stat(path.join(folder, name));
      expect([found.size, found.nlink, found.mode & 0o777]).toEqual([size, 1, 0o444]);
    }
  });

  test('a place that is taken is left as it is', async () => {
    const { sha256 } = await files.put(freshBytes(), { namespace: 'reference' });
    const target = path.join(await under.folder(), 'taken');
    await writeFile(target, 'mine');
    await expect(files.link(sha256, target)).rejects.toMatchObject({
      code: 'files.path-taken',
      kind: 'conflict',
    });
    await db.transaction((tx) => files.reference(tx, sha256, 'result', anOwner()));
    await expect(files.link(sha256, target, 'result')).rejects.toMatchObject({ code: 'files.path-taken' });
    expect((await readFile(target)).toString()).toBe('mine');
  });

  test('a sample never gets a place, whatever it is asked as', async () => {
    const { sha256 } = await files.put(freshBytes(), { namespace: 'sample' });
    const target = path.join(await under.folder(), 'virus');
    await expect(files.link(sha256, target)).rejects.toMatchObject({ code: 'files.blob-missing' });
    const asked = files.link(sha256, target, 'sample' as 'result');
    await expect(asked).rejects.toMatchObject({ code: 'files.sample-not-linkable' });
  });

  test('lost bytes are found by a check and mended by the next upload', async () => {
    const bytes = freshBytes();
    const { sha256 } = await files.put(bytes, { namespace: 'result' });
    expect(await files.verify(sha256, 'result')).toBe('intact');
    expect((await files.stat(sha256, 'result')).verifiedAt).toBeInstanceOf(Date);
    await store.remove(await keyOf(under, sha256, 'result'));
    await expect(files.open(sha256, 'result')).rejects.toMatchObject({ code: 'files.bytes-missing' });
    expect(await files.verify(sha256, 'result')).toBe('damaged');
    expect((await files.stat(sha256, 'result')).damagedAt).toBeInstanceOf(Date);
    await files.put(bytes, { namespace: 'result' });
    expect((await files.stat(sha256, 'result')).damagedAt).toBeNull();
    expect(await buffer((await files.open(sha256, 'result')).stream)).toEqual(bytes);
  });

  test('a list goes on where the page before ended', async () => {
    const put = await Promise.all(
      Array.from({ length: 5 }, () => files.put(freshBytes(), { namespace: 'reference' })),
    );
    const pages: string[] = [];
    for (let after = ''; ; ) {
      const page = await files.list({ namespace: 'reference', after, limit: 2 });
      if (page.length === 0) break;
      pages.push(...page.map((blob) => blob.sha256));
      after = page.at(-1)?.sha256 ?? '';
    }
    expect(pages).toEqual([...pages].sort());
    expect(new Set(pages).size).toBe(pages.length);
    expect(pages).toEqual(expect.arrayContaining(put.map((blob) => blob.sha256)));
  });

  test('usage counts each blob once in each namespace', async () => {
    const before = await files.usage();
    const { sha256 } = await files.put(freshBytes(700), { namespace: 'cache' });
    await db.transaction(async (tx) => {
      await files.reference(tx, sha256, 'cache', anOwner());
      await files.reference(tx, sha256, 'cache', anOwner());
      await files.reference(tx, sha256, 'result', anOwner());
    });
    const grown = (await files.usage()).map(({ namespace, blobs, sizeBytes }, index) => [
      namespace,
      blobs - (before[index]?.blobs ?? 0),
      sizeBytes - (before[index]?.sizeBytes ?? 0),
    ]);
    expect(grown).toEqual([
      ['reference', 0, 0],
      ['result', 1, 700],
      ['cache', 1, 700],
      ['sample', 0, 0],
    ]);
  });
}
