import { Value } from 'typebox/value';
import type { Core } from '../core.ts';
import type { Db, Tx } from '../db/index.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import {
  countTasks,
  deletePause,
  findTask,
  insertPause,
  type KindCounts,
  listRuns,
  listTasks,
  type RunFilter,
  reviveTask,
  type TaskFilter,
  type TaskRow,
  type TaskRunRow,
} from './browse.store.ts';
import type { TaskDefinition } from './definition.ts';
import type { TaskObserver } from './run.ts';
import { insertTasks } from './task.store.ts';
import { createWake } from './wake.ts';
import { createWorker } from './worker.ts';

export interface AddOptions {
  /** Tasks of one kind and key run one at a time over all processes, oldest first within a priority. */
  key?: string;
  /** Larger goes first; −100 to 100. */
  priority?: number;
  /** Not before this time (to the second). */
  runAt?: Date;
  /** While a task of this kind with the same word has not started, no second one is added. */
  dedupe?: string;
}

/** Durable background work. A task may run twice; it never runs twice at the same time under a valid fence. */
export interface Queue {
  /** Adds a task within the caller's transaction and returns its id. Refuses a payload that does not fit. */
  add<P>(tx: Tx, task: TaskDefinition<P>, payload: NoInfer<P>, options?: AddOptions): Promise<number>;
  /** Adds tasks of one kind in one statement and returns their ids in order. */
  addMany<P>(
    tx: Tx,
    task: TaskDefinition<P>,
    tasks: ReadonlyArray<{ payload: NoInfer<P> } & AddOptions>,
  ): Promise<number[]>;
  /** Begins to run tasks in this process. */
  start(core: Core): Promise<void>;
  /** Lets running tasks end, gives back those that do not within 10 s, and leaves. */
  stop(): Promise<void>;
  /** No task of this kind starts in any process until `resume`; running ones end. */
  pause(kind: string, reason?: string): Promise<void>;
  resume(kind: string): Promise<void>;
  /** Lets a dead task wait again, or adds a finished one anew; returns the id of the task that waits now. */
  runAgain(taskId: number): Promise<number>;
  find(taskId: number): Promise<TaskRow | null>;
  list(filter?: TaskFilter): Promise<TaskRow[]>;
  history(filter?: RunFilter): Promise<TaskRunRow[]>;
  counts(): Promise<KindCounts[]>;
}

export interface QueueOptions {
  db: Db;
  log: Log;
  processId: string;
  tasks: readonly TaskDefinition[];
  metrics?: TaskObserver;
  /** What to do when this process must end itself; by default it exits with status 70. */
  onStalled?: (reason: string) => void;
  /** For tests; the defaults are those of the promise. */
  times?: Partial<{ renewMs: number; staleMs: number; pollMs: number; stopMs: number }>;
}

const defaultTimes = { renewMs: 3000, staleMs: 10_000, pollMs: 1000, stopMs: 10_000 };

export function createQueue(options: QueueOptions): Queue {
  const { db, log, processId, metrics = {}, onStalled = () => process.exit(70) } = options;
  const definitions = new Map<string, TaskDefinition>();
  for (const task of options.tasks) {
    if (definitions.has(task.name)) throw new Error(`two tasks are called ${task.name}`);
    definitions.set(task.name, task);
  }
  const wake = createWake(db, log);
  const times = { ...defaultTimes, ...options.times };
  const worker = createWorker({ db, log, processId, definitions, observer: metrics, times, onStalled });
  const announce = (kinds: readonly string[]): void => {
    worker.wake(kinds);
    wake.tell(kinds);
  };
  const addMany: Queue['addMany'] = async (tx, task, tasks) => {
    if (tasks.length === 0) return [];
    for (const { payload } of tasks) checkPayload(task, payload);
    const rows = tasks.map(({ payload, key, dedupe, priority, runAt }) => ({
      payload: JSON.stringify(payload),
      key: key ?? null,
      dedupe: dedupe ?? null,
      priority: priority ?? 0,
      runAt: runAt ?? null,
    }));
    const ids = await insertOnce(tx, task.name, rows);
    db.afterCommit(tx, () => announce([task.name]));
    return ids;
  };
  return {
    async add(tx, task, payload, more = {}) {
      return (await addMany(tx, task, [{ payload, ...more }]))[0] as number;
    },
    addMany,
    async start(core) {
      await worker.start(core);
      await wake.listen((kinds) => worker.wake(kinds.length === 0 ? definitions.keys() : kinds));
    },
    async stop() {
      await worker.stop();
      await wake.stop();
    },
    async pause(kind, reason = '') {
      await insertPause(db.sql, kind, reason);
    },
    async resume(kind) {
      await deletePause(db.sql, kind);
      announce([kind]);
    },
    runAgain: (taskId) => runAgain(db, taskId, announce),
    find: (taskId) => findTask(db.sql, taskId),
    list: (filter = {}) => listTasks(db.sql, filter),
    history: (filter = {}) => listRuns(db.sql, filter),
    counts: () => countTasks(db.sql, [...definitions.keys()]),
  };
}

type Row = Parameters<typeof insertTasks>[2][number];

/** One statement cannot meet the same `dedupe` twice, so doubles within the list are folded before it. */
async function insertOnce(tx: Tx, kind: string, rows: readonly Row[]): Promise<number[]> {
  const firstOf = new Map<string, number>();
  const kept: Row[] = [];
  const places = rows.map((row) => {
    const known = row.dedupe === null ? undefined : firstOf.get(row.dedupe);
    if (known !== undefined) return known;
    if (row.dedupe !== null) firstOf.set(row.dedupe, kept.length);
    return kept.push(row) - 1;
  });
  const ids = await insertTasks(tx, kind, kept);
  return places.map((place) => ids[place] as number);
}

async function runAgain(
  db: Db,
  taskId: number,
  announce: (kinds: readonly string[]) => void,
): Promise<number> {
  const revived = await reviveTask(db.sql, taskId);
  if (revived !== null) {
    announce([revived.kind]);
    return taskId;
  }
  const [run] = (await findTask(db.sql, taskId)) === null ? await listRuns(db.sql, { taskId, limit: 1 }) : [];
  if (run === undefined) {
    throw new AppError(
      'conflict',
      'queue.task-not-ended',
      `Task ${taskId} has not ended, or is not known any more.`,
      {
        next: 'Wait until it is done or dead.',
      },
    );
  }
  return db.transaction(async (tx) => {
    const row = {
      payload: JSON.stringify(run.payload),
      key: run.key,
      dedupe: null,
      priority: 0,
      runAt: null,
    };
    const [newId] = await insertTasks(tx, run.kind, [row]);
    db.afterCommit(tx, () => announce([run.kind]));
    return newId as number;
  });
}

function checkPayload(task: TaskDefinition, payload: unknown): void {
  if (Value.Check(task.payload, payload)) return;
  const [first] = Value.Errors(task.payload, payload);
  throw new AppError(
    'invalid',
    'queue.payload-invalid',
    `The payload of ${task.name} does not fit its schema.`,
    {
      next: 'Give the values that the task declares.',
      details: { at: first?.instancePath ?? '', why: first?.message ?? '' },
    },
  );
}
