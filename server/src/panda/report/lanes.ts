/** Runs work of one key one after the other, in the order asked; different keys do not wait for each other. */
export type Lanes<K> = <T>(key: K, work: () => Promise<T>) => Promise<T>;

export function createLanes<K>(): Lanes<K> {
  const tails = new Map<K, Promise<unknown>>();
  return async (key, work) => {
    const before = tails.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === mine) tails.delete(key);
    }
  };
}
