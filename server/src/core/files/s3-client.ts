import { setTimeout as pause } from 'node:timers/promises';
import { S3mini, S3NetworkError, S3ServiceError } from 's3mini';
import { AppError, messageOf } from '../errors.ts';

export interface S3Account {
  /** Address of the bucket, for example `https://s3.example.org/bucket`. */
  endpoint?: string;
  region?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
}

/** From the request to the headers of the answer; a part of 16 MiB has to be through by then. */
const answerMs = 120_000;

export function connectS3({ endpoint, region = 'auto', accessKeyId, secretAccessKey }: S3Account): S3mini {
  if (endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    throw new AppError('invalid', 'files.s3-settings-missing', 'The S3 store needs an address and keys.', {
      next: 'Set files.s3.endpoint, files.s3.accessKeyId and files.s3.secretAccessKey.',
    });
  }
  return new S3mini({ endpoint, region, accessKeyId, secretAccessKey, fetch: fetchInTime });
}

/** The time limit ends with the headers: a body of many GB may take as long as its reader. */
const fetchInTime: typeof fetch = async (input, init) => {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new DOMException(`no answer within ${answerMs / 1000} s`, 'TimeoutError')),
    answerMs,
  );
  try {
    return await fetch(input, { ...init, signal: late.signal });
  } finally {
    clearTimeout(timer);
  }
};

/** Whether asking again may help: the network, an overloaded server. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== null) return status >= 500 || status === 429 || status === 408;
  // fetch says "fetch failed" and "terminated" as TypeError; s3mini wraps what it gets in some calls.
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof S3NetworkError || cause.name === 'AbortError' || cause.name === 'TimeoutError')
      return true;
    if (cause instanceof TypeError && /^(fetch failed|terminated)$/.test(cause.message)) return true;
  }
  return false;
}

/** Runs `attempt` up to four times while the failures are passing ones; then says that the store is away. */
export async function persistently<T>(attempt: (number: number) => Promise<T>): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (number === 4) throw storeAway(error);
      await pause(100 * 4 ** (number - 1) * (0.5 + Math.random()));
    }
  }
}

export function storeAway(cause: unknown): AppError {
  return new AppError(
    'busy',
    'files.store-unreachable',
    `The file store does not answer: ${messageOf(cause)}`,
    {
      next: 'Try again in a minute; the operator checks files.s3.endpoint when it stays away.',
      retryAfterSeconds: 30,
      cause,
    },
  );
}

export function statusOf(error: unknown): number | null {
  if (error instanceof S3ServiceError) return error.status;
  const cause = (error as Error).cause;
  return cause instanceof S3ServiceError ? cause.status : null;
}
