import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandFailure } from './failure.ts';

/** One request, as it goes out. */
export interface Exchange {
  method: 'GET' | 'POST' | 'DELETE';
  url: URL;
  /** Path and query exactly as they are sent; a URL would resolve dots in it. */
  path: string;
  headers: Record<string, string>;
  body?: { length: number; chunks: AsyncIterable<Uint8Array> };
  /** Milliseconds without a byte in either direction after which the exchange is given up. */
  silenceMs: number;
  signal?: AbortSignal;
}

/** Reads are sent over connections that stay open; what changes something gets a connection of its own. */
const agents = {
  'http:': new PlainAgent({ keepAlive: true }),
  'https:': new SecureAgent({ keepAlive: true }),
};

/** Sends and resolves with the head of the answer. Throws a CommandFailure that says who did not answer. */
export async function exchange(wish: Exchange): Promise<IncomingMessage> {
  try {
    return await send(wish);
  } catch (error) {
    if (wish.signal?.aborted === true) throw wish.signal.reason;
    throw error instanceof CommandFailure ? error : notReached(wish.url, error);
  }
}

async function send(wish: Exchange): Promise<IncomingMessage> {
  const { url, method, path, headers, body, silenceMs, signal } = wish;
  const isSecure = url.protocol === 'https:';
  const outgoing = (isSecure ? secureRequest : plainRequest)({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    method,
    path,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
    agent: method === 'GET' ? agents[isSecure ? 'https:' : 'http:'] : false,
    timeout: silenceMs,
    ...(signal === undefined ? {} : { signal }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once('response', resolve).on('error', reject);
  outgoing.on('timeout', () => outgoing.destroy(silence(url, silenceMs)));
  if (body === undefined) outgoing.end();
  else {
    // A server that refuses answers before it has read everything: that answer counts, not the broken pipe.
    const sending = pipeline(Readable.from(body.chunks, { objectMode: false }), outgoing);
    sending.catch(reject);
    const answer = await promise;
    if (!outgoing.writableFinished) answer.once('end', () => outgoing.destroy());
    return answer;
  }
  try {
    return await promise;
  } catch (error) {
    // The server closed a kept connection at the moment it was taken again: nothing was read of this request.
    if (outgoing.reusedSocket && isReset(error) && signal?.aborted !== true) return await send(wish);
    throw error;
  }
}

const isReset = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ECONNRESET';

function silence(url: URL, silenceMs: number): CommandFailure {
  return new CommandFailure(
    'unreachable',
    `${url.host} said nothing for ${silenceMs / 1000} seconds.`,
    'Try again; see whether the server is well with "curl …/readyz".',
  );
}

const elsewhere = 'Start the server, or name another with --server or ORRERY_URL.';

/** What a failed connection means for the person who waits for it. */
export function notReached(url: URL, cause: unknown): CommandFailure {
  const error = (cause instanceof AggregateError ? cause.errors[0] : cause) as NodeJS.ErrnoException;
  const code = error.code ?? '';
  const failure = (message: string, next: string) => new CommandFailure('unreachable', message, next, cause);
  if (code === 'ECONNREFUSED') return failure(`No server answers at ${url.origin}.`, elsewhere);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return failure(`The host name ${url.hostname} is not known here.`, elsewhere);
  if (/CERT|SELF_SIGNED|ALTNAME|ISSUER/.test(code))
    return failure(
      `The certificate of ${url.host} is not trusted: ${error.message}.`,
      'Give the certificate of its authority in NODE_EXTRA_CA_CERTS=FILE.',
    );
  return failure(
    `The connection to ${url.host} broke: ${error.message}.`,
    'Try again; if it was an upload, look with "orrery uws list" whether the job is there.',
  );
}
