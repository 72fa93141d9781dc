import { availableParallelism } from 'node:os';
import { type Transferable, Worker } from 'node:worker_threads';
import { AppError, messageOf } from '../errors.ts';
import { type ThreadAnswer, uncarry } from './messages.ts';

export interface ThreadsOptions {
  /** Threads at a time; default one fewer than cores, at least 1. */
  max?: number;
  /** Tasks that may wait for a thread; more are answered `busy`. Default 100. */
  maxQueue?: number;
  /** A thread without work ends after this time. Default 30 s. */
  idleMs?: number;
  /** Heap of one thread in MiB; a task that needs more fails alone. Default 512. */
  maxHeapMb?: number;
}

export interface ThreadTask {
  /** Ends the task when aborted; the error is the signal's reason. */
  signal?: AbortSignal;
  /** Longest running time, waiting for a thread not counted. Default 60 s. */
  timeoutMs?: number;
  /** Values handed over instead of copied. */
  transfer?: readonly Transferable[];
}

export interface Threads {
  /**
   * Calls `exportName` of the module at `moduleUrl` in a thread and returns what it returns. Arguments and
   * result are copied (structured clone). Throws what the function threw (an AppError stays one), `busy
   * threads.queue-full`, `busy threads.task-overdue`, `too-large threads.task-died`, or the abort reason.
   */
  run<T>(
    moduleUrl: URL | string,
    exportName: string,
    args: readonly unknown[],
    task?: ThreadTask,
  ): Promise<T>;
  /** Threads alive, tasks in them, tasks waiting. */
  counts(): { threads: number; running: number; waiting: number };
  /** Ends all threads; what still ran fails with `busy threads.stopped`. */
  stop(): Promise<void>;
}

interface Job {
  id: number;
  call: { moduleUrl: string; exportName: string; args: readonly unknown[] };
  transfer: readonly Transferable[];
  timeoutMs: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  settled: boolean;
}

interface Thread {
  worker: Worker;
  job: Job | undefined;
  /** Ends an idle thread, or an overdue task. */
  timer: NodeJS.Timeout | undefined;
}

/** A bounded pool of worker threads for work that would hold up the event loop. */
export function createThreads(options: ThreadsOptions = {}): Threads {
  return new ThreadPool(options);
}

class ThreadPool implements Threads {
  readonly #max: number;
  readonly #maxQueue: number;
  readonly #idleMs: number;
  readonly #maxHeapMb: number;
  readonly #threads = new Set<Thread>();
  readonly #waiting: Job[] = [];
  #lastId = 0;
  #stopped = false;

  constructor(options: ThreadsOptions) {
    this.#max = options.max ?? Math.max(1, availableParallelism() - 1);
    this.#maxQueue = options.maxQueue ?? 100;
    this.#idleMs = options.idleMs ?? 30_000;
    this.#maxHeapMb = options.maxHeapMb ?? 512;
  }

  run<T>(
    moduleUrl: URL | string,
    exportName: string,
    args: readonly unknown[],
    task: ThreadTask = {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      task.signal?.throwIfAborted();
      if (this.#stopped) throw stopped();
      const settle = (): boolean => {
        task.signal?.removeEventListener('abort', abort);
        const first = !job.settled;
        job.settled = true;
        return first;
      };
      const job: Job = {
        id: ++this.#lastId,
        call: { moduleUrl: String(moduleUrl), exportName, args },
        transfer: task.transfer ?? [],
        timeoutMs: task.timeoutMs ?? 60_000,
        settled: false,
        resolve: (value) => settle() && resolve(value as T),
        reject: (error) => settle() && reject(error),
      };
      const abort = (): void => this.#abandon(job, task.signal?.reason);
      this.#accept(job);
      task.signal?.addEventListener('abort', abort, { once: true });
    });
  }

