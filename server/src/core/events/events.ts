import type { Db, Sql, Tx } from '../db/index.ts';
import type { Log } from '../log.ts';
import { type Event, Feed, Notifier } from './feed.ts';
import { type WaitLimits, Waits } from './waits.ts';

export interface NewEvent {
  topic: string;
  key: string;
  data?: unknown;
}

export interface Following {
  /** Topics, each whole or ending in `*`; empty = all. */
  topics: readonly string[];
  /** Events after this id are sent first; without it only new ones. */
  after?: number;
  signal: AbortSignal;
}

export interface Events {
  /** Writes an event in the transaction of the change; readers are told after its commit. */
  publish(tx: Tx, topic: string, key: string, data?: unknown): Promise<void>;
  publishMany(tx: Tx, events: readonly NewEvent[]): Promise<void>;
  /** To be called after the commit of a statement that used the SQL function `core.publish_event`. */
  committed(): void;
  readonly waits: Waits;
  /**
   * Events as they become visible, each at least once. `settled` is what a client sends back to resume: every
   * event up to it has been given out. Ends with the signal.
   */
  follow(following: Following): AsyncGenerator<{ events: Event[]; settled: number }>;
  readonly streamCount: number;
  /** Every event up to this id has been given out in this process. */
  readonly settled: number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How many events may queue up for a slow follower before it is ended; it resumes from where it was. */
const maxQueued = 10_000;

export function createEvents(db: Db, log: Log, limits: WaitLimits): Events {
  const feed = new Feed(db, log);
  const notifier = new Notifier(db, log);
  const waits = new Waits(limits);
  let streams = 0;
  feed.listen((events) => {
    for (const event of events) waits.wake(event.topic, event.key);
  });
  feed.onReconnect = () => waits.wakeAll();
  const committed = (): void => {
    feed.poke();
    notifier.mark();
  };
  const publishMany = async (tx: Tx, events: readonly NewEvent[]): Promise<void> => {
    if (events.length === 0) return;
    await tx`
      insert into core.event (topic, key, data)
      select * from unnest(${events.map((event) => event.topic)}::text[], ${events.map((event) => event.key)}::text[],
                           ${events.map((event) => JSON.stringify(event.data ?? {}))}::text[]::jsonb[])`;
    db.afterCommit(tx, committed);
  };
  return {
    publish: (tx, topic, key, data) => publishMany(tx, [{ topic, key, data }]),
    publishMany,
    committed,
    waits,
    get streamCount() {
      return streams;
    },
    get settled() {
      return feed.position.settled;
    },
    async *follow(following) {
      streams += 1;
      try {
        yield* followFeed(db.sql, feed, following);
      } finally {
        streams -= 1;
      }
    },
    start: () => feed.start(),
    async stop() {
      waits.close();
      await feed.stop();
    },
  };
}

async function* followFeed(
  sql: Sql,
  feed: Feed,
  following: Following,
): AsyncGenerator<{ events: Event[]; settled: number }> {
  const wanted = topicFilter(following.topics);
  const { signal } = following;
  const after = following.after === undefined ? 0 : await startAfter(sql, feed, following.after);
  let queued: Event[] = [];
  let settled = feed.position.settled;
  let wake = (): void => {};
  let lagging = false;
  const leave = feed.listen((events, position) => {
    for (const event of events) if (event.id > after && wanted(event.topic)) queued.push(event);
    settled = position.settled;
    if (queued.length > maxQueued) {
      lagging = true;
      queued = [];
      leave();
    }
    wake();
  });
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  try {
    if (following.after !== undefined) yield* catchUp(sql, after, feed.position.cursor, wanted, signal);
    while (!signal.aborted && !lagging) {
      if (queued.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const events = queued;
      queued = [];
      yield { events, settled };
    }
  } finally {
    leave();
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Where to begin. An id from the future (of a database that was restored since) would keep the reader silent until
 * the numbers come back to it: then it begins with the present.
 */
async function startAfter(sql: Sql, feed: Feed, wanted: number): Promise<number> {
  if (wanted <= feed.position.cursor) return wanted;
  const [newest] = await sql<{ id: number }[]>`select last_value as id from core.event_id`;
  return wanted <= (newest?.id ?? 0) ? wanted : feed.position.settled;
}

/** The visible events between two ids; what is still invisible there comes through the feed. */
async function* catchUp(
  sql: Sql,
  after: number,
  until: number,
  wanted: (topic: string) => boolean,
  signal: AbortSignal,
): AsyncGenerator<{ events: Event[]; settled: number }> {
  for (let at = after; at < until && !signal.aborted; ) {
    const rows = await sql<Event[]>`
      select event_id as id, topic, key, created_at as at, data from core.event
      where event_id > ${at} and event_id <= ${until} order by event_id limit 1000`;
    const events = rows.filter((event) => wanted(event.topic));
    if (events.length > 0) yield { events, settled: after };
    if (rows.length < 1000) return;
    at = (rows.at(-1) as Event).id;
  }
}

function topicFilter(topics: readonly string[]): (topic: string) => boolean {
  if (topics.length === 0) return () => true;
  const whole = new Set(topics.filter((topic) => !topic.endsWith('*')));
  const prefixes = topics.filter((topic) => topic.endsWith('*')).map((topic) => topic.slice(0, -1));
  return (topic) => whole.has(topic) || prefixes.some((prefix) => topic.startsWith(prefix));
}
