import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionLoss } from './connect.ts';

/**
 * Does `work`, and again while the database is not reachable, for up to `forMs` after the first try; then the last
 * failure is thrown. `work` may have been done when its answer got lost: it must do no harm the second time.
 * Does not try again once `signal` is aborted.
 */
export async function outlastLoss<T>(
  work: () => Promise<T>,
  { forMs, signal }: { forMs: number; signal?: AbortSignal | undefined },
): Promise<T> {
  const deadline = performance.now() + forMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isOver = performance.now() > deadline || signal?.aborted === true;
      if (isOver || !isConnectionLoss(error)) throw error;
      await sleep(250);
    }
  }
}
