/** Why a wait ended. After each of them the caller reads the object again and decides. */
export type WaitEnd = 'changed' | 'timeout' | 'closing' | 'full' | 'cancelled';

/** One interest in one object; dispose it when the request is over. */
export interface Waiter {
  /** Resolves at the next change since the waiter was opened or since the last call. */
  changed(timeoutMs: number, signal?: AbortSignal): Promise<WaitEnd>;
  [Symbol.dispose](): void;
}

export interface WaitLimits {
  perProcess: number;
  perCaller: number;
}

class OpenWait implements Waiter {
  readonly #leave: () => void;
  #changed = false;
  #end: ((end: WaitEnd) => void) | undefined;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  wake(end: WaitEnd): void {
    if (this.#end === undefined) this.#changed = true;
    else this.#end(end);
  }

  changed(timeoutMs: number, signal?: AbortSignal): Promise<WaitEnd> {
    if (this.#changed) {
      this.#changed = false;
      return Promise.resolve('changed');
    }
    if (signal?.aborted === true) return Promise.resolve('cancelled');
    return new Promise((resolve) => {
      const finish = (end: WaitEnd): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
        this.#end = undefined;
        resolve(end);
      };
      const cancel = (): void => finish('cancelled');
      const timer = setTimeout(finish, Math.max(0, timeoutMs), 'timeout');
      signal?.addEventListener('abort', cancel, { once: true });
      this.#end = finish;
    });
  }

  [Symbol.dispose](): void {
    this.#end?.('cancelled');
    this.#leave();
  }
}

const full: Waiter = { changed: async () => 'full', [Symbol.dispose]: () => {} };
const closed: Waiter = { changed: async () => 'closing', [Symbol.dispose]: () => {} };

/**
 * Requests that wait for a change of an object. The order is: open the waiter, read the object, wait; so that
 * no change between reading and waiting is lost. A waiting request costs memory, never a connection.
 */
export class Waits {
  readonly #limits: WaitLimits;
  readonly #byKey = new Map<string, Set<OpenWait>>();
  readonly #byCaller = new Map<string, number>();
  #count = 0;
  #closing = false;

  constructor(limits: WaitLimits) {
    this.#limits = limits;
  }

  get openCount(): number {
    return this.#count;
  }

  /** True once the process is stopping: nothing is held any more. */
  get isClosing(): boolean {
    return this.#closing;
  }

  /** A waiter for one object. Over a limit it ends at once with `full`: the caller answers the present state. */
  open(topic: string, key: string, caller: string): Waiter {
    if (this.#closing) return closed;
    const mine = this.#byCaller.get(caller) ?? 0;
    if (this.#count >= this.#limits.perProcess || mine >= this.#limits.perCaller) return full;
    this.#byCaller.set(caller, mine + 1);
    this.#count += 1;
    const name = `${topic}\0${key}`;
    const group = this.#byKey.get(name) ?? new Set();
    this.#byKey.set(name, group);
    let gone = false;
    const waiter = new OpenWait(() => {
      if (gone) return;
      gone = true;
      group.delete(waiter);
      if (group.size === 0) this.#byKey.delete(name);
      this.#count -= 1;
      const rest = (this.#byCaller.get(caller) ?? 1) - 1;
      if (rest === 0) this.#byCaller.delete(caller);
      else this.#byCaller.set(caller, rest);
    });
    group.add(waiter);
    return waiter;
  }

  wake(topic: string, key: string): void {
    for (const waiter of this.#byKey.get(`${topic}\0${key}`) ?? []) waiter.wake('changed');
  }

  /** Every waiter looks at its object again: notifications may have been lost. */
  wakeAll(): void {
    for (const group of this.#byKey.values()) for (const waiter of group) waiter.wake('changed');
  }

  /** Ends all waits with the present state; later ones end at once. */
  close(): void {
    this.#closing = true;
    for (const group of this.#byKey.values()) for (const waiter of group) waiter.wake('closing');
  }
}