  counts(): { threads: number; running: number; waiting: number } {
    const running = [...this.#threads].filter((thread) => thread.job !== undefined).length;
    return { threads: this.#threads.size, running, waiting: this.#waiting.length };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const job of this.#waiting.splice(0)) job.reject(stopped());
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, stopped())));
  }

  /** Into a free thread, a new one, or the queue. */
  #accept(job: Job): void {
    const free = [...this.#threads].find((thread) => thread.job === undefined);
    if (free !== undefined || this.#threads.size < this.#max) {
      this.#give(free ?? this.#open(), job);
      return;
    }
    const waiting = this.#waiting.length;
    if (waiting >= this.#maxQueue) {
      throw new AppError('busy', 'threads.queue-full', `${waiting} calculations are waiting already.`, {
        next: 'Ask again in a few seconds.',
      });
    }
    this.#waiting.push(job);
  }

  #open(): Thread {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: this.#maxHeapMb },
      env: {},
      execArgv: [],
    });
    worker.unref();
    const thread: Thread = { worker, job: undefined, timer: undefined };
    this.#threads.add(thread);
    worker.on('message', (answer: ThreadAnswer) => this.#answered(thread, answer));
    worker.on('error', (error: unknown) => this.#end(thread, died(error)));
    worker.on('exit', (code) => this.#end(thread, died(`the thread ended with code ${code}`)));
    return thread;
  }

  #give(thread: Thread, job: Job): void {
    clearTimeout(thread.timer);
    thread.job = job;
    thread.worker.ref();
    try {
      thread.worker.postMessage({ id: job.id, ...job.call }, [...job.transfer]);
    } catch (error) {
      // An argument that cannot be copied; the thread has seen nothing and stays good.
      job.reject(error);
      this.#release(thread);
      return;
    }
    thread.timer = setTimeout(() => void this.#end(thread, overdue(job)), job.timeoutMs);
  }

  #answered(thread: Thread, answer: ThreadAnswer): void {
    const job = thread.job;
    if (job === undefined || job.id !== answer.id) return;
    if ('error' in answer) job.reject(uncarry(answer.error));
    else job.resolve(answer.result);
    this.#release(thread);
  }

  /** The thread's task is over: the next one, or idle until its time is up. */
  #release(thread: Thread): void {
    clearTimeout(thread.timer);
    thread.job = undefined;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#give(thread, next);
      return;
    }
    thread.worker.unref();
    thread.timer = setTimeout(() => void this.#end(thread, stopped()), this.#idleMs);
    thread.timer.unref();
  }

  /** Takes the thread out, fails its task with `error`, and lets the next task have a new thread. */
  async #end(thread: Thread, error: Error): Promise<void> {
    if (!this.#threads.delete(thread)) return;
    clearTimeout(thread.timer);
    thread.job?.reject(error);
    const next = this.#stopped ? undefined : this.#waiting.shift();
    if (next !== undefined) this.#give(this.#open(), next);
    await thread.worker.terminate();
  }

  #abandon(job: Job, reason: unknown): void {
    job.reject(reason);
    const place = this.#waiting.indexOf(job);
    if (place >= 0) this.#waiting.splice(place, 1);
    const thread = [...this.#threads].find((one) => one.job === job);
    if (thread !== undefined) void this.#end(thread, stopped());
  }
}

function overdue(job: Job): AppError {
  const { exportName } = job.call;
  return new AppError('busy', 'threads.task-overdue', `${exportName} took longer than ${job.timeoutMs} ms.`, {
    next: 'Ask for less at once, or again when the server is less busy.',
  });
}

function died(cause: unknown): AppError {
  return new AppError('too-large', 'threads.task-died', `The calculation ended early: ${messageOf(cause)}.`, {
    next: 'Ask for less at once.',
    cause,
  });
}

function stopped(): AppError {
  return new AppError('busy', 'threads.stopped', 'The server is stopping.', {
    next: 'Ask again in a few seconds.',
  });
}
