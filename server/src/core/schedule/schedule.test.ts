import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import type { Core } from '../core.ts';
import { silentLog } from '../log.ts';
import {
  createSchedules,
  defineSchedule,
  nextDue,
  type ScheduleDefinition,
  type Schedules,
} from './index.ts';

const db = await testDatabase();
/** The schedules hand the core through and never look into it. */
const core = { db } as Core;
const open: Schedules[] = [];
let made = 0;

afterEach(async () => {
  for (const schedules of open.splice(0)) await schedules.stop();
  await db.sql`truncate core.schedule, core.schedule_tick`;
});

async function started(
  schedules: readonly ScheduleDefinition[],
  processId = `test:${++made}`,
): Promise<Schedules> {
  const all = createSchedules({
    db,
    log: silentLog,
    processId,
    schedules,
    times: { lookMs: 20, renewMs: 20 },
  });
  open.push(all);
  await all.start(core);
  return all;
}

/** A schedule whose runs are noted by the time they were due. */
function aSchedule(more: Partial<ScheduleDefinition> = {}): { schedule: ScheduleDefinition; ran: Date[] } {
  const ran: Date[] = [];
  const schedule = defineSchedule({
    name: 'test.tick',
    everySeconds: 3600,
    run: async (_, { dueAt }) => ran.push(dueAt),
  });
  return { schedule: { ...schedule, ...more }, ran };
}

interface TickRow {
  dueAt: Date;
  runs: number;
  outcome: string;
  error: string | null;
}

const ticks = () =>
  db.sql<TickRow[]>`select due_at, runs, outcome, error from core.schedule_tick order by due_at`;

/** Makes the schedule due as if its time had come `secondsAgo`; returns that time. */
async function makeDue(secondsAgo = 0): Promise<Date> {
  const [row] = await db.sql<{ nextDue: Date }[]>`
    update core.schedule set next_due = clock_timestamp() - make_interval(secs => ${secondsAgo}) returning next_due`;
  return (row as { nextDue: Date }).nextDue;
}

test('a schedule runs when it is due, and says what became of it', async () => {
  const { schedule, ran } = aSchedule();
  const schedules = await started([schedule], 'test:only');
  const due = await makeDue();
  await eventually(async () =>
    expect(await ticks()).toEqual([{ dueAt: due, runs: 1, outcome: 'done', error: null }]),
  );
  expect(ran).toEqual([due]);
  const [row] = await schedules.list();
  expect(row).toMatchObject({
    name: 'test.tick',
    period: 'every 3600 s',
    lastOutcome: 'done',
    ranOn: 'test:only',
    running: false,
    paused: false,
  });
  expect(row?.nextDue.getTime()).toBe(nextDue(schedule.timing, due).getTime());
});

test('each tick is run by exactly one of several processes', async () => {
  const { schedule, ran } = aSchedule({ timing: { everySeconds: 1 } });
  for (let process = 0; process < 4; process++) await started([schedule]);
  await eventually(() => expect(ran.length).toBeGreaterThanOrEqual(3));
  for (const schedules of open.splice(0)) await schedules.stop();
  const rows = await ticks();
  expect(rows.map((tick) => [tick.runs, tick.outcome])).toEqual(rows.map(() => [1, 'done']));
  expect(ran.map((due) => due.getTime())).toEqual(rows.map((tick) => tick.dueAt.getTime()));
  const steps = rows
    .slice(1)
    .map((tick, index) => tick.dueAt.getTime() - (rows[index] as TickRow).dueAt.getTime());
  expect(steps).toEqual(steps.map(() => 1000));
});

test('a failure is shown and does not keep the next tick from running', async () => {
  let isBroken = true;
  const { schedule } = aSchedule({
    run: async () => {
      if (isBroken) throw new Error('the disk is full');
    },
  });
  const schedules = await started([schedule]);
  await makeDue();
  await eventually(async () =>
    expect(await schedules.list()).toMatchObject([{ lastOutcome: 'failed', lastError: 'the disk is full' }]),
  );
  isBroken = false;
  await makeDue();
  await eventually(async () =>
    expect(await schedules.list()).toMatchObject([{ lastOutcome: 'done', lastError: null }]),
  );
  expect((await ticks()).map((tick) => tick.outcome)).toEqual(['failed', 'done']);
});

test('missed ticks are made up by one run with "once"', async () => {
  const { schedule, ran } = aSchedule({ timing: { everySeconds: 600 }, catchUp: 'once' });
  await started([schedule]);
  const due = await makeDue(6000);
  await eventually(async () => expect(await ticks()).toMatchObject([{ outcome: 'done' }]));
  expect(ran).toEqual([due]);
});

test('missed ticks are not made up with "skip", but one that is just late is run', async () => {
  const { schedule, ran } = aSchedule({ timing: { everySeconds: 600 }, catchUp: 'skip' });
  await started([schedule]);
  await makeDue(6000);
  await eventually(async () => expect(await ticks()).toMatchObject([{ outcome: 'skipped' }]));
  expect(ran).toEqual([]);
  const late = await makeDue(0);
  await eventually(() => expect(ran).toEqual([late]));
});

test('a tick whose process died is run again once its lease is over', async () => {
  const { schedule, ran } = aSchedule();
  await started([schedule]);
  const due = await makeDue(5);
  await eventually(() => expect(ran).toHaveLength(1));
  await db.sql`
    update core.schedule set next_due = ${due}, running_due = ${due}, process_id = 'gone', fence = nextval('core.fence'),
      lease_until = clock_timestamp() + interval '100 ms'`;
  await db.sql`update core.schedule_tick set outcome = 'running'`;
  await eventually(async () =>
    expect(await ticks()).toMatchObject([{ dueAt: due, runs: 2, outcome: 'done' }]),
  );
  expect(ran).toEqual([due, due]);
});

