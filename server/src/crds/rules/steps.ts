import { setImmediate } from 'node:timers/promises';

/** Long work that may be left at each `yield` and taken up again. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Longest time of one turn in which nobody else is answered, milliseconds. */
const longestTurnMs = 10;

/** Does all of it without leaving it. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Does it in turns of some milliseconds, so that others are answered in between. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (let beganMs = performance.now(); ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - beganMs < longestTurnMs) continue;
    await setImmediate();
    beganMs = performance.now();
  }
}

/** Sorts in place, equal ones staying in their order; what is sorted already costs one look. */
export function* sortInSteps<T>(items: T[], compare: (a: T, b: T) => number): Steps<void> {
  if (yield* isSorted(items, compare)) return;
  for (let from = 0; from < items.length; from += run) {
    const sorted = items.slice(from, from + run).sort(compare);
    for (const [at, item] of sorted.entries()) items[from + at] = item;
    yield;
  }
  for (let width = run; width < items.length; width *= 2) {
    for (let from = 0; from + width < items.length; from += 2 * width) {
      yield* merge(items, from, from + width, Math.min(from + 2 * width, items.length), compare);
    }
  }
}

/** Items that are sorted, or merged, in one step. */
const run = 2048;

function* isSorted<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<boolean> {
  for (let at = 1; at < items.length; at++) {
    const before = items[at - 1];
    const item = items[at];
    if (before !== undefined && item !== undefined && compare(before, item) > 0) return false;
    if (at % run === 0) yield;
  }
  return true;
}

function* merge<T>(
  items: T[],
  from: number,
  middle: number,
  end: number,
  compare: (a: T, b: T) => number,
): Steps<void> {
  const left = items.slice(from, middle);
  let right = middle;
  let next = 0;
  for (let to = from; next < left.length; to++) {
    const a = left[next] as T;
    const b = items[right] as T;
    const takesLeft = right >= end || compare(a, b) <= 0;
    items[to] = takesLeft ? a : b;
    if (takesLeft) next++;
    else right++;
    if (to % run === 0) yield;
  }
}
