/** Why a wait ended. After each of them the caller reads the object again and decides. */
export type WaitEnd = 'changed' | 'timeout' | 'closing' | 'full' | 'cancelled';

/** One interest in one object; dispose it when the request is over. */
export interface Waiter {
  /** Resolves at the next change since the waiter was opened or since the last call. */
  changed(timeoutMs: number, signal?: AbortSignal): Promise<WaitEnd>;
  /** Nobody waits any more: ends the wait, and those that follow, with `cancelled`. Costs less than a signal. */
  cancel(): void;
  [Symbol.dispose](): void;
}

export interface WaitLimits {
  perProcess: number;
  perCaller: number;
}

/** What ten thousand requests hold at once: fields and one timer, no function of its own. */
class OpenWait implements Waiter {
  readonly group: string;
  readonly caller: string;
  readonly #forget: (wait: OpenWait) => void;
  /** What was said while nobody listened. A change is told once, the others for good. */
  #kept: WaitEnd | undefined;
  #resolve: ((end: WaitEnd) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(group: string, caller: string, forget: (wait: OpenWait) => void) {
    this.group = group;
    this.caller = caller;
    this.#forget = forget;
  }

  wake(end: WaitEnd): void {
    const resolve = this.#resolve;
    if (resolve === undefined) {
      if (this.#kept === undefined || this.#kept === 'changed') this.#kept = end;
      return;
    }
    clearTimeout(this.#timer);
    this.#resolve = undefined;
    this.#timer = undefined;
    resolve(end);
  }

  cancel(): void {
    this.wake('cancelled');
  }

  changed(timeoutMs: number, signal?: AbortSignal): Promise<WaitEnd> {
    if (signal?.aborted === true) this.cancel();
    const kept = this.#kept;
    if (kept !== undefined) {
      if (kept === 'changed') this.#kept = undefined;
      return Promise.resolve(kept);
    }
    const ended = new Promise<WaitEnd>((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(timeOut, Math.max(0, timeoutMs), this);
    if (signal === undefined) return ended;
    const cancel = (): void => this.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    return ended.finally(() => signal.removeEventListener('abort', cancel));
  }

  [Symbol.dispose](): void {
    this.cancel();
    this.#forget(this);
  }
}

function timeOut(wait: OpenWait): void {
  wait.wake('timeout');
}

const full: Waiter = { changed: async () => 'full', cancel() {}, [Symbol.dispose]() {} };
const closed: Waiter = { changed: async () => 'closing', cancel() {}, [Symbol.dispose]() {} };

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
    const waiter = new OpenWait(name, caller, this.#forget);
    group.add(waiter);
    return waiter;
  }

  readonly #forget = (waiter: OpenWait): void => {
    const { group: name, caller } = waiter;
    const group = this.#byKey.get(name);
    if (group?.delete(waiter) !== true) return;
    if (group.size === 0) this.#byKey.delete(name);
    this.#count -= 1;
    const rest = (this.#byCaller.get(caller) ?? 1) - 1;
    if (rest === 0) this.#byCaller.delete(caller);
    else this.#byCaller.set(caller, rest);
  };

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
