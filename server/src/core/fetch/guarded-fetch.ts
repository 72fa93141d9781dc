import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { AppError, messageOf } from '../errors.ts';
import { type AddressCheck, createAddressCheck } from './address.ts';
import { limitedBody } from './body.ts';
import { addressRefused, guardedConnector, type Lookup } from './connector.ts';

export interface GuardedFetchOptions {
  /** Networks (CIDR) that are private and may be reached all the same. */
  allowPrivate?: readonly string[];
  /** How names become addresses; the system's resolver when not given. */
  lookup?: Lookup;
}

export interface GuardedGetOptions {
  /** Bytes the body may have after it is decompressed. */
  maxBytes: number;
  /** Time for everything, to the last byte of the body. */
  timeoutMs: number;
  signal?: AbortSignal;
  headers?: Readonly<Record<string, string>>;
}

export interface Fetched {
  status: number;
  headers: IncomingHttpHeaders;
  /** Decompressed. Ends with AppError too-large `fetch.size-exceeded` at the limit; read it to its end or destroy it. */
  body: Readable;
  /** The address that answered, after redirects. */
  finalUrl: string;
}

/** The only way to an address that somebody gave us. */
export interface GuardedFetch {
  /**
   * Gets an http or https address of the public network. The address of each connection is checked when it is
   * made, so a name that changes its address between check and use gains nothing; redirects (at most five) pass
   * the same checks. Any status is an answer. Throws AppError invalid `fetch.url-refused`, forbidden
   * `fetch.address-refused`, invalid `fetch.redirects-exceeded`, busy `fetch.timed-out` or
   * `fetch.host-unreachable`, too-large `fetch.size-exceeded`.
   */
  get(url: string, options: GuardedGetOptions): Promise<Fetched>;
  close(): Promise<void>;
}

const maxRedirects = 5;
const connectTimeoutMs = 10_000;

export function createGuardedFetch({ allowPrivate = [], lookup }: GuardedFetchOptions = {}): GuardedFetch {
  const isAllowed = createAddressCheck(allowPrivate);
  const agent = new Agent({
    connect: guardedConnector({
      isAllowed,
      timeoutMs: connectTimeoutMs,
      ...(lookup === undefined ? {} : { lookup }),
    }),
    // No connection is kept: each request is checked by a connection of its own.
    pipelining: 0,
    connections: 16,
  });
  return {
    get: (url, options) => get(agent, isAllowed, url, options),
    close: () => agent.destroy(),
  };
}

async function get(
  agent: Agent,
  isAllowed: AddressCheck,
  address: string,
  { maxBytes, timeoutMs, signal, headers = {} }: GuardedGetOptions,
): Promise<Fetched> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const ended = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  const explain = (error: unknown, host: string) =>
    explained(error, { host, timedOut: timeout.aborted, signal });
  let url = parseUrl(address, isAllowed);
  let sent = headers;
  for (let redirects = 0; ; redirects++) {
    const { host } = url;
    const answer = await request(url, {
      dispatcher: agent,
      method: 'GET',
      headers: { 'accept-encoding': 'identity', 'user-agent': 'orrery', ...sent },
      signal: ended,
      headersTimeout: Math.min(timeoutMs, 60_000),
      bodyTimeout: Math.min(timeoutMs, 60_000),
    }).catch((error: unknown) => {
      throw explain(error, host);
    });
    const location = redirectOf(answer.statusCode, answer.headers);
    if (location === null) {
      const body = limitedBody(answer.body, answer.headers, {
        maxBytes,
        explain: (error) => explain(error, host),
      });
      return { status: answer.statusCode, headers: answer.headers, body, finalUrl: url.href };
    }
    // The connection goes with the body that nobody reads.
    answer.body.on('error', () => {}).destroy();
    if (redirects === maxRedirects) throw redirectsExceeded();
    const next = parseUrl(URL.parse(location, url.href)?.href ?? location, isAllowed);
    if (next.origin !== url.origin) sent = withoutCredentials(sent);
    url = next;
  }
}

function parseUrl(address: string, isAllowed: AddressCheck): URL {
  const url = URL.parse(address);
  if (url === null) throw urlRefused('It is not an absolute address.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw urlRefused('Only http and https are fetched.');
  if (url.username !== '' || url.password !== '') throw urlRefused('It contains a user name or password.');
  const literal = /^[\d.]+$/.test(url.hostname) || url.hostname.startsWith('[');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (literal && !isAllowed(host)) throw addressRefused(host);
  return url;
}

function redirectOf(status: number, headers: IncomingHttpHeaders): string | null {
  return [301, 302, 303, 307, 308].includes(status) ? (headers.location ?? null) : null;
}

/** What was meant for the first server is not told to another one. */
function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const secret = ['authorization', 'cookie', 'proxy-authorization'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.includes(name.toLowerCase())));
}

interface Circumstances {
  host: string;
  timedOut: boolean;
  signal: AbortSignal | undefined;
}

function explained(error: unknown, { host, timedOut, signal }: Circumstances): unknown {
  if (error instanceof AppError) return error;
  const cause = (error as Error).cause;
  if (cause instanceof AppError) return cause;
  if (signal?.aborted === true) return signal.reason;
  const name = (error as Error).name;
  if (timedOut || name === 'HeadersTimeoutError' || name === 'BodyTimeoutError') {
    return new AppError('busy', 'fetch.timed-out', `${host} did not answer in time.`, {
      next: 'Try again later, or give an address that answers faster.',
      cause: error,
    });
  }
  return new AppError('busy', 'fetch.host-unreachable', `${host} could not be read: ${messageOf(error)}`, {
    next: 'Check the address, then try again.',
    cause: error,
  });
}

function urlRefused(why: string): AppError {
  return new AppError('invalid', 'fetch.url-refused', `This address is not fetched. ${why}`, {
    next: 'Give an address such as https://example.org/file.fits, or upload the file itself.',
  });
}

function redirectsExceeded(): AppError {
  return new AppError('invalid', 'fetch.redirects-exceeded', `More than ${maxRedirects} redirects.`, {
    next: 'Give the final address.',
  });
}
