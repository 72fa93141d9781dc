import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

/** A clock that only waiting moves. */
function stillClock() {
  const clock = {
    at: 0,
    now: () => clock.at,
    async wait(ms: number) {
      clock.at += ms;
    },
  };
  return clock;
}

test('whatever the pieces, bytes pass at the rate and not faster', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 1e7 }), { minLength: 1 }), async (pieces) => {
      const clock = stillClock();
      const pace = new Pace(1e6, clock);
      for (const bytes of pieces) await pace.passed(bytes);
      const dueMs = pieces.reduce((sum, bytes) => sum + bytes, 0) / 1000;
      expect(clock.at).toBeGreaterThanOrEqual(dueMs - 50);
      expect(clock.at).toBeLessThanOrEqual(dueMs + 1e-6);
    }),
  );
});

test('time that reading took is not waited for once more', async () => {
  const clock = stillClock();
  const pace = new Pace(1e6, clock);
  clock.at = 3000;
  await pace.passed(2e6);
  expect(clock.at).toBe(3000);
  await pace.passed(2e6);
  expect(clock.at).toBe(4000);
});

test('without a limit nobody waits, and an abort ends a wait', async () => {
  const clock = stillClock();
  await new Pace(Number.POSITIVE_INFINITY, clock).passed(1e12);
  expect(clock.at).toBe(0);
  const stop = AbortSignal.abort(new Error('enough'));
  await expect(new Pace(1).passed(1000, stop)).rejects.toThrow(/abort|enough/);
});
