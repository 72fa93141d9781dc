import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Errors that nobody heard while `work` ran and for some turns after it: outside a test each of them would have ended
 * the process.
 */
export async function unheardErrors(work: () => Promise<void> | void): Promise<unknown[]> {
  const unheard: unknown[] = [];
  const note = (error: unknown) => unheard.push(error);
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', note);
  try {
    await work();
    for (let n = 0; n < 20; n++) await nextTurn();
  } finally {
    process.removeListener('uncaughtException', note);
    for (const listener of others) process.on('uncaughtException', listener);
  }
  return unheard;
}
