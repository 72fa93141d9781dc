import type { FeedEvent } from '@orrery/contracts';
import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

/**
 * How fresh the page is. `live`: events arrive; `reconnecting`: they stopped a moment ago; `polling`: every 10 s;
 * `offline`: the server does not answer at all; `idle`: nobody is signed in.
 */
export type LiveMode = 'idle' | 'live' | 'reconnecting' | 'polling' | 'offline';
export interface LiveState {
  mode: LiveMode;
  /** When this mode began; for `reconnecting` and `offline` the age of what is shown. */
  since: number;
}

export type TopicListener = (events: FeedEvent[]) => void;

const pollEveryMs = 10_000;
const reconnectingForMs = 30_000;
const paintEveryMs = 250;

let state: LiveState = { mode: 'idle', since: Date.now() };
const watchers = new Set<() => void>();
const topicListeners = new Map<string, Set<TopicListener>>();
let channel: BroadcastChannel | undefined;

function setState(mode: LiveMode, tellTabs = true): void {
  if (state.mode !== mode) {
    const keepsAge = state.mode !== 'live' && state.mode !== 'idle' && mode !== 'live';
    state = { mode, since: keepsAge ? state.since : Date.now() };
    for (const watcher of watchers) watcher();
  }
  if (tellTabs) channel?.postMessage({ kind: 'mode', mode });
}

export function useLive(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

/** Calls back with the events of a topic, gathered so that a page paints at most four times a second. */
export function onTopic(topic: string, listener: TopicListener): () => void {
  const listeners = topicListeners.get(topic) ?? new Set();
  listeners.add(listener);
  topicListeners.set(topic, listeners);
  return () => listeners.delete(listener);
}

let gathered: FeedEvent[] = [];
let _flushTimer: ReturnType<typeof setTimeout> | undefined;

function gather(event: FeedEvent): void {
  gathered.push(event);
  _flushTimer ??= setTimeout(() => {
    _flushTimer = undefined;
    const events = gathered;
    gathered = [];
    for (const [topic, listeners] of topicListeners) {
      const mine = events.filter((each) => each.topic === topic);
      if (mine.length > 0) for (const listener of listeners) listener(mine);
    }
  }, paintEveryMs);
}

/** Which topics the one connection asks for. */
const topics = ['uws.job', 'panda.job', 'crds.context', 'core.schedule', 'core.audit'];

interface Connection {
  close(): void;
}

/** Opens the stream and keeps it open; falls back to polling after 30 s without one. */
function openStream(queryClient: QueryClient): Connection {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let attempts = 0;
  const open = () => {
    if (closed) return;
    source = new EventSource(`/api/core/events?topics=${topics.join(',')}`);
    source.onopen = () => {
      const wasStale = attempts > 0;
      attempts = 0;
      setState('live');
      if (wasStale) void queryClient.invalidateQueries({ predicate: (query) => query.meta?.still !== true });
    };
    const take = (message: MessageEvent<string>) => {
      const event = readEvent(message);
      if (event === undefined) return;
      gather(event);
      channel?.postMessage({ kind: 'event', event });
    };
    source.onmessage = take;
    for (const topic of topics) source.addEventListener(topic, take);
    source.onerror = () => {
      source?.close();
      attempts += 1;
      if (state.mode === 'live' || state.mode === 'idle') setState('reconnecting');
      retry = setTimeout(open, Math.min(1000 * 2 ** Math.min(attempts, 4), 15_000));
    };
  };
  const watch = setInterval(() => void poll(queryClient), pollEveryMs);
  open();
  return {
    close() {
      closed = true;
      clearTimeout(retry);
      clearInterval(watch);
      source?.close();
    },
  };
}

/** While no event arrives, asks anew every 10 s; also finds out whether the server answers at all. */
async function poll(queryClient: QueryClient): Promise<void> {
  if (hasStream()) return;
  if (state.mode === 'reconnecting' && Date.now() - state.since < reconnectingForMs) return;
  try {
    await fetch('/api/core/me', { signal: AbortSignal.timeout(5000), credentials: 'same-origin' });
    if (hasStream()) return; // the stream came back while the answer was under way
    setState('polling');
    await queryClient.invalidateQueries({ predicate: (query) => query.meta?.still !== true });
  } catch {
    if (!hasStream()) setState('offline');
  }
}

const hasStream = (): boolean => state.mode === 'live' || state.mode === 'idle';

function readEvent(message: MessageEvent<string>): FeedEvent | undefined {
  try {
    const event = JSON.parse(message.data) as FeedEvent;
    return typeof event.topic === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}

type TabMessage = { kind: 'event'; event: FeedEvent } | { kind: 'mode'; mode: LiveMode } | { kind: 'hello' };

/**
 * Keeps this tab live while it is seen. One tab of the browser holds the connection (Web Locks choose it) and tells
 * the others by a BroadcastChannel; a hidden tab lets go. Without Web Locks (plain http, not localhost) each seen
 * tab has a connection of its own.
 */
export function startLive(queryClient: QueryClient): () => void {
  channel = new BroadcastChannel('orrery.live');
  channel.onmessage = (message: MessageEvent<TabMessage>) => {
    const told = message.data;
    if (told.kind === 'event' && !document.hidden) gather(told.event);
    else if (told.kind === 'mode' && connection === undefined) setState(told.mode, false);
    else if (told.kind === 'hello' && connection !== undefined)
      channel?.postMessage({ kind: 'mode', mode: state.mode });
  };
  let connection: Connection | undefined;
  let letGo: AbortController | undefined;

  const hold = async () => {
    if (letGo !== undefined) return;
    const mine = new AbortController();
    letGo = mine;
    channel?.postMessage({ kind: 'hello' });
    const keep = () => {
      if (mine.signal.aborted) return Promise.resolve();
      connection = openStream(queryClient);
      return new Promise<void>((release) =>
        mine.signal.addEventListener('abort', () => release(), { once: true }),
      );
    };
    try {
      if (navigator.locks === undefined) await keep();
      else await navigator.locks.request('orrery.live', { signal: mine.signal }, keep);
    } catch (error) {
      if (!mine.signal.aborted) throw error;
    }
  };
  const release = () => {
    connection?.close();
    connection = undefined;
    letGo?.abort();
    letGo = undefined;
  };
  const seen = () => {
    if (document.hidden) {
      release();
      return;
    }
    void hold();
    void queryClient.invalidateQueries({ predicate: (query) => query.meta?.still !== true });
  };
  document.addEventListener('visibilitychange', seen);
  if (!document.hidden) void hold();
  return () => {
    document.removeEventListener('visibilitychange', seen);
    release();
    channel?.close();
    channel = undefined;
    setState('idle', false);
  };
}
