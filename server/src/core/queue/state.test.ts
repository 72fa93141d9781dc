import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { reviveTask } from './browse.store.ts';
import { retryDelaySeconds } from './definition.ts';
import { mostLost, moves } from './state.ts';
import {
  type Attempt,
  checkpointTask,
  claimTasks,
  endAttempt,
  finishTasks,
  holdTasks,
  insertTasks,
  insertWorker,
  promoteDueTasks,
  recoverLostTasks,
} from './task.store.ts';

const db = await testDatabase();
const kind = 'test.walk';
const workers = ['walk:a', 'walk:b'] as const;

interface Seen {
  state: string;
  fence: number;
  payload: string;
}

/** Every task as it stands; one that is gone is done when its last attempt says so. */
async function look(): Promise<Map<number, Seen>> {
  const rows = await db.sql<Array<Seen & { taskId: number }>>`
    select task_id, state, fence, payload::text as payload from core.task
    union all
    select task_id, 'done', fence, '' from core.task_run where outcome = 'done'`;
  return new Map(rows.map(({ taskId, ...seen }) => [taskId, seen]));
}

const withAttempt = ['finish', 'checkpoint', 'continue', 'retry', 'giveUp', 'release', 'hold'] as const;

/** A call of the store; those with `at` act for one of the attempts so far, mostly one that is over. */
type Step =
  | { call: 'add'; key: string | null; isLater: boolean }
  | { call: 'claim'; worker: 0 | 1 }
  | { call: (typeof withAttempt)[number]; at: number }
  | { call: 'stall'; worker: 0 | 1 }
  | { call: 'due' | 'runAgain' };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ call: fc.constant('add' as const), key: fc.constantFrom(null, 'k'), isLater: fc.boolean() }),
  fc.record({ call: fc.constant('claim' as const), worker: fc.constantFrom(0 as const, 1 as const) }),
  fc.record({
    call: fc.constantFrom('finish', 'checkpoint', 'continue', 'retry', 'giveUp', 'release', 'hold'),
    at: fc.nat(30),
  }),
  fc.record({ call: fc.constant('stall' as const), worker: fc.constantFrom(0 as const, 1 as const) }),
  fc.record({ call: fc.constantFrom('due' as const, 'runAgain' as const) }),
);

/** The moves that each call may make, by their names in the table. */
const allowed: Record<Step['call'], ReadonlyArray<keyof typeof moves>> = {
  add: [],
  claim: ['claim'],
  finish: ['finish'],
  checkpoint: [],
  continue: ['continue'],
  retry: ['retry'],
  giveUp: ['giveUp'],
  release: ['release'],
  hold: [],
  stall: ['lose', 'loseForGood'],
  due: ['due'],
  runAgain: ['runAgain'],
};

async function take(step: Step, attempts: Attempt[], before: ReadonlyMap<number, Seen>): Promise<void> {
  if (step.call === 'add') {
    const runAt = step.isLater ? new Date(Date.now() + 3_600_000) : null;
    await db.transaction((tx) =>
      insertTasks(tx, kind, [{ payload: '0', key: step.key, dedupe: null, priority: 0, runAt }]),
    );
  } else if (step.call === 'claim') {
    const claimed = await claimTasks(db.sql, workers[step.worker], new Map([[kind, 2]]));
    const newest = Math.max(0, ...attempts.map((attempt) => attempt.fence));
    for (const task of claimed) expect(task.fence).toBeGreaterThan(newest);
    attempts.push(...claimed);
  } else if (step.call === 'stall') {
    await db.sql`update core.task_worker set lease_until = '-infinity' where process_id = ${workers[step.worker]}`;
    await recoverLostTasks(db.sql);
    await insertWorker(db.sql, workers[step.worker]);
  } else if (step.call === 'due') {
    await db.sql`update core.task set run_at = clock_timestamp() where state = 'later'`;
    await promoteDueTasks(db.sql);
  } else if (step.call === 'runAgain') {
    for (const [taskId] of before) await reviveTask(db.sql, taskId);
  } else if ('at' in step && attempts.length > 0) {
    const attempt = attempts[step.at % attempts.length] as Attempt;
    const now = before.get(attempt.taskId);
    const isOurs = now?.state === 'running' && now.fence === attempt.fence;
    expect((await settle(step.call, attempt)) !== false).toBe(isOurs);
  }
}

/** Returns false when the fence was refused; true or 'not now' when it was valid. */
async function settle(
  call: Extract<Step, { at: number }>['call'],
  attempt: Attempt,
): Promise<boolean | 'not now'> {
  const isCheckpointed = async (): Promise<boolean> =>
    (await db.sql`select from core.task where fence = ${attempt.fence} and state = 'running' and continued`)
      .count === 1;
  const isRunning = async (): Promise<boolean> =>
    (await db.sql`select from core.task where fence = ${attempt.fence} and state = 'running'`).count === 1;
  if (call === 'checkpoint') return db.transaction((tx) => checkpointTask(tx, attempt, '1'));
  if (call === 'hold') return db.transaction(async (tx) => (await holdTasks(tx, [attempt])) === 1);
  if (call === 'finish') {
    const hadCheckpoint = await isCheckpointed();
    const isDone = (await finishTasks(db.sql, [attempt])).has(attempt.fence);
    return hadCheckpoint && !isDone ? 'not now' : isDone;
  }
  const hadNoCheckpoint = call === 'continue' && (await isRunning()) && !(await isCheckpointed());
  const isDone = await endAttempt(db.sql, attempt, call, { error: 'x' });
  return hadNoCheckpoint && !isDone ? 'not now' : isDone;
}

test('a random walk makes only the moves of the table, one key runs once, and an old fence moves nothing', async () => {
  const walk = fc.asyncProperty(fc.array(aStep, { minLength: 10, maxLength: 60 }), async (steps) => {
    await db.sql`truncate core.task, core.task_run`;
    for (const worker of workers) await insertWorker(db.sql, worker);
    const attempts: Attempt[] = [];
    let before = await look();
    for (const step of steps) {
      await take(step, attempts, before);
      const after = await look();
      for (const [taskId, seen] of after) {
        const from = before.get(taskId)?.state;
        if (from === undefined || from === seen.state) continue;
        const made = allowed[step.call].map((name) => `${moves[name].from} → ${moves[name].to}`);
        expect(made).toContain(`${from} → ${seen.state}`);
      }
      expect([...before.keys()].filter((taskId) => !after.has(taskId))).toEqual([]);
      const keyed = await db.sql`select from core.task where state = 'running' and key is not null`;
      expect(keyed.count).toBeLessThanOrEqual(1);
      before = after;
    }
    const ends = await db.sql<
      { runs: number }[]
    >`select count(*)::int as runs from core.task_run group by fence`;
    expect(ends.every((end) => end.runs === 1)).toBe(true);
  });
  await fc.assert(walk, { numRuns: 40 });
});

test('each state but the last can be left, and each is reached', () => {
  const all = Object.values(moves);
  expect(new Set(all.map((move) => move.from))).toEqual(new Set(['later', 'waiting', 'running', 'dead']));
  expect(new Set(all.map((move) => move.to))).toEqual(
    new Set(['waiting', 'running', 'later', 'dead', 'done']),
  );
  expect(mostLost).toBeGreaterThan(1);
});

test('the delay between tries grows by its factor up to its limit', () => {
  const rule = { attempts: 9, firstDelaySeconds: 5, factor: 4, maxDelaySeconds: 300 };
  expect([1, 2, 3, 4, 5].map((failures) => retryDelaySeconds(rule, failures))).toEqual([5, 20, 80, 300, 300]);
});
