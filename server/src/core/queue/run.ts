import { setTimeout as sleep } from 'node:timers/promises';
import { Value } from 'typebox/value';
import type { Core } from '../core.ts';
import type { Db } from '../db/index.ts';
import { type Log, withLogFields } from '../log.ts';
import { contextOf } from './context.ts';
import type { TaskDefinition } from './definition.ts';
import { createEnds, type Failure, type Outcome, UnreadablePayload } from './ends.ts';
import type { Progress } from './progress.ts';
import type { ClaimedTask } from './task.store.ts';

/** Hears of each attempt that ended, for the metrics. */
export interface TaskObserver {
  taskEnded?(kind: string, outcome: Outcome, seconds: number): void;
}

export interface RunnerOptions {
  db: Db;
  log: Log;
  observer: TaskObserver;
  progress: Progress;
  /** A place of this kind is free again; `isStored` is false when the end of a task could not be written. */
  ended(kind: string, isStored: boolean): void;
}

export interface Runner {
  /** Tasks that are claimed by this process and whose end is not stored yet, by fence. */
  readonly running: ReadonlyMap<number, ClaimedTask>;
  activeRuns(kind: string): number;
  open(core: Core): void;
  run(definition: TaskDefinition, tasks: ClaimedTask[]): void;
  /** Asks everything to end; after `stopMs` what has not ended is left in `running`. */
  drain(stopMs: number): Promise<void>;
  /** Aborts everything; nothing is written any more. */
  abandon(reason: string): void;
}

/** After `maxSeconds` a task is asked to end; after this much more it counts as failed and its place is free. */
const graceMs = 30_000;

export function createRunner({ db, log, observer, progress, ended }: RunnerOptions): Runner {
  const running = new Map<number, ClaimedTask>();
  const active = new Map<string, number>();
  const places = new Set<Promise<void>>();
  let stopping = new AbortController();
  let isAbandoned = false;
  let core: Core | undefined;
  const ends = createEnds(db, log, () => isAbandoned);

  async function storeEnds(
    definition: TaskDefinition,
    tasks: ClaimedTask[],
    seconds: number,
    failure?: Failure,
  ): Promise<void> {
    if (isAbandoned) return;
    await Promise.all(
      tasks.map(async (task) => {
        const outcome = await ends.store(definition, task, failure);
        observer.taskEnded?.(definition.name, outcome, seconds);
        running.delete(task.fence);
      }),
    );
  }

  async function runTogether(definition: TaskDefinition, tasks: ClaimedTask[]): Promise<void> {
    const startedAt = performance.now();
    let failure: Failure | undefined;
    try {
      await callWithin(definition, tasks, stopping.signal, (signal) =>
        contextOf(core as Core, tasks, signal, progress),
      );
    } catch (error) {
      failure = { error, isStopping: stopping.signal.aborted };
    }
    await storeEnds(definition, tasks, (performance.now() - startedAt) / 1000, failure);
  }

  /** Each alone: those that can be read are run, the others are dead. */
  async function runReadable(definition: TaskDefinition, tasks: ClaimedTask[]): Promise<void> {
    const error = new UnreadablePayload('The stored payload does not fit the schema of its task.');
    for (const task of tasks) {
      if (isReadable(definition, task)) await runTogether(definition, [task]);
      else await storeEnds(definition, [task], 0, { error, isStopping: false });
    }
  }

  /** Uses one place of the kind's concurrency: the groups one after the other. */
  async function runPlace(definition: TaskDefinition, groups: ClaimedTask[][]): Promise<void> {
    const { name } = definition;
    active.set(name, (active.get(name) ?? 0) + 1);
    let isStored = true;
    for (const group of groups) {
      const run = group.every((task) => isReadable(definition, task)) ? runTogether : runReadable;
      try {
        await run(definition, group);
      } catch (error) {
        isStored = false;
        for (const task of group) running.delete(task.fence);
        if (!isAbandoned) log.error({ err: error, task: name }, 'the end of a task could not be stored');
      }
    }
    active.set(name, (active.get(name) ?? 1) - 1);
    ended(name, isStored);
  }

  return {
    running,
    activeRuns: (kind) => active.get(kind) ?? 0,
    open(value) {
      core = value;
      stopping = new AbortController();
    },
    run(definition, tasks) {
      for (const task of tasks) running.set(task.fence, task);
      for (const groups of placesOf(definition, tasks)) {
        const place = runPlace(definition, groups).finally(() => places.delete(place));
        places.add(place);
      }
    },
    async drain(stopMs) {
      stopping.abort(new Error('the server stops'));
      await Promise.race([Promise.allSettled(places), sleep(stopMs, undefined, { ref: false })]);
      if (running.size > 0) isAbandoned = true;
    },
    abandon(reason) {
      isAbandoned = true;
      stopping.abort(new Error(reason));
    },
  };
}

/** Runs it with a signal that aborts after its time; throws when it has not ended a while after that. */
async function callWithin(
  definition: TaskDefinition,
  tasks: readonly ClaimedTask[],
  stopping: AbortSignal,
  context: (signal: AbortSignal) => Parameters<TaskDefinition['run']>[0],
): Promise<void> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const overtime = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      limit.abort(new Error(`it ran longer than ${definition.maxSeconds} s`));
      timer = setTimeout(() => reject(limit.signal.reason), graceMs);
    }, definition.maxSeconds * 1000);
  });
  const fields = { task: definition.name, taskId: tasks[0]?.taskId };
  try {
    const signal = AbortSignal.any([limit.signal, stopping]);
    await Promise.race([withLogFields(fields, () => definition.run(context(signal))), overtime]);
  } finally {
    clearTimeout(timer);
  }
}

/** What was tried before runs alone, one after the other, so that one bad task cannot fail its company twice. */
function placesOf(definition: TaskDefinition, tasks: ClaimedTask[]): ClaimedTask[][][] {
  if (definition.batch === 1) return tasks.map((task) => [[task]]);
  const again = tasks.filter((task) => task.attempts > 1).map((task) => [task]);
  const fresh = tasks.filter((task) => task.attempts === 1);
  const places = again.length === 0 ? [] : [again];
  for (let at = 0; at < fresh.length; at += definition.batch)
    places.push([fresh.slice(at, at + definition.batch)]);
  return places;
}

function isReadable(definition: TaskDefinition, task: ClaimedTask): boolean {
  return Value.Check(definition.payload, task.payload);
}
