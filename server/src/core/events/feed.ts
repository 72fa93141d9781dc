import { setTimeout as sleep } from 'node:timers/promises';
import type { Db, Sql } from '../db/index.ts';
import { isConnectionLoss } from '../db/index.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { Position } from './gaps.ts';

export interface Event {
  id: number;
  topic: string;
  key: string;
  at: Date;
  data: unknown;
}

export type FeedListener = (events: readonly Event[], position: Position) => void;

const channel = 'orrery_event';
const pageSize = 2000;
/** The shortest time between two reads; together with the notifier it bounds the delay of an event. */
const minPollMs = 8;
/** The safety net when a notification was lost. */
const idlePollMs = 1000;

/**
 * Reads committed events once per process and hands them to listeners, each at least once, in the order in
 * which they become visible. Ids commit out of order; see gaps.ts.
 */
export class Feed {
  readonly #db: Db;
  readonly #log: Log;
  readonly #listeners = new Set<FeedListener>();
  #position = new Position(0);
  #lastAt = new Date();
  #wake: () => void = () => {};
  #woken = false;
  #stopped = false;
  #running: Promise<void> | undefined;
  /** Called when a connection of LISTEN was made again: whatever happened meanwhile may have been missed. */
  onReconnect: () => void = () => {};

  constructor(db: Db, log: Log) {
    this.#db = db;
    this.#log = log;
  }

  get position(): Position {
    return this.#position;
  }

  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins at the present; refuses to start where notifications do not come through. */
  async start(): Promise<void> {
    await this.#proveEcho();
    this.#position = new Position(await findStart(this.#db.sql));
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.poke();
    await this.#running;
  }

  /** Reads soon: something was committed. */
  poke(): void {
    this.#woken = true;
    this.#wake();
  }

  async #proveEcho(): Promise<void> {
    let echoed = (): void => {};
    const echo = new Promise<void>((resolve) => {
      echoed = resolve;
    });
    let connections = 0;
    await this.#db.direct.listen(
      channel,
      () => {
        echoed();
        this.poke();
      },
      () => {
        connections += 1;
        if (connections > 1) this.onReconnect();
        this.poke();
      },
    );
    await this.#db.sql`select pg_notify(${channel}, '')`;
    const late = sleep(5000, 'late' as const, { ref: false });
    if ((await Promise.race([echo, late])) === 'late') {
      throw new AppError('internal', 'events.no-echo', 'Notifications of the database do not come through.', {
        next: 'Behind a pooler in transaction mode set ORRERY_DATABASE_DIRECT_URL to the server itself.',
      });
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      const started = performance.now();
      let full = false;
      try {
        full = await this.#read();
      } catch (error) {
        if (!this.#stopped) this.#log.warn({ err: error }, 'the event feed could not be read');
        if (!isConnectionLoss(error)) await sleep(250);
        await sleep(100);
      }
      if (full) continue;
      const wait = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const pause = this.#position.gaps.length > 0 ? 50 : idlePollMs;
      if (!this.#woken && !this.#stopped) await Promise.race([wait, sleep(pause, undefined, { ref: false })]);
      const rest = minPollMs - (performance.now() - started);
      if (rest > 0 && !this.#stopped) await sleep(rest, undefined, { ref: false });
    }
  }

  /** One read; true when more may be waiting. */
  async #read(): Promise<boolean> {
    const position = this.#position;
    const { oldestRunning, events } = await readEvents(this.#db.sql, position, this.#lastAt);
    const fresh = events.filter((event) => position.see(event.id));
    position.settle(oldestRunning);
    if (position.gaps.some((gap) => gap.bound === undefined))
      position.bind(await newestTransaction(this.#db.sql));
    const last = fresh.at(-1);
    if (last !== undefined) {
      this.#lastAt = last.at;
      for (const listener of this.#listeners) listener(fresh, position);
    }
    return events.length >= pageSize;
  }
}

/**
 * A position below which nothing can become visible any more: a transaction that holds an unseen event id took
 * it after it began, so an event written before the oldest running transaction began is safely below.
 */
async function findStart(sql: Sql): Promise<number> {
  const [last] = await sql<
    { id: number }[]
  >`select case when is_called then last_value else 0 end as id from core.event_id`;
  const [found] = await sql<{ oldest: Date | null; below: number | null }[]>`
    with running as (
      select min(xact_start) as oldest from pg_stat_activity
      where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid())
    select oldest, (select event_id from core.event where created_at < oldest
                    order by created_at desc limit 1) as below
    from running`;
  return found?.oldest == null ? (last?.id ?? 0) : (found.below ?? 0);
}

async function readEvents(
  sql: Sql,
  position: Position,
  lastAt: Date,
): Promise<{ oldestRunning: bigint; events: Event[] }> {
  const from = position.gaps.map((gap) => gap.from);
  const to = position.gaps.map((gap) => gap.to);
  const horizon = new Date(lastAt.getTime() - 86_400_000); // lets old partitions be left out
  const rows = await sql<
    Array<{ oldestRunning: string; id: number | null; topic: string; key: string; at: Date; data: unknown }>
  >`
    select s.oldest_running, e.event_id as id, e.topic, e.key, e.created_at as at, e.data
    from (select pg_snapshot_xmin(pg_current_snapshot())::text as oldest_running) s
    left join lateral (
      (select * from core.event where event_id > ${position.cursor} and created_at > ${horizon}
       order by event_id limit ${pageSize})
      union all
      (select late.* from unnest(${from}::bigint[], ${to}::bigint[]) as gap (first, last)
       join core.event late on late.event_id between gap.first and gap.last and late.created_at > ${horizon})
    ) e on true
    order by e.event_id`;
  const events = rows.flatMap(({ id, topic, key, at, data }) =>
    id === null ? [] : [{ id, topic, key, at, data }],
  );
  return { oldestRunning: BigInt(rows[0]?.oldestRunning ?? 0), events };
}

/** Takes a transaction id: every transaction that began before has a smaller one. */
async function newestTransaction(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ id: string }[]>`select pg_current_xact_id()::text as id`;
  return BigInt(row?.id ?? 0);
}

/** Sends at most one notification in `minMs`, outside every transaction: NOTIFY inside one ends group commit. */
export class Notifier {
  readonly #send: () => Promise<unknown>;
  readonly #minMs: number;
  #dirty = false;
  #busy = false;

  constructor(db: Db, log: Log, minMs = 20) {
    this.#minMs = minMs;
    this.#send = () =>
      db.sql`select pg_notify(${channel}, '')`.catch((error: unknown) => {
        log.debug({ err: error }, 'a notification was not sent; the poll of a second makes up for it');
      });
  }

  mark(): void {
    this.#dirty = true;
    if (!this.#busy) void this.#flush();
  }

  async #flush(): Promise<void> {
    this.#busy = true;
    while (this.#dirty) {
      this.#dirty = false;
      await this.#send();
      await sleep(this.#minMs, undefined, { ref: false });
    }
    this.#busy = false;
  }
}
