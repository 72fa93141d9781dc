import type { Sql } from '../db/index.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Attempt, updateProgress } from './task.store.ts';

export interface Progress {
  set(attempt: Attempt, fraction: number | null, note: string): void;
  flush(): Promise<void>;
}

const pauseMs = 500;

/** Collects the newest progress of each task and writes all of it in one statement, at most twice a second. */
export function createProgress(sql: Sql, log: Log): Progress {
  const steps = new Map<number, Attempt & { fraction: number | null; note: string }>();
  let timer: NodeJS.Timeout | undefined;
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const all = [...steps.values()];
    steps.clear();
    if (all.length === 0) return;
    try {
      await updateProgress(sql, all);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'progress was not written');
    }
  };
  return {
    set({ taskId, fence }, fraction, note) {
      const bounded = fraction === null || Number.isNaN(fraction) ? null : Math.min(Math.max(fraction, 0), 1);
      steps.set(fence, { taskId, fence, fraction: bounded, note: storable(note) });
      timer ??= setTimeout(() => void flush(), pauseMs);
    },
    flush,
  };
}

/** Text of unknown origin as PostgreSQL takes it: no NUL, and not without end. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').slice(0, 8000);
}
