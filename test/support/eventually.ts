import { setTimeout as sleep } from 'node:timers/promises';

/** Tries until `check` no longer throws; the last failure is thrown when `withinMs` has passed. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(10);
    }
  }
}
