import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import type { Tx } from '../db/index.ts';
import { silentLog } from '../log.ts';
import { createEvents, type Event } from './index.ts';

const db = await testDatabase();
const events = createEvents(db, silentLog, { perProcess: 10, perCaller: 3 });
const other = createEvents(db, silentLog, { perProcess: 10, perCaller: 3 });
beforeAll(async () => {
  await events.start();
  await other.start();
});
afterAll(async () => {
  await events.stop();
  await other.stop();
});

function collect(topic: string, after?: number): { seen: Event[]; settled: () => number; stop(): void } {
  const abort = new AbortController();
  const seen: Event[] = [];
  let settled = 0;
  void (async () => {
    const following = { topics: [topic], signal: abort.signal, ...(after === undefined ? {} : { after }) };
    for await (const batch of other.follow(following)) {
      seen.push(...batch.events);
      settled = batch.settled;
    }
  })();
  return { seen, settled: () => settled, stop: () => abort.abort() };
}

/** A transaction held open until it is told to commit or roll back. */
async function held(work: (tx: Tx) => Promise<void>): Promise<(how: 'commit' | 'rollback') => Promise<void>> {
  const started = Promise.withResolvers<void>();
  const decision = Promise.withResolvers<'commit' | 'rollback'>();
  const done = db
    .transaction(async (tx) => {
      await work(tx);
      started.resolve();
      if ((await decision.promise) === 'rollback') throw new Error('rolled back on purpose');
    })
    .catch((error: Error) => {
      if (error.message !== 'rolled back on purpose') throw error;
    });
  await started.promise;
  return async (how) => {
    decision.resolve(how);
    await done;
  };
}

const keys = (seen: readonly Event[]): string[] => seen.map((event) => event.key).sort();

test('an event reaches a follower in another process, with its data, after the commit', async () => {
  const reader = collect('a.*');
  await db.transaction((tx) => events.publish(tx, 'a.b', 'k', { n: 1 }));
  await eventually(() => expect(reader.seen).toMatchObject([{ topic: 'a.b', key: 'k', data: { n: 1 } }]));
  reader.stop();
});

test('two writers that commit in the opposite order lose nothing', async () => {
  const reader = collect('opposite');
  const endFirst = await held((tx) => events.publish(tx, 'opposite', 'first'));
  await db.transaction((tx) => events.publish(tx, 'opposite', 'second'));
  await eventually(() => expect(keys(reader.seen)).toEqual(['second']));
  const [first] = await db.sql<
    { id: number }[]
  >`select min(event_id) as id from core.event where topic = 'opposite'`;
  expect(reader.settled()).toBeLessThan((first as { id: number }).id);
  await endFirst('commit');
  await eventually(() => expect(keys(reader.seen)).toEqual(['first', 'second']));
  reader.stop();
});

test('a writer that rolls back leaves a gap that is given up, and others are not held back', async () => {
  const reader = collect('rollback');
  const end = await held((tx) => events.publish(tx, 'rollback', 'never'));
  await db.transaction((tx) => events.publish(tx, 'rollback', 'kept'));
  await eventually(() => expect(keys(reader.seen)).toEqual(['kept']));
  await end('rollback');
  await eventually(async () => {
    await db.transaction((tx) => events.publish(tx, 'rollback', 'later'));
    expect(reader.settled()).toBeGreaterThanOrEqual((reader.seen[0] as Event).id);
  });
  reader.stop();
});

test('an idle transaction delays the settling, not the delivery', async () => {
  const reader = collect('idle');
  const endIdle = await held(async (tx) => {
    await tx`select pg_current_xact_id()`;
  });
  const endLost = await held((tx) => events.publish(tx, 'idle', 'lost'));
  await db.transaction((tx) => events.publish(tx, 'idle', 'one'));
  await endLost('rollback');
  await db.transaction((tx) => events.publish(tx, 'idle', 'two'));
  await eventually(() => expect(keys(reader.seen)).toEqual(['one', 'two']));
  expect(reader.settled()).toBeLessThan((reader.seen[0] as Event).id);
  await endIdle('commit');
  await eventually(async () => {
    await db.transaction((tx) => events.publish(tx, 'idle', 'three'));
    expect(reader.settled()).toBeGreaterThan((reader.seen[1] as Event).id);
  });
  reader.stop();
});

test('a reader that starts while a writer is open still gets its event', async () => {
  const end = await held((tx) => events.publish(tx, 'late', 'open'));
  await db.transaction((tx) => events.publish(tx, 'late', 'done'));
  const late = createEvents(db, silentLog, { perProcess: 10, perCaller: 10 });
  await late.start();
  using waiter = late.waits.open('late', 'open', 'me');
  await end('commit');
  expect(await waiter.changed(5000)).toBe('changed');
  await late.stop();
});

