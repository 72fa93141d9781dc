import type { IncomingMessage } from 'node:http';
import type { ErrorBody } from '@orrery/contracts/core';
import type { Command } from 'commander';
import { type Exchange, exchange, notReached } from './exchange.ts';
import { CommandFailure, type ExitReason } from './failure.ts';
import { findServer, findToken, type ServerFlags } from './server-address.ts';

/** Adds the flags that say which server is meant, and who asks. */
export function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'address of the server (ORRERY_URL; default: the one of this machine)')
    .option('--token <token>', 'API token (ORRERY_TOKEN); others on this machine see it in "ps"')
    .option('--token-file <file>', 'file that holds the token (ORRERY_TOKEN_FILE)');
}

export interface Call {
  query?: Iterable<readonly [string, string]>;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  body?: Exchange['body'];
  silenceMs?: number;
  signal?: AbortSignal;
}

/** A server that commands speak to. */
export interface Remote {
  /** A good answer, its body unread. Throws a CommandFailure with the server's own sentence for any other. */
  good(method: Exchange['method'], path: string, call?: Call): Promise<IncomingMessage>;
  /** The bytes of its body. Throws a CommandFailure when the connection breaks. */
  bytesOf(answer: IncomingMessage): AsyncGenerator<Buffer>;
  /** The JSON of a good answer; throws as `good` does. */
  json<T>(method: Exchange['method'], path: string, call?: Call): Promise<T>;
}

/** A server that says nothing for so long is taken for gone. */
const usualSilenceMs = 60_000;
const maxJsonBytes = 64 * 1024 * 1024;

/** The server and the token that flags, environment and files name, in this order. */
export async function connectRemote(flags: ServerFlags): Promise<Remote> {
  const base = await findServer(flags);
  const token = await findToken(flags);
  return remoteAt(base, token);
}

/** `base` may have a path: a proxy may serve us below a prefix. */
export function remoteAt(base: URL, token: string | null): Remote {
  const prefix = base.pathname.replace(/\/+$/, '');
  const open = (method: Exchange['method'], path: string, call: Call): Promise<IncomingMessage> => {
    const query = new URLSearchParams();
    for (const [name, value] of call.query ?? []) query.append(name, value);
    const search = query.size === 0 ? '' : `?${query}`;
    const text = call.json === undefined ? undefined : Buffer.from(JSON.stringify(call.json));
    const body = text === undefined ? call.body : { length: text.length, chunks: once(text) };
    return exchange({
      method,
      url: base,
      path: `${prefix}${path}${search}`,
      headers: {
        host: base.host,
        accept: 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      silenceMs: call.silenceMs ?? usualSilenceMs,
      ...(body === undefined ? {} : { body }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  };
  const good: Remote['good'] = async (method, path, call = {}) => {
    const answer = await open(method, path, call);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status <= 299) return answer;
    throw refusalOf(base, answer, await readText(base, answer), token !== null);
  };
  return {
    good,
    bytesOf: (answer) => bytesOf(base, answer),
    async json<T>(method: Exchange['method'], path: string, call: Call = {}): Promise<T> {
      const answer = await good(method, path, call);
      const text = await readText(base, answer);
      if (answer.statusCode === 204) return undefined as T;
      const value = parseJson(text);
      if (value === undefined) throw notOrrery(base);
      return value as T;
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* bytesOf(base: URL, answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* answer as AsyncIterable<Buffer>;
  } catch (error) {
    throw error instanceof CommandFailure ? error : notReached(base, error);
  }
}

async function readText(base: URL, answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(base, answer)) {
    size += chunk.length;
    if (size > maxJsonBytes) throw notOrrery(base);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function notOrrery(base: URL): CommandFailure {
  return new CommandFailure(
    'server',
    `${base.href} did not answer as Orrery does.`,
    'Check --server or ORRERY_URL; below a path prefix it is part of the address.',
  );
}

/** The failure behind an answer that is not 2xx; `text` is its body, as far as it was read. */
export function refusalOf(
  base: URL,
  answer: IncomingMessage,
  text: string,
  hasToken: boolean,
): CommandFailure {
  const status = answer.statusCode ?? 0;
  if (status >= 300 && status <= 399) {
    return new CommandFailure(
      'server',
      `${base.href} sends us on to ${answer.headers.location ?? 'another address'}.`,
      'Give that address with --server or ORRERY_URL.',
    );
  }
  const body = parseJson(text) as Partial<ErrorBody> | undefined;
  const message = body?.message ?? `${base.host} answered ${status}.`;
  if (status === 401 && !hasToken)
    return new CommandFailure('denied', 'The server wants a token.', howToToken);
  return new CommandFailure(reasonOf(status, body?.code ?? ''), message, body?.next);
}

const howToToken =
  'On the machine of the server, "orrery token create --user NAME" makes one; give it in ORRERY_TOKEN or --token-file.';

function reasonOf(status: number, code: string): ExitReason {
  if (code === 'uws.phase-forbids') return 'refused';
  if (status === 401 || status === 403) return 'denied';
  if (status === 404 || status === 410) return 'missing';
  return status === 429 || status >= 500 ? 'server' : 'refused';
}
