import type { Core } from '../core.ts';
import type { Db } from '../db/index.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { TaskDefinition } from './definition.ts';
import { createLease, type LeaseTimes } from './lease.ts';
import { createProgress } from './progress.ts';
import { createRunner, type TaskObserver } from './run.ts';
import {
  claimTasks,
  endAttempt,
  promoteDueTasks,
  recoverLostTasks,
  releaseUnknownTasks,
} from './task.store.ts';

export interface WorkerOptions {
  db: Db;
  log: Log;
  processId: string;
  definitions: ReadonlyMap<string, TaskDefinition>;
  observer: TaskObserver;
  times: LeaseTimes & { pollMs: number; stopMs: number };
  /** Called when this process may no longer work: its lease is too old. */
  onStalled(reason: string): void;
}

/** Takes and runs tasks in one process. */
export interface Worker {
  start(core: Core): Promise<void>;
  /** Looks for tasks of these kinds now; of every kind when there is none. */
  wake(kinds: Iterable<string>): void;
  stop(): Promise<void>;
}

/** Most tasks of a kind in one claim, so that the statement stays short. */
const mostPerClaim = 1000;

export function createWorker(options: WorkerOptions): Worker {
  const { db, log, processId, definitions, times } = options;
  /** Kinds that may have waiting tasks. */
  const ready = new Set<string>();
  let open = false;
  let isClaiming = false;
  let claiming: Promise<void> = Promise.resolve();
  /** True after a failure that may have left tasks of ours which we do not know. */
  let doubtful = false;
  let timer: NodeJS.Timeout | undefined;

  const progress = createProgress(db.sql, log);
  const runner = createRunner({
    ...options,
    progress,
    ended(kind, isStored) {
      if (!isStored) doubtful = true;
      wake([kind]);
    },
  });
  const lease = createLease({ db, processId, times, isIdle: () => runner.running.size === 0 });

  function wake(kinds: Iterable<string>): void {
    for (const kind of kinds) if (definitions.has(kind)) ready.add(kind);
    if (!open || isClaiming || ready.size === 0) return;
    isClaiming = true;
    claiming = claimAll();
  }

  async function claimAll(): Promise<void> {
    try {
      while (open) {
        const room = roomOf(ready);
        ready.clear();
        if (room.size === 0) return;
        await claimAgain(room);
      }
    } catch (error) {
      doubtful = true;
      log.warn({ reason: messageOf(error) }, 'tasks could not be claimed; tried again soon');
    } finally {
      // In the same turn as the last look at `ready`, so that no call of `wake` falls between the two.
      isClaiming = false;
    }
  }

  async function claimAgain(room: ReadonlyMap<string, number>): Promise<void> {
    try {
      await claimOnce(room);
    } catch (error) {
      const isKeyTaken = (error as { code?: string }).code === '23505';
      if (!isKeyTaken) throw error;
      for (const kind of room.keys()) ready.add(kind);
    }
  }

  async function claimOnce(room: ReadonlyMap<string, number>): Promise<void> {
    if (doubtful) {
      await releaseUnknownTasks(
        db.sql,
        processId,
        [...runner.running.values()].map((task) => task.taskId),
      );
      doubtful = false;
    }
    const claimed = await claimTasks(db.sql, processId, room);
    for (const [kind, tasks] of Map.groupBy(claimed, (task) => task.kind)) {
      runner.run(definitions.get(kind) as TaskDefinition, tasks);
      ready.add(kind); // there may be more
    }
  }

  function roomOf(kinds: Iterable<string>): Map<string, number> {
    const room = new Map<string, number>();
    for (const kind of kinds) {
      const { concurrency, batch } = definitions.get(kind) as TaskDefinition;
      const free = (concurrency - runner.activeRuns(kind)) * batch;
      if (free > 0) room.set(kind, Math.min(free, mostPerClaim));
    }
    return room;
  }

  /** Once a second: the lease, tasks whose time has come, tasks that others lost, and the poll. */
  async function beat(): Promise<void> {
    const trouble = await lease.beat();
    if (trouble !== undefined && open) return stall(trouble);
    if (!lease.isFresh()) return;
    await promoteDueTasks(db.sql);
    await recoverLostTasks(db.sql);
    wake(definitions.keys());
  }

  function stall(reason: string): void {
    open = false;
    clearInterval(timer);
    runner.abandon(reason);
    log.fatal(
      { reason, running: runner.running.size },
      'this process stops working: others may have its tasks',
    );
    options.onStalled(reason);
  }

  return {
    wake,
    async start(core) {
      await lease.take();
      runner.open(core);
      open = true;
      let beating = false;
      timer = setInterval(() => {
        const stood = lease.stoodStill();
        if (stood !== undefined && open) return stall(stood);
        if (beating) return;
        beating = true;
        beat()
          .catch((error: unknown) =>
            log.warn({ reason: messageOf(error) }, 'the queue could not reach the database'),
          )
          .finally(() => {
            beating = false;
          });
      }, times.pollMs);
      wake(definitions.keys());
    },
    async stop() {
      if (!open) return;
      open = false;
      clearInterval(timer);
      await claiming;
      await runner.drain(times.stopMs);
      await progress.flush();
      try {
        for (const task of runner.running.values()) await endAttempt(db.sql, task, 'release');
        await lease.end();
      } catch (error) {
        log.warn(
          { reason: messageOf(error) },
          'tasks were not given back; others take them when the lease is over',
        );
      }
    },
  };
}
