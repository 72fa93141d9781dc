import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { forgetQueues, putQueue, setStatus } from '../queues/queues.ts';
import { listLastPilots, sumActivity } from './activity.store.ts';
import { flushActivity, noteReport } from './activity.ts';
import { excludedBy, exclusions, type FilteredJob, sayExclusion } from './exclusions.ts';
import type { JobFilter } from './request.ts';
import { whyJob } from './why-job.ts';
import { whyQueue } from './why-queue.ts';

const server = await testServer([panda], { 'panda.dispatch.sloppyPercent': '-1' });
const { core } = server;
const { db } = core;
const actor = { name: 'tester' };
let pilot: TestPilot;
let user: TestPilot;

const none = { StatusCode: 20, errorDialog: 'no jobs in PanDA' };

async function aQueue(nickname: string, change: Record<string, unknown> = {}): Promise<void> {
  await putQueue(core, actor, { nickname, copytools: { mv: {} }, ...change });
  forgetQueues(core);
}

async function become(queue: string, status: 'online' | 'test' | 'offline' | 'paused' | 'brokeroff') {
  await setStatus(core, actor, queue, status, `set to ${status}`);
  forgetQueues(core);
}

const getJob = (siteName: string, change: Record<string, unknown> = {}) =>
  pilot.call('getJob', {
    siteName,
    prodSourceLabel: 'user',
    node: 'worker1',
    computingElement: 'CE',
    ...change,
  });

beforeAll(async () => {
  pilot = await aPilot(server);
  user = await aPilot(server, { name: 'a-user', role: 'user' });
});

describe('the state of a queue', () => {
  test('offline and paused give nothing out, brokeroff gives what it has', async () => {
    await aQueue('STATES');
    const { jobId } = await aJob(db, { queue: 'STATES' });
    for (const status of ['offline', 'paused'] as const) {
      await become('STATES', status);
      expect(await getJob('STATES')).toEqual(none);
      const answer = `STATES is ${status} and gives no jobs out. set to ${status}`;
      expect(await whyQueue(core, 'STATES')).toMatchObject({ answer, status });
      const why = await whyJob(core, jobId);
      expect(why?.answer).toBe(`Its queue STATES is ${status} and gives no jobs out. set to ${status}`);
    }
    await become('STATES', 'brokeroff');
    expect(await getJob('STATES')).toMatchObject({ PandaID: jobId });
  });

  test('in test only tests are given, whatever label is asked for', async () => {
    await aQueue('TESTING', { type: 'unified' });
    await become('TESTING', 'test');
    const plain = await aJob(db, { queue: 'TESTING', priority: 9000 });
    const robot = await aJob(db, { queue: 'TESTING', processingType: 'gangarobot' });
    const trial = await aJob(db, { queue: 'TESTING', label: 'prod_test' });
    expect(await getJob('TESTING', { jobType: 'user' })).toMatchObject({ PandaID: robot.jobId });
    expect(await getJob('TESTING', { jobType: 'user' })).toEqual(none);
    expect(await getJob('TESTING')).toMatchObject({ PandaID: trial.jobId });
    expect(await getJob('TESTING', { prodSourceLabel: 'unified' })).toEqual(none);
    expect((await whyQueue(core, 'TESTING')).answer).toBe(
      'None of the 1 jobs that wait is for such a pilot: it takes only jobs with label prod_test, install or test or processing type gangarobot. The queue is in test: its pilots get tests only.',
    );
    await become('TESTING', 'online');
    expect(await getJob('TESTING')).toMatchObject({ PandaID: plain.jobId });
  });

  test('pilots may name the queue as its description does', async () => {
    await aQueue('NICK', { panda_resource: 'RESOURCE' });
    const { jobId } = await aJob(db, { queue: 'NICK' });
    expect(await getJob('RESOURCE')).toMatchObject({ PandaID: jobId });
  });
});

describe('why a queue gave nothing', () => {
  test('names every part of the request that keeps the waiting jobs from the pilot', async () => {
    await aQueue('WHY');
    expect((await whyQueue(core, 'WHY')).answer).toBe('No pilot has ever asked for a job of WHY.');
    expect(await getJob('WHY', { mem: 1000 })).toEqual(none);
    expect((await whyQueue(core, 'WHY')).answer).toBe('No job of WHY waits for a pilot.');
    await aJob(db, { queue: 'WHY', memoryMb: 4000 });
    await aJob(db, { queue: 'WHY', memoryMb: 3000, label: 'managed' });
    expect(await getJob('WHY', { mem: 1000 })).toEqual(none);
    expect(await whyQueue(core, 'WHY')).toMatchObject({
      answer:
        'None of the 2 jobs that wait is for such a pilot: it has 1000 MB of memory. Besides, it takes only jobs with label user, panda or install.',
      status: 'online',
      waiting: 2,
      fitting: 0,
      excluded: [
        { part: 'label', jobs: 1 },
        { part: 'memory', jobs: 2 },
      ],
      activity: { asked: 2, given: 0, refused: 2 },
      lastPilot: { node: 'worker1', refusedWhy: 'nothing-fits', refusedNode: 'worker1' },
    });
  });

  test('another request than the last can be asked about', async () => {
    const answer = await whyQueue(core, 'WHY', { label: 'managed', memoryMb: 3000 });
    expect(answer).toMatchObject({ fitting: 1, answer: 'Such a pilot gets a job: 1 job fits it.' });
    expect(await whyQueue(core, 'WHY', { label: 'user', taskId: 7 })).toMatchObject({
      excluded: [
        { part: 'label', jobs: 1 },
        { part: 'task', jobs: 2, text: 'it takes only jobs of task 7' },
      ],
    });
  });

  test('a pilot without its role is told so', async () => {
    await aQueue('ROLES');
    expect(await user.call('getJob', { siteName: 'ROLES' })).toMatchObject({ StatusCode: 60 });
    expect((await whyQueue(core, 'ROLES')).answer).toMatch(/needs the role panda.pilot/);
  });

  test('names that nobody described leave no rows', async () => {
    expect(await getJob('MADE UP')).toEqual(none);
    await flushActivity(core);
    expect(await listLastPilots(db.sql, 'MADE UP')).toEqual([]);
    expect(await whyQueue(core, 'MADE UP')).toMatchObject({ status: null, lastPilot: null });
  });
});

