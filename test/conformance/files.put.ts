import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anOwner, countObjects, type FilesUnderTest, freshBytes } from './files.suite.ts';

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export function putConformance(under: FilesUnderTest): void {
  const { files, db } = under;

  test('what was put comes back byte for byte', async () => {
    const bytes = freshBytes();
    const blob = await files.put(Readable.from([bytes.subarray(0, 300), bytes.subarray(300)]), {
      namespace: 'result',
    });
    expect(blob).toEqual({ sha256: sha256Of(bytes), sizeBytes: 1000 });
    const { stream, sizeBytes } = await files.open(blob.sha256, 'result');
    expect(await buffer(stream)).toEqual(bytes);
    expect(sizeBytes).toBe(1000);
  });

  test('a file without bytes is a file', async () => {
    for (const source of [Buffer.alloc(0), Readable.from([])]) {
      const blob = await files.put(source, { namespace: 'cache' });
      expect(blob).toEqual({ sha256: sha256Of(Buffer.alloc(0)), sizeBytes: 0 });
      expect(await buffer((await files.open(blob.sha256, 'cache')).stream)).toHaveLength(0);
    }
  });

  test('other checksums are computed when wanted, also for bytes that are there already', async () => {
    const bytes = Buffer.from('Wikipedia');
    await files.put(bytes, { namespace: 'result' });
    const wanted = {
      sha256: sha256Of(bytes),
      sizeBytes: 9,
      md5: createHash('md5').update(bytes).digest('hex'),
      sha1: createHash('sha1').update(bytes).digest('hex'),
      adler32: '11e60398',
    };
    expect(await files.put(bytes, { namespace: 'result', alsoHash: ['md5', 'sha1', 'adler32'] })).toEqual(
      wanted,
    );
    expect(await files.stat(wanted.sha256, 'result')).toMatchObject(wanted);
  });

  test('several parts of any size make one file', async () => {
    const bytes = freshBytes(17 * 1024 ** 2 + 13);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 5 }), async (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const parts = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        // Not known in advance, so that each run really writes: the first byte is another one each time.
        const salt = freshBytes(8);
        const blob = await files.put(Readable.from([salt, ...parts]), { namespace: 'cache' });
        const back = await buffer((await files.open(blob.sha256, 'cache')).stream);
        expect(back.equals(Buffer.concat([salt, bytes]))).toBe(true);
      }),
      { numRuns: 3 },
    );
  }, 120_000);

  test('the same bytes are one blob, also when twenty send them at once', async () => {
    const bytes = freshBytes(50_000);
    const before = await countObjects(under);
    const blobs = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        files.put(index % 2 === 0 ? bytes : Readable.from([bytes]), { namespace: 'result' }),
      ),
    );
    expect(new Set(blobs.map((blob) => blob.sha256)).size).toBe(1);
    expect(await countObjects(under)).toBe(before + 1);
  });

  test.each([
    ['another checksum', { sha256: '0'.repeat(64) }, 'files.digest-mismatch'],
    ['too few bytes', { sizeBytes: 1001 }, 'files.size-mismatch'],
    ['too many bytes', { sizeBytes: 999 }, 'files.size-mismatch'],
    ['a checksum that is none', { sha256: 'ABC' }, 'files.digest-malformed'],
  ])('%s than announced is refused, and nothing is kept', async (_case, expected, code) => {
    const bytes = freshBytes();
    const before = await countObjects(under);
    for (const source of [bytes, Readable.from([bytes])]) {
      await expect(files.put(source, { namespace: 'result', expected })).rejects.toMatchObject({
        kind: 'invalid',
        code,
      });
    }
    await expect(files.stat(sha256Of(bytes), 'result')).rejects.toMatchObject({ code: 'files.blob-missing' });
    expect(await countObjects(under)).toBe(before);
  });

  test('a file over the limit is refused before more of it is taken', async () => {
    let given = 0;
    const endless = new Readable({
      read() {
        given += 10_000;
        this.push(Buffer.alloc(10_000));
      },
    });
    const before = await countObjects(under);
    await expect(files.put(endless, { namespace: 'result', maxBytes: 100_000 })).rejects.toMatchObject({
      kind: 'too-large',
      code: 'files.size-exceeded',
    });
    expect(given).toBeLessThan(300_000);
    // The answer that says so may still need the connection behind the source.
    expect(endless.destroyed).toBe(false);
    endless.destroy();
    await expect(files.put(freshBytes(), { namespace: 'result', maxBytes: 999 })).rejects.toMatchObject({
      code: 'files.size-exceeded',
    });
    expect(await countObjects(under)).toBe(before);
    expect((await files.put(freshBytes(), { namespace: 'result', maxBytes: 1000 })).sizeBytes).toBe(1000);
  });

  test('a sender that stalls can be given up', async () => {
    const stalled = new Readable({ read() {} });
    stalled.push(freshBytes());
    const controller = new AbortController();
    const before = await countObjects(under);
    const put = files.put(stalled, { namespace: 'result', signal: controller.signal });
    controller.abort(new Error('the client left'));
    await expect(put).rejects.toThrow('the client left');
    expect(await countObjects(under)).toBe(before);
  });

  test('a source that fails in the middle leaves nothing', async () => {
    const before = await countObjects(under);
    const broken = Readable.from(
      (function* () {
        yield freshBytes(6 * 1024 ** 2);
        throw new Error('connection lost');
      })(),
    );
    await expect(files.put(broken, { namespace: 'result' })).rejects.toThrow('connection lost');
    expect(await countObjects(under)).toBe(before);
  });

  test('announced bytes that are there already are compared all the same', async () => {
    const bytes = freshBytes();
    const expected = { sha256: sha256Of(bytes) };
    await files.put(bytes, { namespace: 'result' });
    const before = await countObjects(under);
    expect(await files.put(Readable.from([bytes]), { namespace: 'cache', expected })).toMatchObject(expected);
    expect(await buffer((await files.open(expected.sha256, 'cache')).stream)).toEqual(bytes);
    await expect(
      files.put(Readable.from([freshBytes()]), { namespace: 'cache', expected }),
    ).rejects.toMatchObject({ code: 'files.digest-mismatch' });
    expect(await countObjects(under)).toBe(before);
  });

  test('to announce a checksum gives no access to its bytes', async () => {
    const secret = await files.put(freshBytes(), { namespace: 'result' });
    const expected = { sha256: secret.sha256 };
    await expect(
      files.put(Readable.from(['something else']), { namespace: 'cache', expected }),
    ).rejects.toMatchObject({ code: 'files.digest-mismatch' });
    await expect(files.open(secret.sha256, 'cache')).rejects.toMatchObject({ code: 'files.blob-missing' });
    const listed = await files.list({ namespace: 'cache' });
    expect(listed.map((blob) => blob.sha256)).not.toContain(secret.sha256);
  });

  test('a small file commits with its transaction', async () => {
    const bytes = freshBytes(100);
    const sha256 = sha256Of(bytes);
    const owner = anOwner();
    const before = await countObjects(under);
    const failed = db.transaction(async (tx) => {
      await files.putSmall(tx, bytes, { namespace: 'result', owner });
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    await expect(files.stat(sha256, 'result')).rejects.toMatchObject({ code: 'files.blob-missing' });
    const blob = await db.transaction((tx) =>
      files.putSmall(tx, bytes, { namespace: 'result', owner, alsoHash: ['adler32'] }),
    );
    expect(blob).toMatchObject({ sha256, sizeBytes: 100, adler32: expect.stringMatching(/^[0-9a-f]{8}$/) });
    expect(await buffer((await files.open(sha256, 'result')).stream)).toEqual(bytes);
    expect(await countObjects(under)).toBe(before);
  });

  test('a small file of 32 KiB is refused', async () => {
    const small = { namespace: 'result', owner: anOwner() } as const;
    const put = (length: number) => db.transaction((tx) => files.putSmall(tx, freshBytes(length), small));
    await expect(put(32_768)).rejects.toMatchObject({ code: 'files.size-exceeded' });
    expect((await put(32_767)).sizeBytes).toBe(32_767);
  });

  test('a small file and a large one with the same bytes are one blob', async () => {
    const [first, second] = [freshBytes(100), freshBytes(100)];
    const small = (bytes: Buffer) =>
      db.transaction((tx) => files.putSmall(tx, bytes, { namespace: 'result', owner: anOwner() }));
    await files.put(first, { namespace: 'result' });
    await small(first);
    await small(second);
    await files.put(second, { namespace: 'reference' });
    await Promise.all(Array.from({ length: 5 }, () => small(second)));
    expect(await buffer((await files.open(sha256Of(first), 'result')).stream)).toEqual(first);
    expect(await buffer((await files.open(sha256Of(second), 'reference')).stream)).toEqual(second);
  });
}
