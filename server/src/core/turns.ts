import { setImmediate } from 'node:timers/promises';

/** Longest time of one turn in which nobody else is answered, milliseconds. */
const longestTurnMs = 10;

/**
 * What `work` makes of each item, in their order, in turns of some milliseconds, so that others are answered in between:
 * for lists from outside that may be long. A failure ends it.
 */
export async function mapInTurns<T, R>(
  items: readonly T[],
  work: (item: T) => R,
  turnMs = longestTurnMs,
): Promise<R[]> {
  const made: R[] = [];
  for (let beganMs = performance.now(); ; beganMs = performance.now()) {
    do {
      if (made.length === items.length) return made;
      made.push(work(items[made.length] as T));
    } while (performance.now() - beganMs < turnMs);
    await setImmediate();
  }
}

/** As `mapInTurns` for work that waits: `together` items at a time, the next when all of those are done. */
export async function mapInGroups<T, R>(
  items: readonly T[],
  together: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const made: R[] = [];
  for (let from = 0; from < items.length; from += together) {
    if (from > 0) await setImmediate();
    made.push(...(await Promise.all(items.slice(from, from + together).map(work))));
  }
  return made;
}
