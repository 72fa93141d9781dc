import { expect, test } from 'vitest';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { findJobStory } from '../submit/index.ts';
import {
  type Concerned,
  pilotLimits,
  secondsOf,
  type TimeLimit,
  timeLimits,
  waitingLimits,
} from './limits.ts';
import { watchLimits } from './watch.schedule.ts';

// A web process: nothing happens but what the test does.
const { core } = await testServer([panda], {
  role: 'web',
  'panda.watch.heartbeatHoursByWorkflow': '{"slow": 10}',
});
const { sql } = core.db;

await sql`
  insert into panda.queue (queue, site, status, status_by, document) values
    ('GOOD', 'A', 'online', 'test', '{}'), ('PAUSED', 'A', 'paused', 'test', '{}'), ('DEAD', 'A', 'offline', 'test', '{}'),
    ('DOWN', 'A', 'online', 'test', '{}'), ('SLOW', 'A', 'online', 'test', '{"workflow": "slow"}'),
    ('FIXED', 'A', 'online', 'test', '{"catchall": "x,disableReassign"}'), ('IDLE', 'A', 'online', 'test', '{}')`;
await sql`
  insert into panda.downtime (queue, starts_at, ends_at, status, reason, created_by)
  values ('DOWN', now() - interval '1 day', now() + interval '1 day', 'paused', 'power', 'test')`;
await sql`
  insert into panda.queue_last_pilot (queue, given_at) values ('GOOD', now()), ('IDLE', now() - interval '3 hours')`;

const settings = {
  sentHours: 0.5,
  heartbeatHours: 2,
  heartbeatHoursByWorkflow: { slow: 10 },
  definedHours: 4,
  activatedHours: 48,
  startingHours: 48,
  holdingUserHours: 3,
  holdingHours: 48,
  transferUserHours: 2,
  transferUrgentHours: 48,
  transferHours: 144,
};

interface Wish extends JobWish {
  /** Seconds since its state, its submission and its start. */
  age?: number;
  /** Seconds since it was heard of; by default as old as the rest. */
  silent?: number;
}

async function aStoppedJob(wish: Wish = {}): Promise<number> {
  const { age = 0, silent = age } = wish;
  const { jobId, status } = await aJob(core.db, { queue: 'GOOD', ...wish });
  await sql`
    update panda.job set status_since = now() - make_interval(secs => ${age}), created_at = now() - make_interval(secs => ${age}),
      modified_at = now() - make_interval(secs => ${silent}), started_at = now() - make_interval(secs => ${age})
    where job_id = ${jobId}`;
  if (!['pending', 'waiting', 'defined', 'assigned', 'activated', 'throttled'].includes(status)) {
    await sql`insert into panda.heartbeat (job_id, at) values (${jobId}, now() - make_interval(secs => ${silent}))`;
  }
  return jobId;
}

async function stands(jobId: number) {
  const story = await findJobStory(sql, jobId);
  if (story === null) throw new Error(`no job ${jobId}`);
  return story.job;
}

const watch = (limits: readonly TimeLimit[] = timeLimits) => watchLimits(core, limits);

/** A job that a limit is for, and is no other's that acts before it. */
const concerned: Record<Concerned, JobWish> = {
  all: { label: 'managed', priority: 100, taskId: null },
  'of a task': { label: 'managed', priority: 100, taskId: 10_000_001 },
  'without a task': { label: 'managed', priority: 100, taskId: null },
  user: { label: 'user', priority: 1000, taskId: null },
  urgent: { label: 'managed', priority: 900, taskId: null },
  'urgent at a dead queue': { label: 'managed', priority: 900, taskId: 10_000_001, queue: 'DEAD' },
};

const outcome: Record<TimeLimit['action'], (status: string) => Record<string, unknown>> = {
  close: () => ({ status: 'closed', subStatus: 'toreassign', errors: { taskBuffer: { code: 102 } } }),
  reassign: () => ({ status: 'closed', subStatus: 'toreassign', errors: { taskBuffer: { code: 100 } } }),
  'set up': () => ({ status: 'defined' }),
  fail: () => ({ status: 'failed' }),
  kill: (status) => ({ status, command: 'tobekilled' }),
};

const everyState = timeLimits.flatMap((limit) => limit.states.map((status) => ({ limit, status })));

