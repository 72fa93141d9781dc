import type { Db } from '../db/index.ts';
import { deleteWorker, insertWorker, renewWorker } from './task.store.ts';

export interface LeaseTimes {
  /** The lease is renewed when it is this old. */
  renewMs: number;
  /** A renewal older than this means that the process must not go on; shorter than the lease by a margin. */
  staleMs: number;
}

export interface Lease {
  take(): Promise<void>;
  /** Renews the lease if it is time; returns why the process may not go on, if so. */
  beat(): Promise<string | undefined>;
  /** Without asking the database: why the process may not go on, if so. */
  stoodStill(): string | undefined;
  isFresh(): boolean;
  end(): Promise<void>;
}

export interface LeaseOptions {
  db: Db;
  processId: string;
  times: LeaseTimes;
  /** True when nothing runs that another process could have taken. */
  isIdle(): boolean;
}

/**
 * The lease of this process on its tasks. Its age is counted on the monotonic clock from before the renewal was
 * sent, so that we always think it older than the database does.
 */
export function createLease({ db, processId, times, isIdle }: LeaseOptions): Lease {
  let renewedAt = performance.now();
  let seenAt = renewedAt;
  const renew = async (how: () => Promise<boolean>): Promise<boolean> => {
    const sentAt = performance.now();
    const isOurs = await how();
    if (isOurs) renewedAt = sentAt;
    return isOurs;
  };
  const take = async (): Promise<void> => {
    await renew(async () => {
      await insertWorker(db.sql, processId);
      return true;
    });
    seenAt = performance.now();
  };
  return {
    take,
    async beat() {
      if (performance.now() - renewedAt < times.renewMs) return;
      if (await renew(() => renewWorker(db.sql, processId))) return;
      // An idle process that was only cut off from the database has done no harm and begins anew.
      if (!isIdle()) return 'the lease of this process ran out in the database';
      await take();
      return;
    },
    stoodStill() {
      const now = performance.now();
      const gapMs = now - seenAt;
      seenAt = now;
      if (gapMs > times.staleMs) return `this process stood still for ${Math.round(gapMs / 1000)} s`;
      const ageMs = now - renewedAt;
      if (ageMs > times.staleMs && !isIdle()) {
        return `the lease of this process was last renewed ${Math.round(ageMs / 1000)} s ago`;
      }
      return;
    },
    isFresh: () => performance.now() - renewedAt <= times.staleMs,
    end: () => deleteWorker(db.sql, processId),
  };
}
