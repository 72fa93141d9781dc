import { Type } from 'typebox';
import { afterEach, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import type { Core } from '../core.ts';
import { silentLog } from '../log.ts';
import { createQueue, defineTask, type Queue, type QueueOptions, type TaskDefinition } from './index.ts';
import { releaseUnknownTasks } from './task.store.ts';

const db = await testDatabase();
/** The queue hands the core through and never looks into it. */
const core = { db } as Core;
const Payload = Type.Object({ n: Type.Number() });
const open: Queue[] = [];
let made = 0;

afterEach(async () => {
  for (const queue of open.splice(0)) await queue.stop();
  await db.sql`truncate core.task, core.task_worker, core.task_pause, core.task_run`;
});

function aQueue(
  tasks: readonly TaskDefinition[],
  times: QueueOptions['times'] = {},
  processId = `test:${++made}`,
  onStalled: (reason: string) => void = () => {},
): Queue {
  const queue = createQueue({
    db,
    log: silentLog,
    processId,
    tasks,
    times: { pollMs: 50, ...times },
    onStalled,
  });
  open.push(queue);
  return queue;
}

/** A task that notes its payload's `n`; the notes are in the order of the runs. */
function aNotingTask(more: { concurrency?: number; batch?: number } = {}) {
  const seen: number[] = [];
  const task = defineTask({
    name: 'test.note',
    payload: Payload,
    run: async ({ payloads }) => {
      seen.push(...payloads.map((payload) => payload.n));
    },
    ...more,
  });
  return { task, seen };
}

/** Lets one run at a time wait until it is let go; shows how many run now and at most. */
function aWaitingTask(
  more: { concurrency?: number; retry?: { attempts: number; firstDelaySeconds: number } } = {},
) {
  const waiting: Array<() => void> = [];
  const shown = { now: 0, most: 0, starts: [] as number[], waiting };
  const task = defineTask({
    name: 'test.wait',
    payload: Payload,
    ...more,
    run: async ({ payload }) => {
      shown.starts.push(payload.n);
      shown.most = Math.max(shown.most, ++shown.now);
      await new Promise<void>((resolve) => waiting.push(resolve));
      shown.now--;
    },
  });
  return { task, shown };
}

const outcomes = async (queue: Queue, taskId: number): Promise<string[]> =>
  (await queue.history({ taskId })).map((run) => run.outcome).reverse();

/** What everyone sees once the process's lease has run out, as after a stall longer than the lease. */
async function expireLease(processId: string): Promise<void> {
  await db.sql`update core.task_worker set lease_until = clock_timestamp() - interval '1 ms' where process_id = ${processId}`;
}

test('a task runs after the commit of its transaction and leaves its history', async () => {
  const { task, seen } = aNotingTask();
  const queue = aQueue([task]);
  await queue.start(core);
  const taskId = await db.transaction(async (tx) => {
    const id = await queue.add(tx, task, { n: 7 });
    expect(seen).toEqual([]);
    return id;
  });
  await eventually(async () => expect(await outcomes(queue, taskId)).toEqual(['done']));
  expect(seen).toEqual([7]);
  expect(await queue.find(taskId)).toBeNull();
  expect(await queue.history({ taskId })).toMatchObject([{ attempt: 1, payload: { n: 7 }, error: null }]);
});

test('a task of a transaction that rolls back never runs', async () => {
  const { task, seen } = aNotingTask();
  const queue = aQueue([task]);
  await queue.start(core);
  const undone = db.transaction(async (tx) => {
    await queue.add(tx, task, { n: 1 });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await db.transaction((tx) => queue.add(tx, task, { n: 2 }));
  await eventually(() => expect(seen).toEqual([2]));
});

test('a payload that does not fit is refused before anything is stored', async () => {
  const { task } = aNotingTask();
  const queue = aQueue([task]);
  const wrong = JSON.parse('{"n": "seven"}') as { n: number };
  await expect(db.transaction((tx) => queue.add(tx, task, wrong))).rejects.toMatchObject({
    kind: 'invalid',
    code: 'queue.payload-invalid',
  });
  expect(await queue.list()).toEqual([]);
});

test('a stored payload that no longer fits is dead at once and does not take its batch with it', async () => {
  const { task, seen } = aNotingTask({ batch: 10 });
  const queue = aQueue([task]);
  await db.transaction((tx) => queue.addMany(tx, task, [{ payload: { n: 1 } }, { payload: { n: 2 } }]));
  await db.sql`update core.task set payload = '{"old": true}' where payload ->> 'n' = '1'`;
  await queue.start(core);
  await eventually(() => expect(seen).toEqual([2]));
  await eventually(async () => expect(await queue.list()).toMatchObject([{ state: 'dead', attempts: 1 }]));
});

test('a larger priority goes first, then the older task', async () => {
  const { task, seen } = aNotingTask({ concurrency: 1 });
  const queue = aQueue([task]);
  await db.transaction((tx) =>
    queue.addMany(tx, task, [
      { payload: { n: 1 } },
      { payload: { n: 2 }, priority: -5 },
      { payload: { n: 3 }, priority: 5 },
      { payload: { n: 4 } },
    ]),
  );
  await queue.start(core);
  await eventually(() => expect(seen).toEqual([3, 1, 4, 2]));
});

test('a kind runs no more at once in a process than it says', async () => {
  const { task, shown } = aWaitingTask({ concurrency: 2 });
  const queue = aQueue([task]);
  await queue.start(core);
  await db.transaction((tx) =>
    queue.addMany(
      tx,
      task,
      [1, 2, 3, 4, 5].map((n) => ({ payload: { n } })),
    ),
  );
  await eventually(() => {
    shown.waiting.shift()?.();
    expect(shown.starts).toHaveLength(5);
  });
  for (const letGo of shown.waiting) letGo();
  expect(shown.most).toBe(2);
});

test('tasks of one key run one at a time and in order over two processes', async () => {
  const { task, shown } = aWaitingTask({ concurrency: 4 });
  const queues = [aQueue([task]), aQueue([task])] as const;
  for (const queue of queues) await queue.start(core);
  await db.transaction((tx) =>
    queues[0].addMany(
      tx,
      task,
      [1, 2, 3, 4, 5, 6].map((n) => ({ payload: { n }, key: 'one' })),
    ),
  );
  await eventually(() => {
    shown.waiting.shift()?.();
    expect(shown.starts).toHaveLength(6);
  });
  for (const letGo of shown.waiting) letGo();
  expect(shown.most).toBe(1);
  expect(shown.starts).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a busy key does not hold up other keys', async () => {
  const { task, shown } = aWaitingTask({ concurrency: 2 });
  const queue = aQueue([task]);
  await queue.start(core);
  const keyed = (n: number, key: string) => ({ payload: { n }, key });
  await db.transaction((tx) =>
    queue.addMany(tx, task, [keyed(1, 'a'), keyed(2, 'a'), keyed(3, 'a'), keyed(4, 'b')]),
  );
  await eventually(() => expect(shown.starts).toEqual([1, 4]));
  await eventually(() => {
    shown.waiting.shift()?.();
    expect(shown.starts).toHaveLength(4);
  });
  for (const letGo of shown.waiting) letGo();
});

test('a task with the same word is added once while it has not started', async () => {
  const { task, seen } = aNotingTask();
  const queue = aQueue([task]);
  const add = (n: number) => db.transaction((tx) => queue.add(tx, task, { n }, { dedupe: 'w' }));
  const first = await add(1);
  expect(await add(2)).toBe(first);
  const twice = [1, 2].map((n) => ({ payload: { n }, dedupe: 'v' }));
  const ids = await db.transaction((tx) => queue.addMany(tx, task, [...twice, { payload: { n: 3 } }]));
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).not.toBe(ids[1]);
  await queue.start(core);
  await eventually(() => expect(seen.toSorted()).toEqual([1, 1, 3]));
  await eventually(async () => expect(await queue.list()).toEqual([]));
  expect(await add(4)).not.toBe(first);
});

test('a task for later is not run before its time', async () => {
  const { task, seen } = aNotingTask();
  const queue = aQueue([task]);
  await queue.start(core);
  const later = await db.transaction((tx) =>
    queue.add(tx, task, { n: 1 }, { runAt: new Date(Date.now() + 3_600_000) }),
  );
  await db.transaction((tx) => queue.add(tx, task, { n: 2 }));
  await eventually(() => expect(seen).toEqual([2]));
  expect(await queue.find(later)).toMatchObject({ state: 'later' });
  await db.sql`update core.task set run_at = clock_timestamp()`;
  await eventually(() => expect(seen).toEqual([2, 1]));
});

test('a failed task is tried again until its attempts are used up, then it is kept as dead', async () => {
  let runs = 0;
  const task = defineTask({
    name: 'test.fail',
    payload: Payload,
    retry: { attempts: 3, firstDelaySeconds: 0 },
    run: async () => {
      throw new Error(`no. ${++runs} \0`);
    },
  });
  const queue = aQueue([task]);
  await queue.start(core);
  const taskId = await db.transaction((tx) => queue.add(tx, task, { n: 1 }));
  await eventually(async () =>
    expect(await queue.find(taskId)).toMatchObject({ state: 'dead', attempts: 3, lastError: 'no. 3 ' }),
  );
  expect(await outcomes(queue, taskId)).toEqual(['failed', 'failed', 'dead']);
  expect(await queue.counts()).toMatchObject([{ kind: 'test.fail', dead: 1 }]);
});

test('a dead task can be run again, and so can a finished one', async () => {
  let isBroken = true;
  const task = defineTask({
    name: 'test.mend',
    payload: Payload,
    retry: { attempts: 1 },
    run: async () => {
      if (isBroken) throw new Error('broken');
    },
  });
  const queue = aQueue([task]);
  await queue.start(core);
  const taskId = await db.transaction((tx) => queue.add(tx, task, { n: 1 }, { key: 'k' }));
  await eventually(async () => expect(await queue.find(taskId)).toMatchObject({ state: 'dead' }));
  isBroken = false;
  expect(await queue.runAgain(taskId)).toBe(taskId);
  await eventually(async () => expect(await outcomes(queue, taskId)).toEqual(['dead', 'done']));
  const copy = await queue.runAgain(taskId);
  expect(copy).not.toBe(taskId);
  await eventually(async () =>
    expect(await queue.history({ taskId: copy })).toMatchObject([
      { outcome: 'done', key: 'k', payload: { n: 1 } },
    ]),
  );
  await expect(queue.runAgain(999_999)).rejects.toMatchObject({ code: 'queue.task-not-ended' });
});

test('in a batch that fails each task is tried alone, so that only the bad one stays', async () => {
  const done: number[] = [];
  const task = defineTask({
    name: 'test.batch',
    payload: Payload,
    batch: 10,
    retry: { attempts: 2, firstDelaySeconds: 0 },
    run: async ({ payloads }) => {
      if (payloads.some((payload) => payload.n < 0)) throw new Error('negative');
      done.push(...payloads.map((payload) => payload.n));
    },
  });
  const queue = aQueue([task]);
  await db.transaction((tx) =>
    queue.addMany(
      tx,
      task,
      [1, -2, 3].map((n) => ({ payload: { n } })),
    ),
  );
  await queue.start(core);
  await eventually(async () =>
    expect(await queue.list()).toMatchObject([{ state: 'dead', payload: { n: -2 } }]),
  );
  expect(done.toSorted()).toEqual([1, 3]);
});

test('no task of a paused kind starts in any process until it is resumed', async () => {
  const { task, seen } = aNotingTask();
  const other = defineTask({
    name: 'test.other',
    payload: Payload,
    run: async ({ payload }) => seen.push(payload.n),
  });
  const queue = aQueue([task, other]);
  await queue.pause('test.note', 'storage is full');
  await queue.start(core);
  await db.transaction(async (tx) => {
    await queue.add(tx, task, { n: 1 });
    await queue.add(tx, other, { n: 2 });
  });
  await eventually(() => expect(seen).toEqual([2]));
  expect(await queue.counts()).toMatchObject([
    { kind: 'test.note', waiting: 1, pausedReason: 'storage is full' },
    { kind: 'test.other', pausedReason: null },
  ]);
  await queue.resume('test.note');
  await eventually(() => expect(seen).toEqual([2, 1]));
});

test('progress is shown while a task runs and stays in its history', async () => {
  let letGo = (): void => {};
  const task = defineTask({
    name: 'test.progress',
    payload: Payload,
    run: async ({ progress }) => {
      progress(0.1, 'begun');
      progress(0.5, 'half way');
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
    },
  });
  const queue = aQueue([task]);
  await queue.start(core);
  const taskId = await db.transaction((tx) => queue.add(tx, task, { n: 1 }));
  await eventually(async () =>
    expect(await queue.find(taskId)).toMatchObject({ progress: 0.5, note: 'half way' }),
  );
  letGo();
  await eventually(async () =>
    expect(await queue.history({ taskId })).toMatchObject([{ progress: 0.5, note: 'half way' }]),
  );
});

test('a long task checkpoints and goes on from there under the same id', async () => {
  const seen: number[] = [];
  const task = defineTask({
    name: 'test.long',
    payload: Payload,
    run: async ({ payload, continueWith }) => {
      seen.push(payload.n);
      if (payload.n < 3) await db.transaction((tx) => continueWith(tx, { n: payload.n + 1 }));
    },
  });
  const queue = aQueue([task]);
  await queue.start(core);
  const taskId = await db.transaction((tx) => queue.add(tx, task, { n: 1 }, { key: 'k' }));
  await eventually(async () =>
    expect(await outcomes(queue, taskId)).toEqual(['continued', 'continued', 'done']),
  );
  expect(seen).toEqual([1, 2, 3]);
});

test('a checkpoint that was made survives a failure after it', async () => {
  const seen: number[] = [];
  const task = defineTask({
    name: 'test.long',
    payload: Payload,
    retry: { attempts: 2, firstDelaySeconds: 0 },
    run: async ({ payload, continueWith }) => {
      seen.push(payload.n);
      if (payload.n !== 1) return;
      await db.transaction((tx) => continueWith(tx, { n: 2 }));
      throw new Error('after the checkpoint');
    },
  });
  const queue = aQueue([task]);
  await queue.start(core);
  const taskId = await db.transaction((tx) => queue.add(tx, task, { n: 1 }));
  await eventually(async () => expect(await outcomes(queue, taskId)).toEqual(['failed', 'done']));
  expect(seen).toEqual([1, 2]);
});

test('a task over its time is asked to end and counts as failed', async () => {
  const task = defineTask({
    name: 'test.slow',
    payload: Payload,
    maxSeconds: 0.05,
    retry: { attempts: 1 },
    run: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  const queue = aQueue([task]);
  await queue.start(core);
  const taskId = await db.transaction((tx) => queue.add(tx, task, { n: 1 }));
  await eventually(async () =>
    expect(await queue.find(taskId)).toMatchObject({ state: 'dead', lastError: 'it ran longer than 0.05 s' }),
  );
});

test('stopping gives back a task that heeds the signal, without using up an attempt', async () => {
  let isRunning = false;
  const task = defineTask({
    name: 'test.heed',
    payload: Payload,
    run: ({ signal }) => {
      isRunning = true;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  });
  const queue = aQueue([task]);
  await queue.start(core);
  const taskId = await db.transaction((tx) => queue.add(tx, task, { n: 1 }));
  await eventually(() => expect(isRunning).toBe(true));
  await queue.stop();
  expect(await queue.find(taskId)).toMatchObject({ state: 'waiting', attempts: 0, processId: null });
  expect(await outcomes(queue, taskId)).toEqual(['released']);
});

test('stopping gives back a task that does not heed the signal when the time is over', async () => {
  const { task, shown } = aWaitingTask();
  const queue = aQueue([task], { stopMs: 30 });
  await queue.start(core);
  const taskId = await db.transaction((tx) => queue.add(tx, task, { n: 1 }));
  await eventually(() => expect(shown.now).toBe(1));
  await queue.stop();
  expect(await queue.find(taskId)).toMatchObject({ state: 'waiting', attempts: 0 });
  shown.waiting[0]?.();
});

test('a process that stalls beyond its lease can neither complete nor change the task that another runs', async () => {
  const { task, shown } = aWaitingTask();
  const stalled: string[] = [];
  const slow = aQueue([task], { pollMs: 3_600_000 }, 'test:slow', (reason) => stalled.push(reason));
  await slow.start(core);
  const taskId = await db.transaction((tx) => slow.add(tx, task, { n: 1 }));
  await eventually(() => expect(shown.now).toBe(1));
  const fence = (await slow.find(taskId))?.fence as number;
  await expireLease('test:slow');
  const quick = aQueue([task], {}, 'test:quick');
  await quick.start(core);
  await eventually(() => expect(shown.now).toBe(2));
  expect((await quick.find(taskId))?.fence).toBeGreaterThan(fence);
  shown.waiting[0]?.();
  await eventually(() => expect(shown.now).toBe(1));
  await slow.stop();
  expect(await quick.find(taskId)).toMatchObject({ state: 'running', processId: 'test:quick', lost: 1 });
  shown.waiting[1]?.();
  await eventually(async () => expect(await outcomes(quick, taskId)).toEqual(['lost', 'done']));
});

test('under a lost lease neither a checkpoint nor an effect is stored', async () => {
  const refused: unknown[] = [];
  let letGo = (): void => {};
  const task = defineTask({
    name: 'test.effect',
    payload: Payload,
    run: async ({ attempt, hold, continueWith }) => {
      if (attempt > 1) return;
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      await db.transaction(hold).catch((error: unknown) => refused.push(error));
      await db.transaction((tx) => continueWith(tx, { n: 9 })).catch((error: unknown) => refused.push(error));
    },
  });
  const slow = aQueue([task], { pollMs: 3_600_000 }, 'test:slow');
  await slow.start(core);
  const taskId = await db.transaction((tx) => slow.add(tx, task, { n: 1 }));
  await eventually(async () => expect(await slow.find(taskId)).toMatchObject({ state: 'running' }));
  await expireLease('test:slow');
  const quick = aQueue([task]);
  await quick.start(core);
  await eventually(async () => expect(await outcomes(quick, taskId)).toEqual(['lost', 'done']));
  letGo();
  await eventually(() =>
    expect(refused).toMatchObject([{ code: 'queue.lease-lost' }, { code: 'queue.lease-lost' }]),
  );
});

test('a process whose lease ran out while it had a task ends itself', async () => {
  const { task, shown } = aWaitingTask();
  const stalled: string[] = [];
  const queue = aQueue([task], { renewMs: 20 }, 'test:stalled', (reason) => stalled.push(reason));
  await queue.start(core);
  await db.transaction((tx) => queue.add(tx, task, { n: 1 }));
  await eventually(() => expect(shown.now).toBe(1));
  await expireLease('test:stalled');
  await eventually(() => expect(stalled).toEqual(['the lease of this process ran out in the database']));
  shown.waiting[0]?.();
});

test('a process that stood still ends itself, also when it had nothing to do', async () => {
  const stalled: string[] = [];
  const queue = aQueue([], { staleMs: 80 }, 'test:still', (reason) => stalled.push(reason));
  await queue.start(core);
  const until = performance.now() + 200;
  while (performance.now() < until); // nothing else of this process runs meanwhile, as under SIGSTOP
  await eventually(() => expect(stalled).toMatchObject([expect.stringMatching(/^this process stood still/)]));
});

test('an idle process that lost its lease takes a new one and works on', async () => {
  const { task, seen } = aNotingTask();
  const queue = aQueue([task], { renewMs: 20 }, 'test:idle');
  await queue.start(core);
  await expireLease('test:idle');
  await eventually(async () => {
    const [row] = await db.sql<
      { alive: boolean }[]
    >`select lease_until > clock_timestamp() as alive from core.task_worker`;
    expect(row?.alive).toBe(true);
  });
  await db.transaction((tx) => queue.add(tx, task, { n: 1 }));
  await eventually(() => expect(seen).toEqual([1]));
});

test('a task that ten processes died with is kept away from the next one', async () => {
  const { task, seen } = aNotingTask();
  const queue = aQueue([task]);
  const taskId = await db.transaction((tx) => queue.add(tx, task, { n: 1 }));
  await db.sql`update core.task set state = 'running', process_id = 'gone', fence = 1, lost = 9, attempts = 10, started_at = now()`;
  await queue.start(core);
  await eventually(async () => expect(await queue.find(taskId)).toMatchObject({ state: 'dead', lost: 10 }));
  expect(await outcomes(queue, taskId)).toEqual(['lost']);
  expect(seen).toEqual([]);
});

test('another process hears of a new task without waiting for its poll', async () => {
  const { task, seen } = aNotingTask();
  const worker = aQueue([task], { pollMs: 3_600_000 });
  await worker.start(core);
  const adder = aQueue([task]);
  await db.transaction((tx) => adder.add(tx, task, { n: 1 }));
  await eventually(() => expect(seen).toEqual([1]));
});

test('what a claim took without our hearing of it is given back', async () => {
  const { task, seen } = aNotingTask();
  const queue = aQueue([task], {}, 'test:deaf');
  await queue.start(core);
  await db.transaction((tx) => queue.add(tx, task, { n: 1 }, { runAt: new Date(Date.now() + 3_600_000) }));
  await db.sql`update core.task set state = 'running', process_id = 'test:deaf', fence = 1, attempts = 1`;
  await releaseUnknownTasks(db.sql, 'test:deaf', []);
  await eventually(() => expect(seen).toEqual([1]));
});

test('the pages list tasks and attempts newest first, without gap or double', async () => {
  const { task } = aNotingTask({ batch: 2 });
  const queue = aQueue([task]);
  const ids = await db.transaction((tx) =>
    queue.addMany(
      tx,
      task,
      [1, 2, 3, 4, 5].map((n) => ({ payload: { n } })),
    ),
  );
  const first = await queue.list({ kind: 'test.note', state: 'waiting', limit: 3 });
  const second = await queue.list({ before: first.at(-1)?.taskId as number });
  expect([...first, ...second].map((row) => row.taskId)).toEqual(ids.toReversed());
  await queue.start(core);
  await eventually(async () => expect(await queue.history()).toHaveLength(5));
  const all = await queue.history({ outcome: 'done', kind: 'test.note' });
  const paged = [];
  for (let before = all[0]; before !== undefined; before = paged.at(-1)) {
    const page = await queue.history(paged.length === 0 ? { limit: 2 } : { before, limit: 2 });
    if (page.length === 0) break;
    paged.push(...page);
  }
  expect(paged).toEqual(all);
});
