import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../auth/index.ts';
import type { Event, Events } from '../events/index.ts';

/** How often a comment is sent so that proxies keep the connection and a dead one is noticed. */
const heartbeatMs = 15_000;
/** A reader that takes nothing for so long is cut off; it resumes from where it was. */
const stalledMs = 30_000;

export interface EventStream {
  /** Topics, each whole or ending in `*`; empty = all. */
  topics: readonly string[];
  /** Whether the caller may be sent this event. */
  mayFollow(identity: Identity, event: Event): boolean;
  /** Who the caller is now; asked before anything is sent, since a stream outlives tokens, sessions and grants. */
  identify(): Promise<Identity>;
  /** Ends the stream when the process stops. */
  closing: AbortSignal;
}

/**
 * Server-sent events of the feed. `id` is the highest event up to which all have been given out, so that a
 * client that sends it back as `Last-Event-ID` misses nothing (it may see some again; each carries its own id).
 * Ends when the caller is nobody any more.
 */
export async function streamEvents(
  events: Events,
  { topics, mayFollow, identify, closing }: EventStream,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const ended = new AbortController();
  const { raw } = reply;
  raw.on('close', () => ended.abort());
  raw.on('error', () => ended.abort());
  if (raw.destroyed) ended.abort(); // hung up while its identity was looked up
  reply.hijack();
  raw.writeHead(200, {
    'x-request-id': request.id,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  if (request.method === 'HEAD') {
    raw.end();
    return;
  }
  raw.write('retry: 2000\n\n');
  const heartbeat = setInterval(() => raw.writableNeedDrain || raw.write(': still here\n\n'), heartbeatMs);
  const signal = AbortSignal.any([ended.signal, closing]);
  const after = lastEventId(request);
  try {
    for await (const batch of events.follow({ topics, signal, ...(after === undefined ? {} : { after }) })) {
      const identity = await identify();
      const visible = batch.events.filter((event) => mayFollow(identity, event));
      if (visible.length > 0) await send(reply, frames(visible, batch.settled), signal);
    }
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}

/** What the client saw last; anything but a number it was given begins with the present. */
function lastEventId(request: FastifyRequest): number | undefined {
  const text = String(request.headers['last-event-id'] ?? '');
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function frames(events: readonly Event[], settled: number): string {
  return events
    .map(
      ({ id, topic, key, at, data }) =>
        `id: ${settled}\ndata: ${JSON.stringify({ id: String(id), topic, key, at, data })}\n\n`,
    )
    .join('');
}

/** Resolves when the client can take more; destroys the connection of one that does not read. */
async function send({ raw }: FastifyReply, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || raw.write(text)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stalled = setTimeout(() => raw.destroy(), stalledMs);
  raw.once('drain', resolve).once('close', resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(stalled);
  raw.off('drain', resolve).off('close', resolve);
}
