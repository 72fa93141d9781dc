import { expect, test } from 'vitest';
import { mapInGroups, mapInTurns } from './turns.ts';

/** Counts the turns of others while something is done. */
function others(): { turns: () => number; stop(): void } {
  let turns = 0;
  let isOn = true;
  const next = (): void => {
    turns += 1;
    if (isOn) setImmediate(next);
  };
  setImmediate(next);
  const stop = (): void => {
    isOn = false;
  };
  return { turns: () => turns, stop };
}

test('long work is left for others between its turns, and gives everything in order', async () => {
  const items = Array.from({ length: 50 }, (_, n) => n);
  const beside = others();
  const seen: number[] = [];
  const made = await mapInTurns(
    items,
    (n) => {
      seen.push(beside.turns());
      return 2 * n;
    },
    // Each item is a turn.
    0,
  );
  beside.stop();
  expect(made).toEqual(items.map((n) => 2 * n));
  expect(new Set(seen).size).toBeGreaterThan(40);
});

test('nothing is done of an empty list, and a failure ends it', async () => {
  expect(await mapInTurns([], () => 1)).toEqual([]);
  const done: number[] = [];
  const failing = mapInTurns([1, 2, 3], (n) => {
    if (n === 2) throw new Error('two');
    done.push(n);
  });
  await expect(failing).rejects.toThrow('two');
  expect(done).toEqual([1]);
});

test('groups wait for one another', async () => {
  let running = 0;
  let most = 0;
  const made = await mapInGroups([5, 4, 3, 2, 1], 2, async (n) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return -n;
  });
  expect(made).toEqual([-5, -4, -3, -2, -1]);
  expect(most).toBe(2);
  expect(await mapInGroups([], 2, () => Promise.resolve(1))).toEqual([]);
  await expect(mapInGroups([1], 2, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
