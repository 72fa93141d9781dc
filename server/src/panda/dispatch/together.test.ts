import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { claimJobs, type WantedJobs } from './claim.store.ts';
import { type Claim, wantedBy } from './claim.ts';
import { hopelessShares } from './hopeless.ts';

const settings = { 'panda.dispatch.sloppyPercent': '-1' };
const server = await testServer([panda], settings);
const beside = await testServer([panda], settings, server);
const { db, events } = server.core;
const pilots: TestPilot[] = [];

beforeAll(async () => {
  pilots.push(await aPilot(server, { name: 'first' }), await aPilot(beside, { name: 'second' }));
});

const pilot = (n: number): TestPilot => pilots[n % pilots.length] as TestPilot;
const taker = { background: false, node: null, computingElement: null, schedulerId: null, why: 'w', by: 'b' };
const ask = { prodSourceLabel: 'user', node: 'worker1', computingElement: 'CE' };

function idsIn(answers: readonly Record<string, unknown>[]): number[] {
  return answers.map(({ PandaID }) => Number(PandaID)).filter((id) => !Number.isNaN(id));
}

test('pilots of two servers that ask at once never get one job twice, and every job goes to one', async () => {
  const jobs = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      aJob(db, {
        queue: 'RUSH',
        memoryMb: n % 2 === 0 ? 0 : 1500,
        share: n % 3 === 0 ? 'Production' : 'Undefined',
      }),
    ),
  );
  // Other filters on the same queue see the same jobs: a lock of one's own transaction is not skipped.
  const answers = await Promise.all(
    Array.from({ length: 80 }, (_, n) =>
      pilot(n).call('getJob', { ...ask, siteName: 'RUSH', mem: 2000 + (n % 5) }),
    ),
  );
  expect(idsIn(answers).toSorted()).toEqual(jobs.map(({ jobId }) => jobId).toSorted());
  expect(answers.filter(({ StatusCode }) => StatusCode === 20)).toHaveLength(20);
  const sent =
    await db.sql`select from panda.job where queue = 'RUSH' and status = 'sent' and sent_count = 1`;
  expect(sent).toHaveLength(60);
});

test('many jobs at once are given in order, and share nothing with a pilot beside', async () => {
  await Promise.all(Array.from({ length: 150 }, (_, n) => aJob(db, { queue: 'MANY', priority: n % 7 })));
  const bulk = (n: number) => pilot(n).call('getJob', { ...ask, siteName: 'MANY', nJobs: 60 });
  const lists = (await Promise.all([0, 1, 2].map(bulk))).map(({ jobs }) => jobs as Record<string, unknown>[]);
  const ids = lists.flatMap(idsIn);
  expect(new Set(ids).size).toBe(150);
  expect(ids).toHaveLength(150);
  for (const list of lists) {
    const priorities = list.map(({ currentPriority }) => Number(currentPriority));
    expect(priorities).toEqual(priorities.toSorted((a, b) => b - a));
  }
});

test('a job that somebody holds is passed over, not waited for', async () => {
  const held = await aJob(db, { queue: 'HELD', priority: 9000 });
  const free = await aJob(db, { queue: 'HELD' });
  await db.transaction(async (tx) => {
    await tx`select from panda.job where job_id = ${held.jobId} for update`;
    expect(await pilot(0).call('getJob', { ...ask, siteName: 'HELD' })).toMatchObject({
      PandaID: free.jobId,
    });
  });
});