test('a follower resumes after the id it was given last', async () => {
  await db.transaction((tx) =>
    events.publishMany(
      tx,
      ['x', 'y', 'z'].map((key) => ({ topic: 'resume', key })),
    ),
  );
  const [row] = await db.sql<
    { id: number }[]
  >`select event_id as id from core.event where topic = 'resume' and key = 'x'`;
  const reader = collect('resume', (row as { id: number }).id);
  await eventually(() => expect(keys(reader.seen)).toEqual(['y', 'z']));
  reader.stop();
});

test('an id from the future, as after a restore, begins with the present', async () => {
  const reader = collect('future', 1_000_000_000);
  const stop = reader.stop;
  await eventually(async () => {
    await db.transaction((tx) => events.publish(tx, 'future', 'seen'));
    expect(reader.seen.length).toBeGreaterThan(0);
  });
  stop();
});

test('a follower that does not read is let go, and keeps nothing more in memory', async () => {
  const abort = new AbortController();
  const batches = other.follow({ topics: ['flood'], signal: abort.signal });
  const first = batches.next();
  await eventually(() => expect(other.streamCount).toBeGreaterThan(0));
  const flood = (count: number) =>
    db.transaction((tx) =>
      events.publishMany(
        tx,
        Array.from({ length: count }, (_, n) => ({ topic: 'flood', key: String(n) })),
      ),
    );
  await flood(1);
  await first;
  const reader = collect('flood');
  await flood(6000);
  await flood(6000);
  await eventually(() => expect(reader.seen.length).toBe(12_000));
  reader.stop();
  expect(await batches.next()).toEqual({ done: true, value: undefined });
  abort.abort();
});

test('a statement that announces with the SQL function wakes a waiter', async () => {
  using waiter = other.waits.open('t', '1', 'me');
  await db.sql`select core.publish_event('t', '1', '{}')`;
  events.committed();
  expect(await waiter.changed(5000)).toBe('changed');
});

test('a change between opening and waiting is not lost', async () => {
  using waiter = other.waits.open('t', '2', 'me');
  await db.transaction((tx) => events.publish(tx, 't', '2'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await waiter.changed(0)).toBe('changed');
});

test('over the limit of a caller a wait ends at once and is counted again after others leave', async () => {
  const mine = [1, 2, 3].map((key) => other.waits.open('limit', String(key), 'caller'));
  expect(await other.waits.open('limit', '4', 'caller').changed(10_000)).toBe('full');
  mine[0]?.[Symbol.dispose]();
  using again = other.waits.open('limit', '4', 'caller');
  expect(await again.changed(1)).toBe('timeout');
  for (const waiter of mine) waiter[Symbol.dispose]();
});

test('a wait that is called off ends at once, and stays called off', async () => {
  const other = createEvents(db, silentLog, { perProcess: 10, perCaller: 10 });
  using waiter = other.waits.open('t', 'called off', 'me');
  const waiting = waiter.changed(10_000);
  waiter.cancel();
  expect(await waiting).toBe('cancelled');
  using reading = other.waits.open('t', 'called off', 'me');
  reading.cancel(); // while its caller reads the object
  other.waits.wake('t', 'called off');
  expect(await reading.changed(10_000)).toBe('cancelled');
});

test('who reads the object while the process closes is not held afterwards', async () => {
  const other = createEvents(db, silentLog, { perProcess: 10, perCaller: 10 });
  using reading = other.waits.open('t', 'closing', 'me');
  other.waits.close();
  expect(await reading.changed(10_000)).toBe('closing');
});

test('a caller that hangs up is forgotten', async () => {
  const abort = new AbortController();
  {
    using waiter = other.waits.open('t', '3', 'me');
    setTimeout(() => abort.abort(), 10);
    expect(await waiter.changed(10_000, abort.signal)).toBe('cancelled');
  }
  expect(other.waits.openCount).toBe(0);
});

test('lost connections are made again and every waiter looks once more', async () => {
  using waiter = other.waits.open('t', '4', 'me');
  await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  expect(await waiter.changed(10_000)).toBe('changed');
});

test('closing answers all that wait', async () => {
  const last = createEvents(db, silentLog, { perProcess: 10, perCaller: 10 });
  await last.start();
  const waiting = last.waits.open('t', '5', 'me').changed(10_000);
  await last.stop();
  expect(await waiting).toBe('closing');
  expect(await last.waits.open('t', '5', 'me').changed(10_000)).toBe('closing');
});