test.for(everyState)(
  '$status, jobs $limit.jobs, from $limit.from: $limit.action after its time, not before',
  async ({ limit, status }) => {
    const seconds = secondsOf(limit, settings);
    const silent = limit.from === 'start' ? { silent: 60 } : {};
    const early = await aStoppedJob({ status, age: seconds - 60, ...concerned[limit.jobs], ...silent });
    const late = await aStoppedJob({ status, age: seconds + 60, ...concerned[limit.jobs], ...silent });
    expect(await watch([limit])).toBe(1);
    expect(await watch([limit])).toBe(0);
    expect(await stands(early)).toMatchObject({ status, command: null });
    expect(await stands(late)).toMatchObject(outcome[limit.action](status));
    await sql`delete from panda.job`;
  },
);

/** The state, what else, and what stands in the errors and the history. */
const failures: ReadonlyArray<[string, Wish, { endedAt?: boolean; pilot?: boolean }, string, RegExp]> = [
  [
    'no reply',
    { status: 'sent' },
    {},
    "jobDispatcher 102 Sent job didn't receive reply from pilot within 30 min",
    /^the pilot that took it never answered: nothing heard since .* \(7 d\)$/,
  ],
  [
    'lost heartbeat',
    { status: 'running' },
    {},
    'jobDispatcher 100 lost heartbeat : ',
    /^lost heartbeat: nothing heard since \d{4}-\d\d-\d\d \d\d:\d\d \(7 d\)$/,
  ],
  [
    'lost after its end',
    { status: 'running' },
    { endedAt: true },
    'jobDispatcher 105 timeout in running : last heartbeat at ',
    /^lost heartbeat/,
  ],
  [
    'end never told',
    { status: 'holding' },
    {},
    'jobDispatcher 103 timeout in holding : last heartbeat at ',
    /^its end was never told/,
  ],
  [
    'recovery failed',
    { status: 'holding' },
    { pilot: true },
    'jobDispatcher 101 job recovery failed for 3 hours',
    /^its pilot failed and its end was never told/,
  ],
  [
    "a user's transfer",
    { status: 'transferring' },
    {},
    'jobDispatcher 104 timeout in transferring : last heartbeat at ',
    /^its outputs did not arrive/,
  ],
  [
    'a transfer of production',
    { status: 'transferring', label: 'managed' },
    {},
    'taskBuffer 101 transfer timeout',
    /^its outputs did not arrive/,
  ],
];

test.for(failures)(
  'a job fails with the code and the words of its case: %s',
  async ([, wish, more, error, why]) => {
    const jobId = await aStoppedJob({ age: 7 * 86_400, ...wish });
    await sql`
    insert into panda.file (job_id, ordinal, type, lfn, status) values (${jobId}, 0, 'output', 'o', 'defined')`;
    if (more.endedAt === true)
      await sql`update panda.job set ended_at = now() - interval '7 days' where job_id = ${jobId}`;
    if (more.pilot === true) {
      await sql`update panda.job set errors = '{"pilot": {"code": 1137, "diag": "lost"}}' where job_id = ${jobId}`;
    }
    await watch();
    const job = await stands(jobId);
    const told = Object.entries(job.errors ?? {}).map(
      ([source, { code, diag }]) => `${source} ${code} ${diag}`,
    );
    expect(told.some((one) => one.startsWith(error))).toBe(true);
    expect(job.statusWhy).toMatch(why);
    expect(job.status).toBe('failed');
    // It ended when it was last heard of.
    expect(Date.now() - (job.endedAt?.getTime() ?? 0)).toBeGreaterThan(6 * 86_400_000);
    expect((await findJobStory(sql, jobId))?.files).toMatchObject([{ status: 'failed' }]);
  },
);

test('a job heard of by a heartbeat, or by a report that wrote its row, lives', async () => {
  const beating = await aStoppedJob({ status: 'running', age: 9000, silent: 60 });
  const reporting = await aStoppedJob({ status: 'starting', age: 9000 });
  await sql`update panda.job set modified_at = now() where job_id = ${reporting}`;
  expect(await watch(pilotLimits)).toBe(0);
  expect((await stands(beating)).status).toBe('running');
});

