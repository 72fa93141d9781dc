import { Cron } from 'croner';
import type { Core } from '../core.ts';

/** Work that is started by the clock, in one process at a time over all of them. */
export interface ScheduleDefinition {
  readonly name: string;
  readonly timing: Timing;
  /** What becomes of ticks that nobody ran: `once` runs one for all of them, `skip` waits for the next. */
  readonly catchUp: 'once' | 'skip';
  /** After this time the signal aborts. At most 900. */
  readonly maxSeconds: number;
  /** May run twice for one tick, when the process that ran it died. */
  run(core: Core, tick: Tick): Promise<unknown>;
}

export interface Tick {
  readonly signal: AbortSignal;
  /** The time of the tick; for `run now`, the time of asking. */
  readonly dueAt: Date;
  /** Larger than that of every earlier lease. */
  readonly fence: number;
}

export type Timing = { everySeconds: number } | { cron: string };

type ScheduleOptions = Timing & {
  /** `<module>.<what>`. */
  name: string;
  catchUp?: 'once' | 'skip';
  maxSeconds?: number;
  run: ScheduleDefinition['run'];
};

/** Declares a schedule: every so many seconds (counted from 1970, so all processes agree), or a cron expression in UTC. */
export function defineSchedule(options: ScheduleOptions): ScheduleDefinition {
  const { name, catchUp = 'once', maxSeconds = 300, run } = options;
  const timing: Timing = 'cron' in options ? { cron: options.cron } : { everySeconds: options.everySeconds };
  if (!/^[a-z][a-z0-9]*(\.[a-z0-9-]+)+$/.test(name))
    throw new Error(`"${name}" is no name for a schedule: <module>.<what>`);
  if (maxSeconds > 900 || maxSeconds <= 0)
    throw new Error(`${name}: a schedule runs at most 900 s; longer work is a task`);
  if ('everySeconds' in timing && (!Number.isInteger(timing.everySeconds) || timing.everySeconds < 1)) {
    throw new Error(`${name}: everySeconds is a whole number of at least 1`);
  }
  nextDue(timing, new Date(0));
  return { name, timing, catchUp, maxSeconds, run };
}

/** The first tick after `after`. Throws when there is none. */
export function nextDue(timing: Timing, after: Date): Date {
  if ('everySeconds' in timing) {
    const step = timing.everySeconds * 1000;
    return new Date((Math.floor(after.getTime() / step) + 1) * step);
  }
  const next = new Cron(timing.cron, { timezone: 'UTC', paused: true }).nextRun(after);
  if (next === null) throw new Error(`the cron expression "${timing.cron}" never comes due`);
  return next;
}

/** How the period is shown and how a change of it is noticed. */
export function periodText(timing: Timing): string {
  return 'cron' in timing ? `cron ${timing.cron}` : `every ${timing.everySeconds} s`;
}