describe('why a job waits', () => {
  test('its place, the pace of its queue, and what kept the last pilot from it', async () => {
    await aQueue('PLACE');
    const first = await aJob(db, { queue: 'PLACE', priority: 9000 });
    const second = await aJob(db, { queue: 'PLACE', memoryMb: 8000 });
    const third = await aJob(db, { queue: 'PLACE' });
    expect((await whyJob(core, third.jobId))?.answer).toBe('No pilot has ever asked for a job of PLACE.');
    expect(await getJob('PLACE', { mem: 2000 })).toMatchObject({ PandaID: first.jobId });
    expect(await whyJob(core, third.jobId)).toMatchObject({
      answer: '1 job of its share goes before it on PLACE. In the last hour pilots took 1 of the queue.',
      ahead: 1,
      shareRank: expect.any(Number),
      status: 'activated',
      givenLastHour: 1,
    });
    expect(await getJob('PLACE', { mem: 2000 })).toMatchObject({ PandaID: third.jobId });
    expect(await getJob('PLACE', { mem: 2000 })).toEqual(none);
    expect((await whyJob(core, second.jobId))?.answer).toBe(
      'The last pilot of PLACE that found no job could not take it: it has 2000 MB of memory, and the job asks for 8000 MB.',
    );
    expect((await whyJob(core, first.jobId))?.answer).toBe(
      'It does not wait for a pilot: it is sent. a pilot on worker1 took it',
    );
    expect(await whyJob(core, 10 ** 9)).toBeNull();
  });
});

test('what pilots did is counted by five minutes and adds up over writings', async () => {
  await aQueue('COUNT');
  for (let n = 0; n < 3; n += 1) noteReport(core, 'COUNT');
  await flushActivity(core);
  expect(await getJob('COUNT', { nJobs: 4 })).toEqual(none);
  noteReport(core, 'COUNT');
  await flushActivity(core);
  await flushActivity(core);
  const [sum] = await sumActivity(db.sql, new Date(Date.now() - 3_600_000), 'COUNT');
  expect(sum).toEqual({ queue: 'COUNT', asked: 4, given: 0, refused: 4, reports: 4 });
});

test('what the database takes for fitting is what the explanation takes for fitting', async () => {
  const small = fc.constantFrom(0, 1, 2);
  const word = fc.constantFrom('a', 'b');
  const job = fc.record<FilteredJob>({
    ...{
      label: word,
      processingType: fc.option(word),
      memoryMb: small,
      cores: small,
      diskMb: small,
      walltimeSeconds: small,
    },
    ...{ resourceType: word, owner: word, ownerAccountId: fc.option(small), taskId: fc.option(small) },
    ...{ requestId: fc.option(small), background: fc.boolean(), vo: fc.option(word) },
  });
  const filter = fc.record<JobFilter>({
    ...{
      labels: fc.array(word, { maxLength: 2 }),
      processingType: fc.option(word),
      memoryMb: small,
      diskMb: small,
    },
    ...{ walltimeSeconds: small, resourceType: fc.option(word), owner: fc.option(word) },
    ...{
      ownerAccountId: fc.option(small),
      taskId: fc.option(small),
      background: fc.boolean(),
      memoryPerCoreMb: small,
      mostCores: small,
      vos: fc.option(fc.uniqueArray(word, { maxLength: 2 })),
    },
  });
  const pairs = fc.sample(fc.tuple(job, filter), 3000);
  const rows = await db.sql<{ fits: boolean | null }[]>`
    select panda.fits_request(jsonb_populate_record(null::panda.job, e->0), array(select jsonb_array_elements_text(e->1->'labels')),
      e->1->>'processingType', (e->1->>'memoryMb')::integer, (e->1->>'diskMb')::integer,
      (e->1->>'walltimeSeconds')::integer, e->1->>'resourceType', e->1->>'owner', (e->1->>'ownerAccountId')::bigint,
      (e->1->>'taskId')::bigint, (e->1->>'background')::boolean,
      case when e->1->'vos' <> 'null' then array(select jsonb_array_elements_text(e->1->'vos')) end,
      (e->1->>'memoryPerCoreMb')::integer, (e->1->>'mostCores')::integer) as fits
    from jsonb_array_elements(${JSON.stringify(pairs.map(([one, two]) => [inColumns(one), two]))}::text::jsonb)
      with ordinality as listed (e, n) order by n`;
  const differing = pairs.filter(
    ([one, two], n) => (rows[n]?.fits === true) !== (excludedBy(one, two).length === 0),
  );
  expect(differing).toEqual([]);
  expect(rows.some(({ fits }) => fits === true)).toBe(true);
  for (const part of exclusions) {
    for (const [, two] of pairs.slice(0, 20)) expect(sayExclusion(part, two)).toMatch(/^it (has|takes) /);
  }
});

function inColumns(job: FilteredJob): Record<string, unknown> {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(job).map(([name, value]) => [snake(name), value]));
}
