import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionLoss } from './connect.ts';

/**
 * Does `work`, and again while the database is not reachable, for up to `forMs` after the first try; then the last
 * failure is thrown. `work` may have been done when its answer got lost: it must do no harm the second time.
 * Does not try again once `isGone` says that nobody waits for it any more.
 */
export async function outlastLoss<T>(
  work: () => Promise<T>,
  { forMs, isGone }: { forMs: number; isGone?: (() => boolean) | undefined },
): Promise<T> {
  const deadline = performance.now() + forMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isOver = performance.now() >= deadline || isGone?.() === true;
      if (isOver || !isConnectionLoss(error)) throw error;
      await sleep(250);
    }
  }
}
