import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Tx } from '../../server/src/core/db/index.ts';
import {
  anOwner,
  countObjects,
  endHolds,
  type FilesUnderTest,
  freshBytes,
  keyOf,
  untilSomebodyWaits,
} from './files.suite.ts';

const abandonUpload = fileURLToPath(new URL('../support/abandon-upload.ts', import.meta.url));

export function garbageConformance(under: FilesUnderTest): void {
  const { files, db, store } = under;
  const put = async () => (await files.put(freshBytes(), { namespace: 'result' })).sha256;
  const isThere = (sha256: string) =>
    files.open(sha256, 'result').then(
      async ({ stream }) => (await buffer(stream)).length === 1000,
      () => false,
    );
  const lockBlob = (tx: Tx, sha256: string) =>
    tx`select 1 from core.blob where realm = 'shared' and sha256 = ${sha256} for update`;

  /** What a collection does to a blob, step by step for the tests that stop in between. */
  const collectOne = async (tx: Tx, sha256: string) => {
    await tx`delete from core.blob_reference where sha256 = ${sha256}`;
    await tx`
      with gone as (delete from core.blob where sha256 = ${sha256} returning store_key)
      insert into core.blob_removal (store_key) select store_key from gone`;
  };

  test('an upload that no service takes goes when its hold ends, not before', async () => {
    const sha256 = await put();
    const key = await keyOf(under, sha256, 'result');
    await files.collectGarbage();
    expect(await isThere(sha256)).toBe(true);
    await endHolds(under);
    const garbage = await files.collectGarbage();
    expect(garbage.blobsRemoved).toBeGreaterThan(0);
    expect(await isThere(sha256)).toBe(false);
    expect(await store.size(key)).toBeNull();
  });

  test('a blob lives while it has a reference, and goes with the last one', async () => {
    const sha256 = await put();
    const [first, second] = [anOwner(), anOwner()];
    await db.transaction(async (tx) => {
      await files.reference(tx, sha256, 'result', first);
      await files.reference(tx, sha256, 'result', first);
      await files.reference(tx, sha256, 'result', second);
    });
    await endHolds(under);
    const release = (owner: typeof first) =>
      db.transaction((tx) => files.release(tx, sha256, 'result', owner));
    expect(await release(first)).toBe(true);
    expect(await release(first)).toBe(false);
    await files.collectGarbage();
    expect(await isThere(sha256)).toBe(true);
    expect(await release(second)).toBe(true);
    await files.collectGarbage();
    expect(await isThere(sha256)).toBe(false);
  });

  test('an object gives up all its files at once', async () => {
    const owner = anOwner();
    const hashes = [await put(), await put()];
    const small = await db.transaction(async (tx) => {
      for (const [index, sha256] of hashes.entries()) {
        await files.reference(tx, sha256, 'result', { ...owner, name: `part-${index}` });
      }
      return files.putSmall(tx, freshBytes(10), { namespace: 'result', owner });
    });
    const owned = await files.owned(owner);
    expect(owned.map((file) => [file.name, file.sha256])).toEqual([
      ['part-0', hashes[0]],
      ['part-1', hashes[1]],
      ['result.fits', small.sha256],
    ]);
    expect(await db.transaction((tx) => files.releaseOwner(tx, owner))).toBe(3);
    await endHolds(under);
    await files.collectGarbage();
    expect(await files.owned(owner)).toEqual([]);
    for (const sha256 of [...hashes, small.sha256]) {
      await expect(files.stat(sha256, 'result')).rejects.toMatchObject({ code: 'files.blob-missing' });
    }
  });

  test('a release that is rolled back releases nothing', async () => {
    const sha256 = await put();
    const owner = anOwner();
    await db.transaction((tx) => files.reference(tx, sha256, 'result', owner));
    await endHolds(under);
    const failed = db.transaction(async (tx) => {
      await files.release(tx, sha256, 'result', owner);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    await files.collectGarbage();
    expect(await isThere(sha256)).toBe(true);
  });

  test('a reference that is not committed yet protects its blob', async () => {
    const sha256 = await put();
    await endHolds(under);
    await db.transaction(async (tx) => {
      await files.reference(tx, sha256, 'result', anOwner());
      await files.collectGarbage();
    });
    await files.collectGarbage();
    expect(await isThere(sha256)).toBe(true);
  });

  test('a reference that comes while its blob is removed is refused, not left dangling', async () => {
    const sha256 = await put();
    let refused: Promise<unknown> | undefined;
    await db.transaction(async (tx) => {
      await lockBlob(tx, sha256);
      refused = db
        .transaction((other) => files.reference(other, sha256, 'result', anOwner()))
        .catch((error: { code: string }) => error.code);
      await untilSomebodyWaits(under);
      await collectOne(tx, sha256);
    });
    expect(await refused).toBe('files.blob-missing');
  });

  test('bytes that come again while their blob is removed are there afterwards', async () => {
    const bytes = freshBytes();
    const { sha256 } = await files.put(bytes, { namespace: 'result' });
    const old = await keyOf(under, sha256, 'result');
    await endHolds(under);
    let again: Promise<unknown> | undefined;
    await db.transaction(async (tx) => {
      await lockBlob(tx, sha256);
      again = files.put(bytes, { namespace: 'result' });
      await untilSomebodyWaits(under);
      await collectOne(tx, sha256);
    });
    await again;
    await files.collectGarbage();
    expect(await store.size(old)).toBeNull();
    expect(await isThere(sha256)).toBe(true);
  });

  test('ten services take and forget the same files while garbage is collected: what is kept can be read', async () => {
    const contents = Array.from({ length: 4 }, () => freshBytes());
    let collecting = true;
    const collections = Promise.all(
      Array.from({ length: 2 }, async () => {
        for (; collecting; ) {
          await endHolds(under);
          await files.collectGarbage({ partsSwept: 1, batch: 3 });
        }
      }),
    );
    const outcome = { kept: 0, readable: 0, late: 0 };
    const takeAndForget = async (worker: number) => {
      for (let round = 0; round < 12; round++) {
        const bytes = contents[(worker + round) % contents.length] as Buffer;
        const owner = anOwner(`worker ${worker}`);
        const { sha256 } = await files.put(bytes, { namespace: 'result' });
        const taken = await db
          .transaction((tx) => files.reference(tx, sha256, 'result', owner))
          .then(
            () => true,
            (error: { code?: string }) => {
              // Its hold was ended at once by this test: then it has to be told so.
              expect(error.code).toBe('files.blob-missing');
              return false;
            },
          );
        if (!taken) {
          outcome.late++;
          continue;
        }
        outcome.kept++;
        if (await isThere(sha256)) outcome.readable++;
        await db.transaction((tx) => files.release(tx, sha256, 'result', owner));
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, worker) => takeAndForget(worker)));
    collecting = false;
    await collections;
    expect(outcome.readable).toBe(outcome.kept);
    expect(outcome.kept + outcome.late).toBe(120);
    expect(outcome.kept).toBeGreaterThan(0);
  }, 120_000);

  test('bytes without a row are removed two hours later, unless their row came', async () => {
    const place = async (sha256: string) => {
      const writer = await store.begin('shared');
      await writer.write(freshBytes());
      return writer.finish(sha256);
    };
    const [stray, late] = [await place('a'.repeat(64)), await place('b'.repeat(64))];
    expect((await files.collectGarbage({ partsSwept: 256 })).strayFound).toBe(2);
    expect(await store.size(stray)).toBe(1000);
    await db.sql`
      insert into core.blob (realm, sha256, size_bytes, store_key) values ('shared', ${'b'.repeat(64)}, 1000, ${late})`;
    await db.sql`update core.blob_removal set due_at = due_at - interval '119 minutes'`;
    await files.collectGarbage({ partsSwept: 256 });
    expect(await store.size(stray)).toBe(1000);
    await db.sql`update core.blob_removal set due_at = due_at - interval '2 minutes'`;
    await files.collectGarbage({ partsSwept: 256 });
    expect([await store.size(stray), await store.size(late)]).toEqual([null, 1000]);
    await db.sql`delete from core.blob where store_key = ${late}`;
    await store.remove(late);
  });

  test('what is left of collected files is removed even when the process died before', async () => {
    const sha256 = await put();
    const key = await keyOf(under, sha256, 'result');
    await db.transaction((tx) => collectOne(tx, sha256));
    await store.remove(key);
    await files.collectGarbage();
    expect(await db.sql`select 1 from core.blob_removal where store_key = ${key}`).toHaveLength(0);
  });

  test('unfinished uploads of a killed process are removed, those of a living one go on', async () => {
    await store.removeUnfinished();
    const before = await countObjects(under);
    const mine = await store.begin('shared');
    await mine.write(freshBytes(6 * 1024 ** 2));
    const child = spawn(process.execPath, [abandonUpload, ...under.reach], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(await store.removeUnfinished()).toBe(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await store.removeUnfinished()).toBe(1);
    const key = await mine.finish('c'.repeat(64));
    expect(await store.size(key)).toBe(6 * 1024 ** 2);
    await store.remove(key);
    expect(await countObjects(under)).toBe(before);
  }, 60_000);
}
