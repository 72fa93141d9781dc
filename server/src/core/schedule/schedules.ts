import { setTimeout as sleep } from 'node:timers/promises';
import type { Core } from '../core.ts';
import type { Db } from '../db/index.ts';
import { AppError, messageOf } from '../errors.ts';
import { type Log, withLogFields } from '../log.ts';
import { nextDue, periodText, type ScheduleDefinition } from './definition.ts';
import {
  askForTick,
  type ClaimedTick,
  claimTick,
  databaseTime,
  endTick,
  listSchedules,
  releaseTick,
  renewTick,
  type ScheduleState,
  setPause,
  type TickEnd,
  untilNextDue,
  upsertSchedule,
} from './schedule.store.ts';

export type { ScheduleState } from './schedule.store.ts';

/** The clock of the server: each tick is run by one process. */
export interface Schedules {
  /** Makes the schedules known and begins to run them in this process. */
  start(core: Core): Promise<void>;
  /** Aborts running ticks, waits up to 10 s for them and gives the rest to the other processes. */
  stop(): Promise<void>;
  list(): Promise<ScheduleState[]>;
  /** Runs it within a second, also when it is paused; while it runs, the present run is the answer. Refuses with `schedule.name-unknown`. */
  runNow(name: string): Promise<void>;
  pause(name: string, reason: string): Promise<void>;
  /** Missed ticks are treated as the schedule's `catchUp` says. */
  resume(name: string): Promise<void>;
}

export interface SchedulesOptions {
  db: Db;
  log: Log;
  processId: string;
  schedules: readonly ScheduleDefinition[];
  /** Longest time between two looks at the table, and between two renewals. For tests. */
  times?: { lookMs: number; renewMs: number };
}

const stopMs = 10_000;

export function createSchedules(options: SchedulesOptions): Schedules {
  const { db, log, processId, times = { lookMs: 1000, renewMs: 4000 } } = options;
  const definitions = new Map(options.schedules.map((schedule) => [schedule.name, schedule]));
  if (definitions.size !== options.schedules.length) throw new Error('two schedules have the same name');
  const names = [...definitions.keys()];
  const running = new Map<ClaimedTick, Promise<void>>();
  const look = new AbortController();
  let looking: Promise<void> | undefined;

  async function lookAgain(core: Core): Promise<void> {
    while (!look.signal.aborted) {
      let waitMs = times.lookMs;
      try {
        const tick = await claimTick(db.sql, processId, names);
        if (tick !== null) {
          const work = runTick(core, tick).finally(() => running.delete(tick));
          running.set(tick, work);
          continue;
        }
        waitMs = Math.min(Math.max((await untilNextDue(db.sql, names)) ?? times.lookMs, 10), times.lookMs);
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'the schedules could not be read; tried again soon');
      }
      await sleep(waitMs, undefined, { signal: look.signal }).catch(() => {});
    }
  }

  async function runTick(core: Core, tick: ClaimedTick): Promise<void> {
    const definition = definitions.get(tick.name) as ScheduleDefinition;
    const isLate = definition.catchUp === 'skip' && nextDue(definition.timing, tick.dueAt) <= tick.claimedAt;
    const startedAt = performance.now();
    const failure = isLate ? undefined : await runWithin(core, definition, tick);
    if (failure !== undefined && look.signal.aborted) {
      await releaseTick(db.sql, tick).catch((error: unknown) =>
        log.warn({ reason: messageOf(error) }, 'a tick was not given back'),
      );
      return;
    }
    const end = {
      outcome: isLate
        ? ('skipped' as const)
        : failure === undefined
          ? ('done' as const)
          : ('failed' as const),
      durationMs: Math.round(performance.now() - startedAt),
      error: failure === undefined ? null : messageOf(failure.error).replaceAll('\0', '').slice(0, 8000),
    };
    if (failure !== undefined) log.error({ err: failure.error, schedule: tick.name }, 'a schedule failed');
    await storeEnd(definition, tick, end);
  }

  async function storeEnd(
    definition: ScheduleDefinition,
    tick: ClaimedTick,
    end: Omit<TickEnd, 'nextDue'>,
  ): Promise<void> {
    try {
      const isOurs = await db.transaction(async (tx) => {
        const due = nextDue(definition.timing, await databaseTime(tx));
        return endTick(tx, tick, { ...end, nextDue: due });
      });
      if (!isOurs) log.warn({ schedule: tick.name }, 'a tick ended here after another process had taken it');
    } catch (error) {
      log.error(
        { err: error, schedule: tick.name },
        'the end of a tick could not be stored; it is run again',
      );
    }
  }

  /** Runs it with the lease renewed; returns what it threw. */
  async function runWithin(
    core: Core,
    definition: ScheduleDefinition,
    tick: ClaimedTick,
  ): Promise<{ error: unknown } | undefined> {
    const lost = new AbortController();
    const signal = AbortSignal.any([
      lost.signal,
      look.signal,
      AbortSignal.timeout(definition.maxSeconds * 1000),
    ]);
    const renewal = setInterval(() => {
      renewTick(db.sql, tick).then(
        (isOurs) => {
          if (!isOurs) lost.abort(new Error('the lease of this tick was lost'));
        },
        (error: unknown) =>
          log.warn({ reason: messageOf(error) }, 'the lease of a schedule could not be renewed'),
      );
    }, times.renewMs);
    try {
      await withLogFields({ schedule: tick.name }, () =>
        definition.run(core, { signal, dueAt: tick.dueAt, fence: tick.fence }),
      );
      return undefined;
    } catch (error) {
      return { error };
    } finally {
      clearInterval(renewal);
    }
  }

  const known = (isKnown: boolean, name: string): void => {
    if (isKnown) return;
    throw new AppError('missing', 'schedule.name-unknown', `There is no schedule "${name}".`, {
      next: 'Choose one from the list.',
    });
  };
  return {
    async start(core) {
      const now = await databaseTime(db.sql);
      for (const { name, timing, catchUp } of definitions.values()) {
        await upsertSchedule(db.sql, {
          name,
          period: periodText(timing),
          catchUp,
          nextDue: nextDue(timing, now),
        });
      }
      looking = lookAgain(core);
    },
    async stop() {
      look.abort(new Error('the server stops'));
      await looking;
      await Promise.race([Promise.allSettled(running.values()), sleep(stopMs, undefined, { ref: false })]);
      for (const tick of running.keys()) await releaseTick(db.sql, tick);
    },
    list: () => listSchedules(db.sql),
    async runNow(name) {
      known(await askForTick(db.sql, name), name);
    },
    async pause(name, reason) {
      known(await setPause(db.sql, name, reason), name);
    },
    async resume(name) {
      known(await setPause(db.sql, name, null), name);
    },
  };
}
