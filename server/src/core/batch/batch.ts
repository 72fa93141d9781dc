import { isConnectionLoss } from '../db/index.ts';
import { AppError } from '../errors.ts';

export interface BatchOptions<In, Out> {
  /** Most items in one statement. */
  maxItems?: number;
  /** Longest time that the first item waits for company. */
  maxDelayMs?: number;
  /** Statements in flight at once. */
  concurrency?: number;
  /** Items that may wait before `busy` is answered. */
  maxWaiting?: number;
  /**
   * Does all items in one transaction and returns after its commit, one answer per item in order; an `Error` in
   * the answer refuses that item alone. When it throws, nothing may have been done.
   */
  run(items: In[]): Promise<ReadonlyArray<Out | Error>>;
}

export interface Batch<In, Out> {
  /** Resolves after the commit that the item was part of. */
  (item: In): Promise<Out>;
  /** Items that wait now. */
  readonly waiting: number;
  /** Takes no more items and resolves when all that were taken are answered. */
  close(): Promise<void>;
}

interface Entry<In, Out> {
  item: In;
  resolve(out: Out): void;
  reject(error: unknown): void;
}

/**
 * Group commit: collects single calls for up to `maxDelayMs` or `maxItems` and does them in one statement,
 * because a commit costs as much for fifty rows as for one. A batch that fails is halved until the bad item
 * fails alone. Throws `batch.closed` and `batch.waiting-full`, both `busy`.
 */
export function createBatch<In, Out>(options: BatchOptions<In, Out>): Batch<In, Out> {
  const { maxItems = 50, maxDelayMs = 2, concurrency = 2, maxWaiting = 10_000, run } = options;
  const waiting: Array<Entry<In, Out>> = [];
  let inFlight = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const onIdle: Array<() => void> = [];

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length > 0 && inFlight < concurrency) {
      inFlight++;
      void answer(waiting.splice(0, maxItems), run).finally(ended);
    }
  };
  const ended = (): void => {
    inFlight--;
    if (waiting.length > 0) flush();
    else if (inFlight === 0) for (const resolve of onIdle.splice(0)) resolve();
  };
  const add = (item: In): Promise<Out> => {
    if (closed) return Promise.reject(refusal('batch.closed', 'This server is stopping.'));
    if (waiting.length >= maxWaiting) {
      return Promise.reject(refusal('batch.waiting-full', `${maxWaiting} calls wait already.`));
    }
    return new Promise<Out>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length >= maxItems) flush();
      else timer ??= setTimeout(flush, maxDelayMs);
    });
  };
  return Object.defineProperty(
    Object.assign(add, {
      async close() {
        closed = true;
        flush();
        if (waiting.length > 0 || inFlight > 0) await new Promise<void>((resolve) => onIdle.push(resolve));
      },
    }),
    'waiting',
    { get: () => waiting.length },
  ) as Batch<In, Out>;
}

async function answer<In, Out>(
  entries: Array<Entry<In, Out>>,
  run: BatchOptions<In, Out>['run'],
): Promise<void> {
  let answers: ReadonlyArray<Out | Error>;
  try {
    answers = await run(entries.map((entry) => entry.item));
    if (answers.length !== entries.length) {
      throw new MissingAnswers(`${answers.length} answers for ${entries.length} items`);
    }
  } catch (error) {
    // After a lost connection nobody knows whether the commit happened, so nothing may be done a second time.
    if (entries.length === 1 || error instanceof MissingAnswers || isConnectionLoss(error)) {
      for (const entry of entries) entry.reject(error);
      return;
    }
    const middle = entries.length >> 1;
    await answer(entries.slice(0, middle), run);
    await answer(entries.slice(middle), run);
    return;
  }
  for (const [index, entry] of entries.entries()) {
    const out = answers[index] as Out | Error;
    if (out instanceof Error) entry.reject(out);
    else entry.resolve(out);
  }
}

/** A bug in `run`: the statement is done, but whose answer is whose cannot be told. */
class MissingAnswers extends Error {}

function refusal(code: string, message: string): AppError {
  return new AppError('busy', code, message, { next: 'Ask again in a few seconds.' });
}
