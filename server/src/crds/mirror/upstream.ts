import { randomUUID } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { request } from 'undici';
import { AppError, messageOf } from '../../core/errors.ts';
import type { GuardedFetch } from '../../core/fetch/index.ts';
import type { PythonValue } from '../../core/read-python-literal.ts';
import { type CacheConfig, factsOf } from '../import/cache-config.ts';
import { decodeResult } from '../import/encoded-result.ts';
import { type Fields, isFields } from '../import/fields.ts';

/** What the upstream server says of itself, and where it gives its files. */
export interface UpstreamInfo extends CacheConfig {
  mappings: string[];
  /** Base addresses, each with a slash at its end. */
  mappingUrl: string;
  referenceUrl: string;
}

/** Another CRDS server, as any client sees it. Every call has a time-out; what fails throws `crds.upstream-gone`. */
export interface Upstream {
  info(signal?: AbortSignal): Promise<UpstreamInfo>;
  /** Records of the catalogue by name (crds 13.2.7: `get_file_info_map`); unknown names are left out. */
  records(names: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, UpstreamRecord>>;
  /** Bytes at an address that `info` gave. The stream must be read to its end or destroyed. */
  download(url: string, sizeBytes: number | null, signal?: AbortSignal): Promise<Readable>;
}

export type UpstreamRecord = { readonly [field: string]: PythonValue };

/** Until the first byte of an answer, and between any two. */
const silenceMs = 60_000;
const callMs = 300_000;
/** Server info of 200,000 files has some 20 MB. */
const mostBytes = 128 * 1024 * 1024;
/** A file whose size nobody told. */
const mostFileBytes = 64 * 1024 ** 3;
/** Slower than that, a download has stalled. */
const slowestBytesPerMs = 20;

/** The server with this base address, of one observatory. `fetch` gets what lies on other hosts. */
export function upstreamOf(base: string, observatory: string, fetch: GuardedFetch): Upstream {
  const root = base.replace(/\/+$/, '');
  const call = (method: string, params: readonly PythonValue[], signal?: AbortSignal) =>
    callMethod(root, method, params, signal);
  return {
    async info(signal) {
      return infoOf(fieldsOf(await call('get_server_info', [], signal)), observatory, root);
    },
    async records(names, signal) {
      const answer = fieldsOf(await call('get_file_info_map', [observatory, [...names], null], signal));
      // An unknown name has the words "NOT FOUND" in the place of its record.
      return new Map(
        Object.entries(answer).flatMap(([name, record]) =>
          isFields(record) ? [[name, record] as const] : [],
        ),
      );
    },
    download: (url, sizeBytes, signal) => download(root, url, sizeBytes, fetch, signal),
  };
}

function fieldsOf(value: PythonValue): Fields {
  if (isFields(value)) return value;
  throw upstreamGone('it answers with something else than an object');
}

async function callMethod(
  root: string,
  method: string,
  params: readonly PythonValue[],
  signal?: AbortSignal,
): Promise<PythonValue> {
  const id = `orrery-${randomUUID()}`;
  const text = await textOf(`${root}/json/${method}/${id}/`, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '1.0', method, params, id }),
    headers: { 'content-type': 'application/json' },
    ...(signal === undefined ? {} : { signal }),
  });
  const answer = fieldsOf(parse(text));
  if (isFields(answer.error))
    throw upstreamGone(`it refuses ${method}: ${String(answer.error.message).slice(0, 300)}`);
  const result = decodeResult(answer.result ?? null);
  if (result === undefined) throw upstreamGone(`its answer to ${method} cannot be unpacked`);
  return result;
}

function parse(text: string): PythonValue {
  try {
    return JSON.parse(text) as PythonValue;
  } catch {
    throw upstreamGone('its answer is not JSON');
  }
}

