import { useSyncExternalStore } from 'react';

let current = Math.floor(Date.now() / 1000) * 1000;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (document.hidden) return;
    current = Math.floor(Date.now() / 1000) * 1000;
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present second, in milliseconds; one clock for the whole page, so that ages never disagree. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => current);
}

/** The present ten seconds: for long lists, which need not be painted anew every second. */
export function useSlowNow(): number {
  return useSyncExternalStore(subscribe, () => Math.floor(current / 10_000) * 10_000);
}
