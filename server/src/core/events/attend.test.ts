import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { silentLog } from '../log.ts';
import { attend, createEvents, type Event, type Following } from './index.ts';

const db = await testDatabase();
const events = createEvents(db, silentLog, { perProcess: 10, perCaller: 3 });
const elsewhere = createEvents(db, silentLog, { perProcess: 10, perCaller: 3 });
beforeAll(async () => {
  await events.start();
  await elsewhere.start();
});
afterAll(async () => {
  await events.stop();
  await elsewhere.stop();
});

const publish = (topic: string, key: string) => db.transaction((tx) => elsewhere.publish(tx, topic, key));
const parts = { events, log: silentLog };

test('hears of what another process does from now on, until it is stopped', async () => {
  await publish('a.topic', 'before');
  await eventually(() => expect(events.settled).toBeGreaterThan(0));
  const heard: string[] = [];
  const attention = attend(parts, {
    topics: ['a.*'],
    take: (some) => void heard.push(...some.map(({ key }) => key)),
    missed: 'nothing',
  });
  await publish('a.topic', 'one');
  await publish('b.topic', 'other');
  await publish('a.topic', 'two');
  await eventually(() => expect(heard).toEqual(['one', 'two']));
  await attention.stop();
  expect(events.streamCount).toBe(0);
});

test('a failure is told, and the next events are taken', async () => {
  const heard: string[] = [];
  const told: unknown[] = [];
  const log = Object.assign(Object.create(silentLog) as typeof silentLog, {
    warn: (...words: unknown[]) => told.push(words),
  });
  const attention = attend(
    { events, log },
    {
      topics: ['c.topic'],
      take(some) {
        heard.push(...some.map(({ key }) => key));
        if (heard.length === 1) throw new Error('no such thing');
      },
      missed: 'the clock makes up for it',
    },
  );
  await publish('c.topic', 'bad');
  await eventually(() =>
    expect(told).toEqual([[{ err: new Error('no such thing') }, 'the clock makes up for it']]),
  );
  await publish('c.topic', 'good');
  await eventually(() => expect(heard).toEqual(['bad', 'good']));
  await attention.stop();
});

/** A feed that gives each list of its own to one follower, and then ends it, as the real one does with slow ones. */
function feedOf(...lists: Array<Array<{ settled: number } | Error>>) {
  const asked: Array<number | undefined> = [];
  const ended = Promise.withResolvers<void>();
  return {
    asked,
    ended: ended.promise,
    settled: 3,
    async *follow({ after, signal }: Following): AsyncGenerator<{ events: Event[]; settled: number }> {
      asked.push(after);
      for (const one of lists.shift() ?? []) {
        if (one instanceof Error) throw one;
        yield { events: [], settled: one.settled };
      }
      if (lists.length > 0) return;
      ended.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  };
}

test('goes on from where it was when the feed ends it or fails', async () => {
  const feed = feedOf([{ settled: 5 }, { settled: 8 }], [{ settled: 4 }, new Error('gone')], []);
  const attention = attend({ events: feed, log: silentLog }, { topics: ['x'], take: () => {}, missed: '' });
  await feed.ended;
  expect(feed.asked).toEqual([3, 8, 8]);
  await attention.stop();
});

test('stopping waits for what is being taken, and takes nothing more', async () => {
  const feed = feedOf([{ settled: 5 }, { settled: 8 }], []);
  const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let taken = 0;
  let stopped = false;
  const attention = attend(
    { events: feed, log: silentLog },
    {
      topics: ['x'],
      async take() {
        taken += 1;
        begun.resolve();
        await finish.promise;
      },
      missed: '',
    },
  );
  await begun.promise;
  const stopping = attention.stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  finish.resolve();
  await stopping;
  expect(taken).toBe(1);
});