interface Asked {
  method: 'GET' | 'POST';
  body?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

async function textOf(url: string, asked: Asked): Promise<string> {
  const body = await ask(url, asked, callMs);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of body) {
      bytes += (part as Buffer).length;
      if (bytes > mostBytes) throw upstreamGone(`its answer has more than ${mostBytes} bytes`);
      parts.push(part as Buffer);
    }
  } catch (error) {
    throw explained(error, asked.signal);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function ask(url: string, { signal, ...asked }: Asked, wholeMs: number): Promise<Readable> {
  const timeout = AbortSignal.timeout(wholeMs);
  try {
    const { statusCode, body } = await request(url, {
      ...asked,
      headers: { 'user-agent': 'orrery', ...asked.headers },
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    if (statusCode === 200) return body;
    body.on('error', () => {}).destroy();
    throw upstreamGone(`it answers ${url.slice(0, 300)} with status ${statusCode}`);
  } catch (error) {
    throw explained(error, signal);
  }
}

async function download(
  root: string,
  url: string,
  sizeBytes: number | null,
  fetch: GuardedFetch,
  signal?: AbortSignal,
): Promise<Readable> {
  const wholeMs = silenceMs + Math.ceil((sizeBytes ?? mostFileBytes) / slowestBytesPerMs);
  // What the operator named may be anywhere; what that server names elsewhere must be in the public network.
  if (URL.parse(url)?.origin === new URL(root).origin) {
    return explaining(
      await ask(url, { method: 'GET', ...(signal === undefined ? {} : { signal }) }, wholeMs),
    );
  }
  try {
    const { status, body } = await fetch.get(url, {
      maxBytes: sizeBytes ?? mostFileBytes,
      timeoutMs: Math.min(wholeMs, 2 ** 31 - 1),
      ...(signal === undefined ? {} : { signal }),
    });
    if (status === 200) return explaining(body);
    body.on('error', () => {}).destroy();
    throw upstreamGone(`it answers ${url.slice(0, 300)} with status ${status}`);
  } catch (error) {
    throw explained(error, signal);
  }
}

/** The same bytes; a connection that breaks is an error that says whose fault it is. */
function explaining(body: Readable): Readable {
  const told = new PassThrough();
  // Whoever reads it hears of the error; before anybody reads there is nobody to tell.
  told.on('error', () => {});
  body.on('error', (error) => told.destroy(explained(error) as Error));
  told.once('close', () => body.destroy());
  return body.pipe(told);
}

function infoOf(info: Fields, observatory: string, root: string): UpstreamInfo {
  if (info.observatory !== observatory) {
    throw upstreamGone(`it is the server of ${JSON.stringify(info.observatory ?? null).slice(0, 40)}`);
  }
  if (!Array.isArray(info.mappings)) throw upstreamGone('it does not say which mappings it has');
  let unreadable = '';
  const facts = factsOf(info, (message) => {
    unreadable = message;
  });
  if (unreadable !== '') throw upstreamGone(unreadable);
  return {
    ...facts,
    mappings: info.mappings.filter((name) => typeof name === 'string'),
    mappingUrl: addressIn(info.mapping_url, observatory, `${root}/unchecked_get/mappings/${observatory}`),
    referenceUrl: addressIn(
      info.reference_url,
      observatory,
      `${root}/unchecked_get/references/${observatory}`,
    ),
  };
}

/** Older servers have one address for files that were checked and one for others (crds 13.2.7). */
function addressIn(value: PythonValue | undefined, observatory: string, otherwise: string): string {
  const places = isFields(value) && isFields(value.unchecked) ? value.unchecked : value;
  const place = isFields(places) ? places[observatory] : undefined;
  return `${(typeof place === 'string' && URL.canParse(place) ? place : otherwise).replace(/\/+$/, '')}/`;
}

/** The upstream server cannot be used just now; what is here already goes on being given. */
export function upstreamGone(why: string, cause?: unknown): AppError {
  return new AppError('busy', 'crds.upstream-gone', `The upstream server is of no use just now: ${why}.`, {
    next: 'Everything that was fetched before is still given; try again later.',
    retryAfterSeconds: 60,
    ...(cause === undefined ? {} : { cause }),
  });
}

function explained(error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof AppError && error.code === 'crds.upstream-gone') return error;
  if (signal?.aborted === true) return signal.reason;
  return upstreamGone(messageOf(error).slice(0, 300) || 'no connection', error);
}
