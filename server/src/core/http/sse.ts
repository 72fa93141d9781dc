import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Events } from '../events/index.ts';

/** How often a comment is sent so that proxies keep the connection and a dead one is noticed. */
const heartbeatMs = 15_000;

/**
 * Server-sent events of the feed. `id` is the highest event up to which all have been given out, so that a
 * client that sends it back as `Last-Event-ID` misses nothing (it may see some again; each carries its own id).
 */
export async function streamEvents(
  events: Events,
  topics: readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
  closing: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const { raw } = reply;
  raw.on('close', () => ended.abort());
  const signal = AbortSignal.any([ended.signal, closing]);
  reply.hijack();
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write('retry: 2000\n\n');
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs);
  const last = Number(request.headers['last-event-id'] ?? Number.NaN);
  const after = Number.isSafeInteger(last) && last >= 0 ? { after: last } : {};
  try {
    for await (const batch of events.follow({ topics, signal, ...after })) {
      const text = batch.events
        .map(
          ({ id, topic, key, at, data }) =>
            `id: ${batch.settled}\ndata: ${JSON.stringify({ id: String(id), topic, key, at, data })}\n\n`,
        )
        .join('');
      if (!raw.write(text)) await new Promise((resolve) => raw.once('drain', resolve).once('close', resolve));
    }
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}
