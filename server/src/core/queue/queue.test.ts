import { Type } from 'typebox';
import { afterEach, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { systemClock } from '../clock.ts';
import type { Core } from '../core.ts';
import { silentLog } from '../log.ts';
import { createQueue, defineTask, type Queue, type TaskDefinition } from './index.ts';

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

function aQueue(tasks: readonly TaskDefinition[], processId = `test:${++made}`): Queue {
  const queue = createQueue({
    db,
    log: silentLog,
    clock: systemClock,
    processId,
    tasks,
    times: { pollMs: 50 },
    onStalled: () => {},
  });
  open.push(queue);
  return queue;
}

/** Waits until `check` holds what it says; the last failure is the test's. */
async function eventually<T>(check: () => Promise<T> | T, deadlineMs = 8000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }
}

test('a task runs after the commit of its transaction and leaves its history', async () => {
  const seen: number[] = [];
  const note = defineTask({ name: 'test.note', payload: Payload, run: async ({ payload }) => seen.push(payload.n) });
  const queue = aQueue([note]);
  await queue.start(core);
  const taskId = await db.transaction(async (tx) => {
    const id = await queue.add(tx, note, { n: 7 });
    expect(seen).toEqual([]);
    return id;
  });
  await eventually(async () => expect(await queue.history({ taskId })).toHaveLength(1));
  expect(seen).toEqual([7]);
  expect(await queue.find(taskId)).toBeNull();
  expect(await queue.history({ taskId })).toMatchObject([{ outcome: 'done', attempt: 1, payload: { n: 7 }, error: null }]);
});

test('a task of a transaction that rolls back never runs', async () => {
  const seen: number[] = [];
  const note = defineTask({ name: 'test.note', payload: Payload, run: async ({ payload }) => seen.push(payload.n) });
  const queue = aQueue([note]);
  await queue.start(core);
  const undone = db.transaction(async (tx) => {
    await queue.add(tx, note, { n: 1 });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await db.transaction((tx) => queue.add(tx, note, { n: 2 }));
  await eventually(() => expect(seen).toEqual([2]));
});
