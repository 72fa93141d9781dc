import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { createLocks, type Lease } from './index.ts';

const db = await testDatabase();
const locks = createLocks();

beforeEach(async () => {
  await db.sql`truncate core.lock`;
});

/** Moves the end of a lease into the past, as time would. */
async function expire(name: string): Promise<void> {
  await db.sql`update core.lock set expires_at = clock_timestamp() - interval '1 ms' where name = ${name}`;
}

async function acquired(name: string, owner: string): Promise<Lease> {
  const lease = await locks.acquire(db.sql, name, owner, 60, 'why');
  if (lease === null) throw new Error(`${owner} did not get ${name}`);
  return lease;
}

test('a lock is held by one owner until it is released', async () => {
  const lease = await acquired('delivery', 'ada');
  expect(await locks.acquire(db.sql, 'delivery', 'ben', 60)).toBeNull();
  expect(await locks.find(db.sql, 'delivery')).toMatchObject({
    owner: 'ada',
    note: 'why',
    fence: lease.fence,
  });
  expect(await locks.release(db.sql, 'delivery', lease.fence)).toBe(true);
  expect((await acquired('delivery', 'ben')).fence).toBeGreaterThan(lease.fence);
});

test('an expired lock goes to the next who asks, and the former holder can do nothing with it', async () => {
  const old = await acquired('delivery', 'ada');
  await expire('delivery');
  expect(await locks.find(db.sql, 'delivery')).toBeNull();
  expect(await locks.renew(db.sql, 'delivery', old.fence, 60)).toBeNull();
  const next = await acquired('delivery', 'ben');
  expect(next.fence).toBeGreaterThan(old.fence);
  expect(await locks.release(db.sql, 'delivery', old.fence)).toBe(false);
  await expect(db.transaction((tx) => locks.assertHeld(tx, 'delivery', old.fence))).rejects.toMatchObject({
    code: 'locks.lock-lost',
  });
  await db.transaction((tx) => locks.assertHeld(tx, 'delivery', next.fence));
});

test('the same owner takes it again with a new fence, which ends the earlier lease', async () => {
  const first = await acquired('delivery', 'ada');
  const second = await acquired('delivery', 'ada');
  expect(second.fence).toBeGreaterThan(first.fence);
  expect(await locks.renew(db.sql, 'delivery', first.fence, 60)).toBeNull();
  expect(await locks.renew(db.sql, 'delivery', second.fence, 60)).toMatchObject({ fence: second.fence });
});

test('a renewal moves the end', async () => {
  const lease = await acquired('delivery', 'ada');
  const renewed = await locks.renew(db.sql, 'delivery', lease.fence, 3600);
  expect(renewed?.expiresAt.getTime()).toBeGreaterThan(lease.expiresAt.getTime() + 3_000_000);
});

test('breaking a lock names the one who held it', async () => {
  const lease = await acquired('delivery', 'ada');
  expect(await locks.force(db.sql, 'delivery')).toMatchObject({ owner: 'ada', fence: lease.fence });
  expect(await locks.force(db.sql, 'delivery')).toBeNull();
  expect(await locks.renew(db.sql, 'delivery', lease.fence, 60)).toBeNull();
});

test('a lock taken in a transaction that rolls back was never taken', async () => {
  const undone = db.transaction(async (tx) => {
    await locks.acquire(tx, 'delivery', 'ada', 60);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await acquired('delivery', 'ben');
});

test('what is proven held stays held until the transaction ends, even when its time runs out', async () => {
  const lease = await acquired('delivery', 'ada');
  await db.sql`update core.lock set expires_at = clock_timestamp() + interval '50 ms' where name = 'delivery'`;
  const { promise: checked, resolve: isChecked } = Promise.withResolvers<void>();
  const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
  const order: string[] = [];
  const holding = db.transaction(async (tx) => {
    await locks.assertHeld(tx, 'delivery', lease.fence);
    isChecked();
    await release;
    order.push('effect');
  });
  await checked;
  await db.sql`select pg_sleep(0.06)`;
  const taking = locks.acquire(db.sql, 'delivery', 'ben', 60).then((taken) => {
    order.push('taken');
    return taken;
  });
  letGo();
  await holding;
  expect((await taking)?.fence).toBeGreaterThan(lease.fence);
  expect(order).toEqual(['effect', 'taken']);
});

test('of many who ask at once one gets it', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => locks.acquire(db.sql, 'delivery', `owner ${n}`, 60)),
  );
  expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
});

test('the list shows held locks by name, page by page', async () => {
  for (const name of ['a.1', 'a.2', 'a.3', 'b.1']) await acquired(name, 'ada');
  await expire('a.2');
  const first = await locks.list(db.sql, { prefix: 'a.', limit: 1 });
  const second = await locks.list(db.sql, { prefix: 'a.', after: 'a.1' });
  expect([first, second].map((page) => page.map((lock) => lock.name))).toEqual([['a.1'], ['a.3']]);
});

test('through any sequence of calls there is one valid fence at most, and fences only rise', async () => {
  const step = fc.oneof(
    fc.record({ call: fc.constant('acquire' as const), owner: fc.constantFrom('ada', 'ben', 'cleo') }),
    fc.record({ call: fc.constantFrom('renew' as const, 'release' as const), at: fc.nat(20) }),
    fc.record({ call: fc.constantFrom('force' as const, 'expire' as const) }),
  );
  const walk = fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
    await db.sql`truncate core.lock`;
    const fences: number[] = [];
    let valid: { owner: string; fence: number } | null = null;
    for (const next of steps) {
      if (next.call === 'acquire') {
        const lease = await locks.acquire(db.sql, 'walk', next.owner, 60);
        expect(lease !== null).toBe(valid === null || valid.owner === next.owner);
        if (lease !== null) {
          expect(lease.fence).toBeGreaterThan(fences.at(-1) ?? 0);
          fences.push(lease.fence);
          valid = { owner: next.owner, fence: lease.fence };
        }
      } else if (next.call === 'renew' || next.call === 'release') {
        const fence = fences[next.at % Math.max(fences.length, 1)] ?? -1;
        const isDone =
          next.call === 'renew'
            ? (await locks.renew(db.sql, 'walk', fence, 60)) !== null
            : await locks.release(db.sql, 'walk', fence);
        expect(isDone).toBe(valid?.fence === fence);
        if (next.call === 'release' && isDone) valid = null;
      } else {
        if (next.call === 'force') expect((await locks.force(db.sql, 'walk'))?.fence).toBe(valid?.fence);
        else await expire('walk');
        valid = null;
      }
    }
  });
  await fc.assert(walk, { numRuns: 40 });
});
