import { beforeAll, beforeEach, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { forgetQueues, putQueue, queueOf } from '../queues/queues.ts';
import { flushActivity } from './activity.ts';
import { forgetMeans, meanMemoryTarget, memoryPerCoreLimit } from './mean-memory.ts';
import { whyJob } from './why-job.ts';
import { whyQueue } from './why-queue.ts';

const server = await testServer([panda], { 'panda.dispatch.sloppyPercent': '-1' });
const careless = await testServer([panda], { 'panda.dispatch.ignoreMeanMemory': 'true' }, server);
const { core } = server;
const { db } = core;
let pilot: TestPilot;
let queue: string;
let count = 0;

beforeAll(async () => {
  pilot = await aPilot(server);
});

beforeEach(async () => {
  count += 1;
  queue = await aQueue({ workflow: 'push', meanrss: 2000 });
});

async function aQueue(change: Record<string, unknown>): Promise<string> {
  const nickname = `MEAN_${count}_${Object.keys(change).length}`;
  await putQueue(core, { name: 'tester' }, { nickname, copytools: { mv: {} }, ...change });
  forgetQueues(core);
  return nickname;
}

const getJob = (siteName = queue) => pilot.call('getJob', { siteName, prodSourceLabel: 'user', node: 'n1' });

async function memoryLimit(named = queue, of = core): Promise<number> {
  forgetMeans(of);
  forgetQueues(of);
  return await memoryPerCoreLimit(of, await queueOf(of, named));
}

test.each([
  [{ workflow: 'push', meanrss: 2000 }, 2000],
  [{ workflow: 'push_aCT', meanrss: '2000' }, 2000],
  [{ workflow: 'pull_ups', meanrss: 2000 }, 0],
  [{ meanrss: 2000 }, 0],
  [{ workflow: null, meanrss: 2000 }, 0],
  [{ workflow: 'push' }, 0],
  [{ workflow: 'push', meanrss: 0 }, 0],
  [{ workflow: 'push', meanrss: -1 }, 0],
  [{ workflow: 'push', meanrss: 'much' }, 0],
])('a description %j wants at most %i MB of a core in the mean', (document, expected) => {
  expect(meanMemoryTarget(document)).toBe(expected);
});

test('a queue without jobs, or with a mean that is kept, gives everything out', async () => {
  expect(await memoryLimit()).toBe(0);
  await aJob(db, { queue, status: 'running', cores: 8, memoryMb: 16_000 });
  await aJob(db, { queue, status: 'holding', memoryMb: 90_000 });
  expect(await memoryLimit()).toBe(0);
  const large = await aJob(db, { queue, cores: 1, memoryMb: 4000 });
  expect(await getJob()).toMatchObject({ PandaID: large.jobId });
});

test('each job counts once, those that start as well, and running ones count alone too', async () => {
  await aJob(db, { queue, status: 'running', cores: 8, memoryMb: 8000 });
  await aJob(db, { queue, status: 'running', cores: 0, memoryMb: 3000 });
  expect(await memoryLimit()).toBe(0);
  await aJob(db, { queue, status: 'starting', memoryMb: 2001 });
  expect(await memoryLimit()).toBe(2000);
  const other = await aQueue({ workflow: 'push', meanrss: 2000, corecount: 8 });
  await aJob(db, { queue: other, status: 'running', memoryMb: 2500 });
  await aJob(db, { queue: other, status: 'starting', memoryMb: 100 });
  expect(await memoryLimit(other)).toBe(2000);
});

test('above it pilots get only jobs that ask for no more by core, and the others say why they wait', async () => {
  const large = await aJob(db, { queue, cores: 2, memoryMb: 4001, priority: 5000 });
  await aJob(db, { queue, status: 'running', memoryMb: 3000 });
  forgetMeans(core);
  const small = await aJob(db, { queue, cores: 2, memoryMb: 4000 });
  expect(await getJob()).toMatchObject({ PandaID: small.jobId });
  expect(await getJob()).toMatchObject({ StatusCode: 20 });
  const reason =
    'it takes only jobs of at most 2000 MB a core, since those that run on its queue are above its meanrss in the mean';
  expect(await whyJob(core, large.jobId)).toMatchObject({
    excluded: [{ part: 'mean-memory', text: `${reason}, and the job asks for 2001 MB a core` }],
    answer: `The last pilot of ${queue} that found no job could not take it: ${reason}, and the job asks for 2001 MB a core.`,
  });
  for (const request of [undefined, { label: 'user' }]) {
    expect(await whyQueue(core, queue, request)).toMatchObject({
      fitting: 0,
      excluded: [{ part: 'mean-memory', jobs: 1, text: reason }],
      answer: `None of the 1 jobs that wait is for such a pilot: ${reason}.`,
    });
  }
});

test('an installation may leave it out, and pilots of pull queues are never held to it', async () => {
  const pull = await aQueue({ workflow: 'pull', meanrss: 2000, corecount: 1 });
  for (const name of [queue, pull]) await aJob(db, { queue: name, status: 'running', memoryMb: 3000 });
  expect(await memoryLimit(queue)).toBe(2000);
  expect(await memoryLimit(queue, careless.core)).toBe(0);
  expect(await memoryLimit(pull)).toBe(0);
  const large = await aJob(db, { queue: pull, memoryMb: 9000 });
  expect(await getJob(pull)).toMatchObject({ PandaID: large.jobId });
});

test('a request that was refused before the limit was known excludes nothing by it', async () => {
  expect(await getJob()).toMatchObject({ StatusCode: 20 });
  await flushActivity(core);
  await db.sql`
    update panda.queue_last_pilot set refused_request = refused_request #- '{filter,memoryPerCoreMb}'
    where queue = ${queue}`;
  const { jobId } = await aJob(db, { queue, memoryMb: 3000 });
  expect((await whyJob(core, jobId))?.excluded).toEqual([]);
});
