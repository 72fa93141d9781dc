import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { pauseGarbage, resumeGarbage } from '../../server/src/core/files/index.ts';
import {
  anOwner,
  countObjects,
  endHolds,
  type FilesUnderTest,
  freshBytes,
  keyOf,
  untilSomebodyWaits,
} from './files.suite.ts';

export function holdConformance(under: FilesUnderTest): void {
  const { files, db, store } = under;
  const isThere = (sha256: string) =>
    files.open(sha256, 'result').then(
      async ({ stream }) => (await buffer(stream)).length === 1000,
      () => false,
    );

  test('what nobody took is gone with the end of its hold, and what a service refers to stays', async () => {
    await using hold = files.hold('result');
    const [refused, taken] = [await hold.put(freshBytes(), {}), await hold.put(freshBytes(), {})];
    const key = await keyOf(under, refused.sha256, 'result');
    await db.transaction((tx) => files.reference(tx, taken.sha256, 'result', anOwner()));
    expect([await isThere(refused.sha256), await isThere(taken.sha256)]).toEqual([true, true]);
    await hold.end();
    await hold.end();
    expect([await isThere(refused.sha256), await isThere(taken.sha256)]).toEqual([false, true]);
    expect(await store.size(key)).toBeNull();
    expect(await db.sql`select from core.blob_removal where store_key = ${key}`).toHaveLength(0);
    await files.collectGarbage();
    expect(await isThere(taken.sha256)).toBe(true);
  });

  test('equal bytes that somebody else holds stay until the last of them lets go', async () => {
    const [first, second] = [files.hold('result'), files.hold('result')];
    const bytes = freshBytes();
    const { sha256 } = await first.put(bytes, {});
    await second.put(bytes, {});
    await first.end();
    expect(await isThere(sha256)).toBe(true);
    await second.end();
    expect(await isThere(sha256)).toBe(false);
  });

  test('an ordinary upload of equal bytes, earlier or later, is kept its day', async () => {
    for (const isEarlier of [true, false]) {
      const hold = files.hold('result');
      const bytes = freshBytes();
      if (isEarlier) await files.put(bytes, { namespace: 'result' });
      const { sha256 } = await hold.put(bytes, { expected: { sizeBytes: 1000 } });
      if (!isEarlier) await files.put(bytes, { namespace: 'result' });
      await hold.end();
      await files.collectGarbage();
      expect(await isThere(sha256)).toBe(true);
    }
  });

  test('an upload under way is stopped by the end of its hold and leaves nothing', async () => {
    const before = await countObjects(under);
    const hold = files.hold('result');
    const source = new PassThrough();
    const putting = hold.put(source, {}).catch((error: Error) => error.message);
    source.write(freshBytes());
    await hold.end();
    expect(await putting).toBe('the hold has ended');
    await expect(hold.put(freshBytes(), {})).rejects.toThrow('the hold has ended');
    expect(await countObjects(under)).toBe(before);
  });

  test('what a process that died had in its hold goes after a day', async () => {
    const { sha256 } = await files.hold('result').put(freshBytes(), {});
    await files.collectGarbage();
    expect(await isThere(sha256)).toBe(true);
    await endHolds(under);
    await files.collectGarbage();
    expect(await isThere(sha256)).toBe(false);
  });

  test('while a backup is made nothing is removed; the next collection does it', async () => {
    const hold = files.hold('result');
    const { sha256 } = await hold.put(freshBytes(), {});
    const session = await db.direct.reserve();
    try {
      await pauseGarbage(session);
      await hold.end();
      expect(await db.sql`select from core.blob where sha256 = ${sha256}`).toHaveLength(1);
      await resumeGarbage(session);
    } finally {
      session.release();
    }
    await files.collectGarbage();
    expect(await db.sql`select from core.blob where sha256 = ${sha256}`).toHaveLength(0);
  });

  test('a hold that ends while a service is just referring to its bytes leaves them to it', async () => {
    const hold = files.hold('result');
    const { sha256 } = await hold.put(freshBytes(), {});
    await db.transaction(async (tx) => {
      await files.reference(tx, sha256, 'result', anOwner());
      await hold.end();
    });
    await files.collectGarbage();
    expect(await isThere(sha256)).toBe(true);
  });

  test('bytes that come again while the end of a hold removes them are there afterwards', async () => {
    const [first, second] = [files.hold('result'), files.hold('result')];
    const bytes = freshBytes();
    const { sha256 } = await first.put(bytes, {});
    let again: Promise<unknown> | undefined;
    await db.transaction(async (tx) => {
      await tx`select from core.blob where sha256 = ${sha256} for update`;
      again = second.put(bytes, {});
      await untilSomebodyWaits(under);
      await tx`delete from core.blob_reference where sha256 = ${sha256}`;
      await tx`
        with gone as (delete from core.blob where sha256 = ${sha256} returning store_key)
        insert into core.blob_removal (store_key) select store_key from gone`;
    });
    await again;
    await first.end();
    await files.collectGarbage();
    expect(await isThere(sha256)).toBe(true);
    await second.end();
  });

  test('ten requests bring the same bytes, some are refused: what was taken can be read, the rest is gone', async () => {
    const contents = Array.from({ length: 3 }, () => freshBytes());
    const fates = { taken: 0, readable: 0 };
    const request = async (worker: number) => {
      for (let round = 0; round < 10; round++) {
        const owner = anOwner(`worker ${worker}`);
        const isTaken = (worker + round) % 3 === 0;
        const { sha256 } = await (async () => {
          await using hold = files.hold('result');
          const blob = await hold.put(contents[(worker * 7 + round) % 3] as Buffer, {});
          if (isTaken) await db.transaction((tx) => files.reference(tx, blob.sha256, 'result', owner));
          return blob;
        })();
        if (!isTaken) continue;
        fates.taken++;
        if (await isThere(sha256)) fates.readable++;
        await db.transaction((tx) => files.release(tx, sha256, 'result', owner));
      }
    };
    const before = await countObjects(under);
    await Promise.all(Array.from({ length: 10 }, (_, worker) => request(worker)));
    expect(fates.taken).toBeGreaterThan(0);
    expect(fates.readable).toBe(fates.taken);
    await files.collectGarbage();
    expect(await countObjects(under)).toBe(before);
  }, 60_000);
}
