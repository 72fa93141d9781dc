import type { Core } from '../core/core.ts';

type Close = () => Promise<void>;

const closers = new WeakMap<Core, Close[]>();

/**
 * What a feature keeps in one process (a batch, a cache), made at first use. `onStop` names what to end when the
 * service stops.
 */
export function perCore<T extends object>(
  make: (core: Core, onStop: (close: Close) => void) => T,
): (core: Core) => T {
  const made = new WeakMap<Core, T>();
  return (core) => {
    const known = made.get(core);
    if (known !== undefined) return known;
    const list = closers.get(core) ?? [];
    closers.set(core, list);
    const value = make(core, (close) => list.push(close));
    made.set(core, value);
    return value;
  };
}

/** Ends everything that features of this process have asked to be ended; the newest first. */
export async function stopAll(core: Core): Promise<void> {
  const list = closers.get(core) ?? [];
  closers.delete(core);
  for (const close of list.toReversed()) await close();
}
