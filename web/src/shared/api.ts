import type { ErrorBody } from '@orrery/contracts';

/** A refusal or failure of our own API, with the sentence and the next step the server gave. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly next: string | undefined;
  readonly requestId: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(status: number, body: Partial<ErrorBody>) {
    super(body.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body.code ?? `http.${status}`;
    this.next = body.next;
    this.requestId = body.requestId;
    this.details = body.details ?? {};
  }
}

/** No answer at all: the server is down or the network is. */
export class NoAnswer extends Error {
  constructor(cause: unknown) {
    super('The server did not answer.', { cause });
  }
}

type Query = Record<string, string | number | boolean | readonly string[] | undefined | null>;

/** Builds a query string; lists repeat their key, empty values are left out. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value)) for (const each of value) search.append(key, each);
    else search.append(key, String(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** A key that makes a repeated POST harmless; works on plain http too, where `randomUUID` is missing. */
export function idempotencyKey(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface CallOptions {
  body?: unknown;
  signal?: AbortSignal;
  /** The version that is changed; another one is not overwritten. */
  ifMatch?: number;
}

/** Calls the API and gives the JSON of the answer. Throws `ApiError` or `NoAnswer`; gives up after 30 s. */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const limit = AbortSignal.timeout(options.body instanceof FormData ? 600_000 : 30_000);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method === 'POST') headers['idempotency-key'] = idempotencyKey();
  if (options.ifMatch !== undefined) headers['if-match'] = `"${options.ifMatch}"`;
  let body: string | FormData | undefined;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body !== undefined) {
    body = JSON.stringify(options.body);
    headers['content-type'] = 'application/json';
  }
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      signal: options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]),
      ...(body === undefined ? {} : { body }),
    });
  } catch (cause) {
    if (options.signal?.aborted === true) throw cause;
    throw new NoAnswer(cause);
  }
  if (response.ok) {
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
  throw await readError(response);
}

async function readError(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    return new ApiError(response.status, JSON.parse(text) as ErrorBody);
  } catch {
    return new ApiError(response.status, {
      message: `The server answered ${response.status} without a reason.`,
    });
  }
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  call<T>('GET', path, signal === undefined ? {} : { signal });

/** The text of an answer that is no JSON: logs, scripts. */
export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(30_000);
  let response: Response;
  try {
    response = await fetch(path, {
      credentials: 'same-origin',
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new NoAnswer(cause);
  }
  if (response.ok) return response.text();
  throw await readError(response);
}
