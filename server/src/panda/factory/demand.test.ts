import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jobsOf, pauseUntil, pilotsToStart } from './demand.ts';

const count = fc.nat({ max: 1000 });
const anyDemand = fc.record({
  activated: count,
  held: count,
  max: count,
  pilots: fc.record({ queued: count, running: count, spent: count }),
  lingers: fc.boolean(),
});

test('never more pilots than allowed, never more than jobs that wait, and never fewer than none', () => {
  fc.assert(
    fc.property(anyDemand, (demand) => {
      const start = pilotsToStart(demand);
      const live = demand.pilots.queued + demand.pilots.running;
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start).toBeLessThanOrEqual(demand.activated);
      if (start > 0) expect(live + start).toBeLessThanOrEqual(demand.max);
    }),
  );
});

test('with room, every job that waits has a pilot that is free, on its way or started now', () => {
  fc.assert(
    fc.property(anyDemand, (demand) => {
      const live = demand.pilots.queued + demand.pilots.running;
      const start = pilotsToStart({ ...demand, max: live + demand.activated });
      const spent = demand.lingers ? demand.pilots.spent : 0;
      expect(Math.max(0, live - demand.held - spent) + start).toBeGreaterThanOrEqual(demand.activated);
    }),
  );
});

test('a pilot that takes a minute for its end keeps none away from the next job', () => {
  const demand = { activated: 1, held: 0, max: 2, pilots: { queued: 0, running: 1, spent: 1 } };
  expect(pilotsToStart(demand)).toBe(0);
  expect(pilotsToStart({ ...demand, lingers: true })).toBe(1);
  expect(pilotsToStart({ ...demand, lingers: true, max: 1 })).toBe(0);
});

test('of the tally only jobs that wait for a pilot and jobs that one holds count', () => {
  const tally = ['defined', 'activated', 'sent', 'running', 'holding'].map((status, n) => ({
    status,
    jobs: 10 ** n,
  }));
  expect(jobsOf(tally)).toEqual({ activated: 10, held: 1100 });
});

const at = (second: number) => new Date(second * 1000);

test('pilots that got no job make the next one wait, longer each time, up to five minutes', () => {
  const inVain = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ endedAt: at(1000 - n), jobs: 0, demand: 1 }));
  expect(pauseUntil([], 1)).toBeNull();
  expect(pauseUntil(inVain(1), 1)).toEqual(at(1005));
  expect(pauseUntil(inVain(2), 1)).toEqual(at(1010));
  expect(pauseUntil(inVain(8), 1)).toEqual(at(1300));
  expect(pauseUntil([{ endedAt: at(1000), jobs: 1, demand: 1 }, ...inVain(3)], 1)).toBeNull();
});

test('a job that came since ends the pause once or twice, not for ever', () => {
  const one = { endedAt: at(1000), jobs: 0, demand: 1 };
  expect(pauseUntil([one], 2)).toBeNull();
  expect(pauseUntil([one, one, one], 2)).toEqual(at(1020));
});
