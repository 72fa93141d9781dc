import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { AppError } from '../errors.ts';
import { createThreads, type Threads, type ThreadsOptions } from './index.ts';

const work = new URL('./fixtures/work.ts', import.meta.url);
const open: Threads[] = [];

function pool(options: ThreadsOptions = {}): Threads {
  const threads = createThreads({ max: 2, ...options });
  open.push(threads);
  return threads;
}

/** A cell that holds `busyUntil` up: [0] is the gate, [1] counts who has arrived. */
function gate(): { flag: SharedArrayBuffer; arrived(): number; openIt(): void } {
  const flag = new SharedArrayBuffer(8);
  const cell = new Int32Array(flag);
  return {
    flag,
    arrived: () => Atomics.load(cell, 1),
    openIt() {
      Atomics.store(cell, 0, 1);
      Atomics.notify(cell, 0);
    },
  };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((threads) => threads.stop()));
});

test('a function of a TypeScript module runs in a thread and its result comes back', async () => {
  expect(await pool().run<number>(work, 'add', [2, 3])).toBe(5);
});

test('a free thread is used again', async () => {
  const threads = pool();
  const first = await threads.run<number>(work, 'whichThread', []);
  expect(await threads.run<number>(work, 'whichThread', [])).toBe(first);
  expect(threads.counts()).toEqual({ threads: 1, running: 0, waiting: 0 });
});

test('no more threads than allowed, the rest waits in order, and a full queue answers busy', async () => {
  const threads = pool({ max: 2, maxQueue: 1 });
  const held = gate();
  const running = [1, 2, 3].map(() => threads.run<string>(work, 'busyUntil', [held.flag]));
  expect(threads.counts()).toEqual({ threads: 2, running: 2, waiting: 1 });
  await expect(threads.run(work, 'add', [1, 1])).rejects.toMatchObject({
    kind: 'busy',
    code: 'threads.queue-full',
  });
  await eventually(() => expect(held.arrived()).toBe(2));
  held.openIt();
  expect(await Promise.all(running)).toEqual(['let go', 'let go', 'let go']);
});

test('the event loop goes on while a thread is occupied', async () => {
  const threads = pool({ max: 1 });
  const spinning = threads.run(work, 'spin', [], { signal: AbortSignal.timeout(500) });
  let turns = 0;
  let over = false;
  const end = spinning.catch(() => {
    over = true;
  });
  while (!over) {
    await nextTurn();
    turns++;
  }
  await end;
  expect(turns).toBeGreaterThan(1000);
});

test('an overdue task is ended, its thread replaced, and the next task runs', async () => {
  const threads = pool({ max: 1 });
  const spinning = threads.run(work, 'spin', [], { timeoutMs: 100 });
  const next = threads.run<number>(work, 'add', [1, 1]);
  await expect(spinning).rejects.toMatchObject({ kind: 'busy', code: 'threads.task-overdue' });
  expect(await next).toBe(2);
  expect(threads.counts().threads).toBe(1);
});

test('an abort ends a running task with its reason', async () => {
  const threads = pool({ max: 1 });
  const held = gate();
  const abort = new AbortController();
  const running = threads.run(work, 'busyUntil', [held.flag], { signal: abort.signal });
  await eventually(() => expect(held.arrived()).toBe(1));
  abort.abort(new Error('the client left'));
  await expect(running).rejects.toThrow('the client left');
  expect(await threads.run<number>(work, 'add', [1, 1])).toBe(2);
});

test('an abort takes a waiting task out of the queue', async () => {
  const threads = pool({ max: 1 });
  const held = gate();
  const first = threads.run<string>(work, 'busyUntil', [held.flag]);
  const abort = new AbortController();
  const second = threads.run(work, 'add', [1, 1], { signal: abort.signal });
  abort.abort(new Error('the client left'));
  await expect(second).rejects.toThrow('the client left');
  expect(threads.counts().waiting).toBe(0);
  held.openIt();
  expect(await first).toBe('let go');
});

test('a task that was aborted before does not start', async () => {
  const threads = pool();
  await expect(
    threads.run(work, 'add', [1, 1], { signal: AbortSignal.abort(new Error('gone')) }),
  ).rejects.toThrow('gone');
  expect(threads.counts().threads).toBe(0);
});

test('an AppError thrown inside arrives as it is', async () => {
  const thrown = await pool()
    .run(work, 'refuse', [])
    .catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(AppError);
  expect(thrown).toMatchObject({
    kind: 'invalid',
    code: 'example.no',
    next: 'Ask otherwise.',
    details: { field: 'x' },
  });
});

test('another error keeps its name, its words and where it was thrown', async () => {
  await expect(pool().run(work, 'fail', [])).rejects.toMatchObject({
    name: 'RangeError',
    message: 'out of range',
    stack: expect.stringContaining('work.ts'),
  });
});

test('a module or a function that is not there fails the task, not the thread', async () => {
  const threads = pool({ max: 1 });
  await expect(threads.run(new URL('./fixtures/no.ts', import.meta.url), 'add', [])).rejects.toThrow('no.ts');
  await expect(threads.run(work, 'subtract', [])).rejects.toThrow('exports no function subtract');
  expect(await threads.run<number>(work, 'add', [1, 1])).toBe(2);
});

test('an argument that cannot be copied fails the task, not the thread', async () => {
  const threads = pool({ max: 1 });
  await expect(threads.run(work, 'add', [() => 1])).rejects.toThrow('could not be cloned');
  expect(await threads.run<number>(work, 'add', [1, 1])).toBe(2);
});

test('a task that needs too much heap ends alone', async () => {
  const threads = pool({ max: 1, maxHeapMb: 32 });
  await expect(threads.run(work, 'hoard', [])).rejects.toMatchObject({
    kind: 'too-large',
    code: 'threads.task-died',
  });
  expect(await threads.run<number>(work, 'add', [1, 1])).toBe(2);
});

test('a task that ends its thread fails and the next has a new one', async () => {
  const threads = pool({ max: 1 });
  await expect(threads.run(work, 'leave', [])).rejects.toMatchObject({ code: 'threads.task-died' });
  expect(await threads.run<number>(work, 'add', [1, 1])).toBe(2);
});

test('bytes can be handed over instead of copied', async () => {
  const bytes = new Uint8Array(1000);
  expect(await pool().run<number>(work, 'length', [bytes], { transfer: [bytes.buffer] })).toBe(1000);
  expect(bytes.length).toBe(0);
});

test('a thread sees nothing of the environment', async () => {
  expect(await pool().run<string[]>(work, 'environmentNames', [])).toEqual([]);
});

test('an idle thread ends', async () => {
  const threads = pool({ idleMs: 20 });
  await threads.run(work, 'add', [1, 1]);
  await eventually(() => expect(threads.counts().threads).toBe(0));
  expect(await threads.run<number>(work, 'add', [1, 1])).toBe(2);
});

test('stopping fails what runs and what waits', async () => {
  const threads = pool({ max: 1 });
  const running = threads.run(work, 'spin', []);
  const waiting = threads.run(work, 'add', [1, 1]);
  const both = Promise.allSettled([running, waiting]);
  await threads.stop();
  const stopped = { status: 'rejected', reason: expect.objectContaining({ code: 'threads.stopped' }) };
  expect(await both).toEqual([stopped, stopped]);
  await expect(threads.run(work, 'add', [1, 1])).rejects.toMatchObject({ code: 'threads.stopped' });
});
