import type { FeedEvent } from '@orrery/contracts';
import { hashKey, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { onTopic } from './live.ts';

const changedForMs = 1200;
/** What events do not carry is read for so many rows, and not again before so long: no storm of calls. */
const readAtOnce = 8;
const readEveryMs = 2000;
/** Events that come while the page is being read are kept: the answer may be older than they are. */
const keptEvents = 1000;

/** How the rows of a list follow the events of a topic. */
export interface LiveList<Row> {
  topic: string;
  keyOf: (row: Row) => string;
  /** What an event of an object that is not on the page says: it came into the view, left it, or neither. */
  arrival: (event: FeedEvent, rows: readonly Row[]) => 'in' | 'out' | 'neither';
  /** The row after an event, as far as the event tells; undefined = the row goes. */
  after: (row: Row, event: FeedEvent) => Row | undefined;
  /** Reads what an event does not carry; undefined when there is nothing to read any more. */
  reread: (key: string, queryClient: QueryClient) => Promise<Partial<Row> | undefined>;
}

export interface LiveRows {
  /** Keys of objects that came into the view after the page was read. */
  newer: ReadonlySet<string>;
  changed: ReadonlySet<string>;
  forget(): void;
}

/**
 * Patches rows of a page in place and counts the objects that came after it, so that nothing moves by itself. Only
 * the newest page of a view has newer ones to wait for. `list` may be made anew at every call; the query key says
 * when it means something else.
 */
export function useLiveRows<Row>(
  queryKey: readonly unknown[],
  list: LiveList<Row>,
  isNewest: boolean,
): LiveRows {
  const queryClient = useQueryClient();
  const [newer, setNewer] = useState<ReadonlySet<string>>(new Set());
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const latest = useRef(list);
  latest.current = list;
  const spelled = JSON.stringify(queryKey);
  useEffect(() => {
    setNewer(new Set());
    const key = JSON.parse(spelled) as unknown[];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let reading: ReturnType<typeof setTimeout> | undefined;
    let readAt = 0;
    const unread = new Set<string>();
    let early: FeedEvent[] = [];
    const readSome = () => {
      reading = undefined;
      readAt = Date.now();
      const some = [...unread].slice(-readAtOnce);
      unread.clear();
      void patchWhole(queryClient, key, latest.current, some);
    };
    const take = (events: readonly FeedEvent[]) => {
      const page = queryClient.getQueryData<{ rows: Row[] }>(key);
      if (page === undefined) {
        early = [...early, ...events].slice(-keptEvents);
        return;
      }
      const { keyOf, arrival, after } = latest.current;
      const known = new Set(page.rows.map(keyOf));
      const mine = events.filter((event) => known.has(event.key));
      const others = isNewest ? events.filter((event) => !known.has(event.key)) : [];
      if (others.length > 0)
        setNewer((before) => withArrivals(before, (event) => arrival(event, page.rows), others));
      if (mine.length === 0) return;
      const byKey = new Map(mine.map((event) => [event.key, event]));
      queryClient.setQueryData<{ rows: Row[] }>(key, {
        ...page,
        rows: page.rows.flatMap((row) => {
          const event = byKey.get(keyOf(row));
          const next = event === undefined ? row : after(row, event);
          return next === undefined ? [] : [next];
        }),
      });
      setChanged(new Set(byKey.keys()));
      clearTimeout(timer);
      timer = setTimeout(() => setChanged(new Set()), changedForMs);
      for (const each of byKey.keys()) unread.add(each);
      reading ??= setTimeout(readSome, Math.max(0, readAt + readEveryMs - Date.now()));
    };
    const leave = onTopic(latest.current.topic, take);
    const hash = hashKey(key);
    const unwatch = queryClient.getQueryCache().subscribe(({ query }) => {
      if (early.length === 0 || query.queryHash !== hash || query.state.data === undefined) return;
      const kept = early;
      early = [];
      take(kept);
    });
    return () => {
      unwatch();
      clearTimeout(timer);
      clearTimeout(reading);
      leave();
    };
  }, [queryClient, spelled, isNewest]);
  return { newer, changed, forget: () => setNewer(new Set()) };
}

function withArrivals(
  before: ReadonlySet<string>,
  arrival: (event: FeedEvent) => 'in' | 'out' | 'neither',
  events: readonly FeedEvent[],
): ReadonlySet<string> {
  const next = new Set(before);
  for (const event of events) {
    const moved = arrival(event);
    if (moved === 'in') next.add(event.key);
    if (moved === 'out') next.delete(event.key);
  }
  return next.size === before.size && [...next].every((key) => before.has(key)) ? before : next;
}

async function patchWhole<Row>(
  queryClient: QueryClient,
  key: unknown[],
  { reread, keyOf }: LiveList<Row>,
  keys: readonly string[],
): Promise<void> {
  const read = await Promise.all(
    keys.map(async (each) => [each, await reread(each, queryClient).catch(() => undefined)] as const),
  );
  const byKey = new Map(read);
  queryClient.setQueryData<{ rows: Row[] }>(key, (page) =>
    page === undefined
      ? page
      : { ...page, rows: page.rows.map((row) => ({ ...row, ...byKey.get(keyOf(row)) })) },
  );
}
