/**
 * Lets `atOnce` works run at a time and `waiting` more wait in order; the next one is refused with what `refuse`
 * returns.
 */
export function createTurns(limits: { atOnce: number; waiting: number; refuse: () => Error }) {
  const queue: Array<() => void> = [];
  let running = 0;
  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= limits.atOnce) {
      if (queue.length >= limits.waiting) throw limits.refuse();
      // The turn is handed over by the one that ends, so `running` stays as it is.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