test('a job whose pilot has gone before the answer waits again', async () => {
  const job = await aJob(db, { queue: 'GONE' });
  const { port } = new URL(server.address);
  const body = JSON.stringify({ siteName: 'GONE', prodSourceLabel: 'user' });
  await db.transaction(async (tx) => {
    // Nobody writes history for a moment: the claim is under way while the pilot goes.
    await tx`lock table panda.job_history in exclusive mode`;
    const socket = connect({ port: Number(port), host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.write(
      `POST /server/panda/getJob HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${pilot(0).token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await eventually(async () => {
      const waiting = await db.sql`
        select from pg_stat_activity where wait_event_type = 'Lock' and query like '%claim_jobs%' and datname = current_database()`;
      expect(waiting).toHaveLength(1);
    });
    socket.destroy();
    await once(socket, 'close');
  });
  await eventually(async () => {
    const [row] =
      await db.sql`select status, status_why, sent_count from panda.job where job_id = ${job.jobId}`;
    expect(row).toEqual({
      status: 'activated',
      statusWhy: 'its pilot had gone before it was answered',
      sentCount: 1,
    });
  });
});

test('a database that takes too long is a time-out, and the job is still there', async () => {
  const job = await aJob(db, { queue: 'SLOW' });
  for (const [call, expected] of [
    [() => pilot(0).call('getJob', { ...ask, siteName: 'SLOW' }), { StatusCode: 10 }],
    [
      () => pilot(0).v1('pilot/acquire_jobs', { site_name: 'SLOW', prod_source_label: 'user' }),
      { success: false, message: 'Timed out' },
    ],
  ] as const) {
    const answer = await db.transaction(async (tx) => {
      await tx`lock table panda.job_history in exclusive mode`;
      const answering = call();
      // As a statement time-out does.
      await eventually(async () => {
        const ended = await db.sql`
          select pg_cancel_backend(pid) from pg_stat_activity
          where wait_event_type = 'Lock' and query like '%claim_jobs%' and datname = current_database()`;
        expect(ended).toHaveLength(1);
      });
      return await answering;
    });
    expect(answer).toMatchObject(expected);
  }
  expect(await pilot(0).call('getJob', { ...ask, siteName: 'SLOW' })).toMatchObject({ PandaID: job.jobId });
});

describe('with many shares', () => {
  test('the jobs of every share are found, in the order of the leaves', async () => {
    const names = Array.from({ length: 30 }, (_, n) => `share ${String(n).padStart(2, '0')}`);
    const wishes: JobWish[] = ['share 20', 'unheard of', 'share 07'].map((share) => ({
      queue: 'LEAVES',
      share,
    }));
    const [late, unknown, early] = await Promise.all(wishes.map((wish) => aJob(db, wish)));
    const wanted = {
      ...{
        labels: ['user'],
        processingType: null,
        memoryMb: 0,
        diskMb: 0,
        walltimeSeconds: 0,
        resourceType: null,
      },
      ...{
        owner: null,
        ownerAccountId: null,
        taskId: null,
        background: false,
        vos: null,
        oldestFirst: false,
        hopeless: [],
      },
      ...{ queue: 'LEAVES', places: [0, 0, 0, 0] },
    };
    const rows = await db.sql<{ jobId: number }[]>`
      select job_id from panda.claim_jobs(${JSON.stringify([wanted])}::text::jsonb,
        ${JSON.stringify([taker])}::text::jsonb, ${names}::text[])`;
    expect(rows.map(({ jobId }) => jobId)).toEqual([early, late, unknown].map((job) => job?.jobId));
  });
});

describe('kinds of a batch', () => {
  const filter = {
    ...{
      labels: ['user'],
      processingType: null,
      memoryMb: 0,
      diskMb: 0,
      walltimeSeconds: 0,
      resourceType: null,
    },
    ...{
      owner: null,
      ownerAccountId: null,
      taskId: null,
      background: false,
      memoryPerCoreMb: 0,
      mostCores: 0,
      vos: null,
    },
  };
  const claim = (queue: string, change: Partial<Claim> = {}): Claim => ({
    ...{ queue, filter, slots: 1, taker, signal: new AbortController().signal },
    ...change,
  });

  test('requests of one kind are one, each queue has one roll, and who has gone wants nothing', () => {
    const rolls = [true, false];
    const other = { filter: { ...filter, memoryMb: 1 } };
    const claims = [
      claim('A'),
      claim('B', { slots: 2 }),
      claim('A', { signal: AbortSignal.abort() }),
      claim('A'),
      claim('A', other),
      claim('A', { slots: 0 }),
    ];
    expect(wantedBy(claims, () => rolls.shift() ?? false)).toMatchObject([
      { queue: 'A', places: [0, 3], oldestFirst: true },
      { queue: 'B', places: [1, 1], oldestFirst: false },
      { queue: 'A', places: [4], oldestFirst: true, memoryMb: 1 },
    ]);
  });
});

describe('shares that are left out', () => {
  const row = (share: string, label: string, jobs: number, resourceType = 'SCORE') => ({
    ...{
      queue: 'Q',
      share,
      label,
      resourceType,
      status: 'activated' as const,
      jobs,
      cores: jobs,
      hs06: jobs,
    },
  });
  const tally = [
    row('large', 'managed', 1999),
    row('large', 'managed', 1, 'MCORE'),
    row('small', 'managed', 1999),
  ];
  const filter = (change: Partial<Claim['filter']>): Claim['filter'] => ({
    ...{
      labels: ['user'],
      processingType: null,
      memoryMb: 0,
      diskMb: 0,
      walltimeSeconds: 0,
      resourceType: null,
    },
    ...{
      owner: null,
      ownerAccountId: null,
      taskId: null,
      background: false,
      memoryPerCoreMb: 0,
      mostCores: 0,
      vos: null,
    },
    ...change,
  });

  test('only those with thousands of jobs and none of the label and resource type', () => {
    expect(hopelessShares(tally, 'Q', filter({}))).toEqual(['large']);
    expect(hopelessShares(tally, 'other', filter({}))).toEqual([]);
    expect(hopelessShares(tally, 'Q', filter({ labels: ['managed'] }))).toEqual([]);
    expect(hopelessShares(tally, 'Q', filter({ labels: ['managed'], resourceType: 'MCORE' }))).toEqual([]);
    expect(hopelessShares(tally, 'Q', filter({ labels: ['managed'], resourceType: 'GPU' }))).toEqual([
      'large',
    ]);
    expect(hopelessShares(tally, 'Q', filter({ processingType: 'gangarobot' }))).toEqual([]);
    expect(hopelessShares([...tally, row('large', 'user', 1)], 'Q', filter({}))).toEqual([]);
  });

  test('their jobs are not given, and a kind that leaves some out never goes by age', async () => {
    const [wanted] = wantedBy(
      [{ queue: 'HOPE', filter: filter({}), slots: 2, taker, signal: new AbortController().signal }],
      () => true,
      () => ['Production'],
    );
    expect(wanted).toMatchObject({ oldestFirst: false, hopeless: ['Production'] });
    await aJob(db, { queue: 'HOPE', share: 'Production', priority: 9000 });
    const other = await aJob(db, { queue: 'HOPE', share: 'Undefined' });
    const rows = await claimJobs(db.sql, [wanted as WantedJobs], [taker], ['Production']);
    expect(rows.map(({ jobId }) => jobId)).toEqual([other.jobId]);
  });
});

describe('waiting', () => {
  const activate = async (jobId: number): Promise<void> => {
    await db.sql`update panda.job set status = 'activated' where job_id = ${jobId}`;
    events.committed();
  };

  test('a pilot that waits gets the job that becomes ready, whichever server made it so', async () => {
    const job = await aJob(db, { queue: 'POLL', status: 'defined' });
    const answer = pilot(1).call('getJob', { ...ask, siteName: 'POLL', wait: 30 });
    await eventually(() => expect(beside.core.events.waits.openCount).toBe(1));
    await aJob(db, { queue: 'ELSEWHERE' });
    await activate(job.jobId);
    expect(await answer).toMatchObject({ StatusCode: 0, PandaID: job.jobId });
    expect(beside.core.events.waits.openCount).toBe(0);
  });

  test('it is told that there is none when its time is over', async () => {
    expect(await pilot(0).call('getJob', { ...ask, siteName: 'POLL', wait: 0.05 })).toMatchObject({
      StatusCode: 20,
    });
    expect(await pilot(0).v1('pilot/acquire_jobs', { site_name: 'POLL', wait: 0.05 })).toMatchObject({
      success: false,
      message: 'No jobs in PanDA',
    });
  });

  test('of two that wait one gets the only job, and a job that fits neither wakes them in vain', async () => {
    const [large, small] = await Promise.all([
      aJob(db, { queue: 'PAIR', status: 'defined', memoryMb: 9000 }),
      aJob(db, { queue: 'PAIR', status: 'defined' }),
    ]);
    const wait = { ...ask, siteName: 'PAIR', wait: 2, mem: 2000 };
    const answers = Promise.all([pilot(0).call('getJob', wait), pilot(0).call('getJob', wait)]);
    await eventually(() => expect(server.core.events.waits.openCount).toBe(2));
    await activate(large.jobId);
    await activate(small.jobId);
    expect(idsIn(await answers)).toEqual([small.jobId]);
  });
});
