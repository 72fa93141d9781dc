import type { Core } from './core.ts';

type Close = () => Promise<void>;

export interface PerCore {
  /**
   * What a feature keeps in one process (a batch, a cache), made at first use. `onStop` names what to end when the
   * service stops.
   */
  perCore<T extends object>(make: (core: Core, onStop: (close: Close) => void) => T): (core: Core) => T;
  /** Ends everything that features of this service have asked to be ended in this process; the newest first. */
  stopAll(core: Core): Promise<void>;
}

/** One for each service: stopping one leaves what the others keep. */
export function createPerCore(): PerCore {
  const closers = new WeakMap<Core, Close[]>();
  return {
    perCore<T extends object>(make: (core: Core, onStop: (close: Close) => void) => T) {
      const made = new WeakMap<Core, T>();
      return (core: Core) => {
        const known = made.get(core);
        if (known !== undefined) return known;
        const list = closers.get(core) ?? [];
        closers.set(core, list);
        const value = make(core, (close) => list.push(close));
        made.set(core, value);
        return value;
      };
    },
    async stopAll(core) {
      const list = closers.get(core) ?? [];
      closers.delete(core);
      for (const close of list.toReversed()) await close();
    },
  };
}