test('a process that lost its lease cannot end the tick that another runs', async () => {
  const gates: Array<() => void> = [];
  const signals: AbortSignal[] = [];
  const { schedule } = aSchedule({
    run: async (_, { signal }) => {
      signals.push(signal);
      await new Promise<void>((resolve) => gates.push(resolve));
    },
  });
  await started([schedule], 'test:slow');
  await makeDue();
  await eventually(() => expect(gates).toHaveLength(1));
  await db.sql`update core.schedule set lease_until = clock_timestamp() - interval '1 ms'`;
  await eventually(() => expect(gates).toHaveLength(2));
  await eventually(() => expect(signals[0]?.aborted).toBe(true));
  gates[0]?.();
  await eventually(async () => expect(await ticks()).toMatchObject([{ runs: 2, outcome: 'running' }]));
  expect(signals[1]?.aborted).toBe(false);
  gates[1]?.();
  await eventually(async () => expect(await ticks()).toMatchObject([{ runs: 2, outcome: 'done' }]));
});

test('run now runs once at once, also when paused, and leaves the due time alone', async () => {
  const { schedule, ran } = aSchedule();
  const schedules = await started([schedule]);
  const before = (await schedules.list())[0]?.nextDue;
  await schedules.pause('test.tick', 'while the disk is changed');
  await schedules.runNow('test.tick');
  await eventually(async () => expect(await ticks()).toMatchObject([{ outcome: 'done' }]));
  expect(ran).toHaveLength(1);
  expect(await schedules.list()).toMatchObject([
    { nextDue: before, paused: true, pausedWhy: 'while the disk is changed' },
  ]);
});

test('a paused schedule does not run until it is resumed', async () => {
  const { schedule, ran } = aSchedule();
  const other = aSchedule();
  const schedules = await started([schedule, { ...other.schedule, name: 'test.other' }]);
  await schedules.pause('test.tick', 'why');
  await makeDue();
  await eventually(() => expect(other.ran).toHaveLength(1));
  expect(ran).toEqual([]);
  await schedules.resume('test.tick');
  await eventually(() => expect(ran).toHaveLength(1));
});

test('a name that no schedule has is refused', async () => {
  const schedules = await started([]);
  await expect(schedules.runNow('test.none')).rejects.toMatchObject({
    kind: 'missing',
    code: 'schedule.name-unknown',
  });
});

test('a restart keeps the due time of a schedule, and a changed period begins anew', async () => {
  const { schedule } = aSchedule();
  await (await started([schedule])).pause('test.tick', 'kept');
  const due = await makeDue(30);
  const again = await started([schedule]);
  expect(await again.list()).toMatchObject([{ nextDue: due, pausedWhy: 'kept' }]);
  const changed = await started([{ ...schedule, timing: { cron: '0 3 * * *' } }]);
  const [row] = await changed.list();
  expect(row).toMatchObject({ period: 'cron 0 3 * * *' });
  expect(row?.nextDue.toISOString()).toMatch(/T03:00:00.000Z$/);
});

test('stopping asks a running schedule to end and gives its tick to the next process', async () => {
  let isRunning = false;
  const { schedule } = aSchedule({
    run: (_, { signal }) => {
      isRunning = true;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  });
  const first = await started([schedule]);
  const due = await makeDue();
  await eventually(() => expect(isRunning).toBe(true));
  await first.stop();
  await started([aSchedule().schedule]);
  await eventually(async () =>
    expect(await ticks()).toMatchObject([{ dueAt: due, runs: 2, outcome: 'done' }]),
  );
});

test('the next tick lies after the time given, on the grid, and nothing lies between', () => {
  const anInstant = fc.integer({ min: 0, max: 4_000_000_000_000 });
  fc.assert(
    fc.property(anInstant, fc.integer({ min: 1, max: 100_000 }), (after, everySeconds) => {
      const due = nextDue({ everySeconds }, new Date(after)).getTime();
      expect(due).toBeGreaterThan(after);
      expect(due - everySeconds * 1000).toBeLessThanOrEqual(after);
      expect(due % (everySeconds * 1000)).toBe(0);
    }),
  );
});

test('the next tick of a cron expression is the first minute after the time given that it names', () => {
  const anInstant = fc.integer({ min: 1_500_000_000_000, max: 2_000_000_000_000 });
  fc.assert(
    fc.property(
      anInstant,
      fc.integer({ min: 0, max: 59 }),
      fc.integer({ min: 0, max: 23 }),
      (after, minute, hour) => {
        const due = nextDue({ cron: `${minute} ${hour} * * *` }, new Date(after));
        expect([
          due.getUTCHours(),
          due.getUTCMinutes(),
          due.getUTCSeconds(),
          due.getUTCMilliseconds(),
        ]).toEqual([hour, minute, 0, 0]);
        expect(due.getTime()).toBeGreaterThan(after);
        expect(due.getTime() - after).toBeLessThanOrEqual(86_400_000);
      },
    ),
    { numRuns: 50 },
  );
});

test('a schedule that can never run is refused when it is declared', () => {
  const run = async () => {};
  expect(() => defineSchedule({ name: 'test.x', everySeconds: 0.5, run })).toThrow('whole number');
  expect(() => defineSchedule({ name: 'test.x', cron: 'not a cron', run })).toThrow();
  expect(() => defineSchedule({ name: 'test.x', cron: '0 0 30 2 *', run })).toThrow('never comes due');
  expect(() => defineSchedule({ name: 'x', everySeconds: 5, run })).toThrow('no name for a schedule');
  expect(() => defineSchedule({ name: 'test.x', everySeconds: 5, maxSeconds: 901, run })).toThrow(
    'at most 900 s',
  );
});
