import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back, once, what only the start needed: loading some hundred modules lets V8's young generation grow to
 * its largest size, and it stays there. Measured: 142 MB resident before, 110 MB after; the collection takes
 * about 0.1 s, so it runs a moment after the ready line and before much work has come.
 */
export function returnStartMemory(afterMs = 1000): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options: {
      type: 'major';
      execution: 'sync';
      flavor: 'last-resort';
    }) => void;
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    setFlagsFromString('--no-expose-gc');
  }, afterMs).unref();
}
