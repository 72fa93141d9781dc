import { setTimeout as sleep } from 'node:timers/promises';

/** What a pace goes by; tests have their own. */
export interface PaceClock {
  /** Milliseconds from any moment on. */
  now(): number;
  wait(ms: number, signal?: AbortSignal): Promise<unknown>;
}

const realClock: PaceClock = {
  now: () => performance.now(),
  wait: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

/** Shorter waits are put off until they are worth a timer. */
const shortestWaitMs = 50;

/** Lets bytes pass at a rate: whoever reads says how many, and is made to wait when it was too many. */
export class Pace {
  private readonly bytesPerSecond: number;
  private readonly clock: PaceClock;
  private readonly startedAt: number;
  private bytes = 0;

  /** Infinity: nobody waits. */
  constructor(bytesPerSecond: number, clock: PaceClock = realClock) {
    this.bytesPerSecond = bytesPerSecond;
    this.clock = clock;
    this.startedAt = clock.now();
  }

  async passed(bytes: number, signal?: AbortSignal): Promise<void> {
    this.bytes += bytes;
    const dueMs = (this.bytes * 1000) / this.bytesPerSecond;
    const aheadMs = dueMs - (this.clock.now() - this.startedAt);
    if (aheadMs >= shortestWaitMs) await this.clock.wait(aheadMs, signal);
    signal?.throwIfAborted();
  }
}