test('queues that are paused, by hand or by a downtime, lose no job', async () => {
  const jobs = await Promise.all([
    aStoppedJob({ status: 'running', age: 9000, queue: 'PAUSED' }),
    aStoppedJob({ status: 'running', age: 9000, queue: 'DOWN' }),
    aStoppedJob({ status: 'activated', age: 8 * 86_400, queue: 'PAUSED' }),
  ]);
  expect(await watch()).toBe(0);
  expect(jobs).toHaveLength(3);
  await sql`delete from panda.job`;
});

test('a workflow has a heartbeat of its own', async () => {
  const patient = await aStoppedJob({ status: 'running', age: 5 * 3600, queue: 'SLOW' });
  const over = await aStoppedJob({ status: 'running', age: 11 * 3600, queue: 'SLOW' });
  expect(await watch(pilotLimits)).toBe(1);
  expect((await stands(patient)).status).toBe('running');
  expect((await stands(over)).status).toBe('failed');
  await sql`delete from panda.job`;
});

test('a job whose worker had ended already says so', async () => {
  const jobId = await aStoppedJob({ status: 'running', age: 9000 });
  await sql`
    insert into panda.worker (harvester_id, worker_id, queue, status, ended_at, attributes)
    values ('h', 5, 'GOOD', 'cancelled', '2026-01-01T00:00:00Z', '{"diagMessage": "held too long"}')`;
  await sql`insert into panda.job_worker (harvester_id, worker_id, job_id) values ('h', 5, ${jobId})`;
  await watch(pilotLimits);
  expect(await stands(jobId)).toMatchObject({
    errors: {
      jobDispatcher: { code: 100 },
      sup: { code: 2, diag: 'worker already cancelled at 2026-01-01 00:00:00 with held too long' },
    },
    statusWhy: expect.stringContaining('its worker was cancelled already') as string,
  });
});

test("a user's job whose pilot has told its end is left to the adder, for two days", async () => {
  const told = await aStoppedJob({ status: 'holding', age: 4 * 3600 });
  await sql`update panda.job set reported = true where job_id = ${told}`;
  const waits = await aStoppedJob({ status: 'holding', age: 4 * 3600 });
  await sql`insert into panda.output_report (job_id, attempt, state, report) values (${waits}, 1, 'finished', '{}')`;
  expect(await watch(pilotLimits)).toBe(0);
  await sql`update panda.job set status_since = now() - interval '49 hours' where job_id in (${told}, ${waits})`;
  expect(await watch(pilotLimits)).toBe(2);
});

test('a job that must stay where it is, or whose queue says so, is not made anew', async () => {
  const wish = { status: 'activated', age: 50 * 3600, taskId: 10_000_001, priority: 900 } as const;
  const fixed = await aStoppedJob(wish);
  await sql`update panda.job_spec set attributes = '{"relocationFlag": 2}' where job_id = ${fixed}`;
  await aStoppedJob({ ...wish, queue: 'FIXED' });
  expect(await watch(waitingLimits)).toBe(0);
  await sql`delete from panda.job`;
});

test('an urgent job leaves a queue that has begun nothing for two hours', async () => {
  const wish = { status: 'activated', age: 5 * 3600, taskId: 10_000_001, priority: 900 } as const;
  const lively = await aStoppedJob(wish);
  const idle = await aStoppedJob({ ...wish, queue: 'IDLE' });
  expect(await watch(waitingLimits)).toBe(1);
  expect((await stands(lively)).status).toBe('activated');
  expect(await stands(idle)).toMatchObject({
    status: 'closed',
    statusWhy: 'activated for 5 h: its task makes a new one',
  });
  await sql`delete from panda.job`;
});

test('more jobs than fit one transaction are all found', async () => {
  await sql`
    insert into panda.job (status, queue, label, owner, status_since)
    select 'pending', 'GOOD', 'user', 'Ann', now() - interval '2 hours' from generate_series(1, 1234)`;
  expect(await watch(waitingLimits)).toBe(1234);
});

test('jobs whose setup is added again have a task for it', async () => {
  const jobId = await aStoppedJob({ status: 'assigned', age: 13 * 3600 });
  await watch(waitingLimits);
  const tasks = await core.queue.list({ kind: 'panda.setup-jobs' });
  expect(tasks.map(({ payload }) => payload)).toContainEqual({ jobIds: [jobId] });
});

test('every limit is watched, by one schedule', () => {
  expect([...pilotLimits, ...waitingLimits]).toHaveLength(timeLimits.length);
});
