import { availableParallelism } from 'node:os';
import { beforeAll, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import type { Queue } from '../queues/queues.store.ts';
import { forgetQueues, putQueue, queueOf } from '../queues/queues.ts';
import { mostCoresOf } from './most-cores.ts';
import { whyJob } from './why-job.ts';
import { whyQueue } from './why-queue.ts';

const server = await testServer([panda]);
const { core } = server;
const { db } = core;
let pilot: TestPilot;

beforeAll(async () => {
  pilot = await aPilot(server);
});

async function aQueue(nickname: string, change: Record<string, unknown>): Promise<string> {
  await putQueue(core, { name: 'tester' }, { nickname, copytools: { mv: {} }, ...change });
  forgetQueues(core);
  return nickname;
}

const getJob = (siteName: string) => pilot.call('getJob', { siteName, prodSourceLabel: 'user', node: 'n1' });

test.each([
  [{}, 0],
  [{ corecount: 8 }, 8],
  [{ corecount: 0 }, 0],
  [{ corecount: -1 }, 0],
  [{ corecount: null }, 0],
  [{ corecount: '16' }, 16],
  [{ corecount: 'many' }, 0],
  [{ corecount: 3, pilotFactory: { backend: 'local' } }, 3],
  [{ corecount: 0, pilotFactory: { backend: 'slurm' } }, 0],
  [{ pilotFactory: {} }, availableParallelism()],
  [{ corecount: -1, pilotFactory: { backend: 'local' } }, availableParallelism()],
])('a queue described by %j has pilots of %i cores', (document, expected) => {
  expect(mostCoresOf({ document } as Pick<Queue, 'document'>)).toBe(expected);
});

test('a pilot gets no job of more cores than it has, and the job and the queue say why', async () => {
  const queue = await aQueue('EIGHT', { corecount: 8 });
  const huge = await aJob(db, { queue, cores: 512, priority: 9000 });
  const full = await aJob(db, { queue, cores: 8 });
  const single = await aJob(db, { queue, cores: 1 });
  const given = [await getJob(queue), await getJob(queue), await getJob(queue)];
  expect(given).toMatchObject([{ PandaID: full.jobId }, { PandaID: single.jobId }, { StatusCode: 20 }]);
  expect((await whyJob(core, huge.jobId))?.answer).toBe(
    'No pilot of EIGHT has more than 8 cores, and the job asks for 512.',
  );
  expect(await whyQueue(core, queue)).toMatchObject({
    fitting: 0,
    excluded: [{ part: 'cores', jobs: 1, text: 'it has 8 cores' }],
    answer: 'None of the 1 jobs that wait is for such a pilot: it has 8 cores.',
  });
  await aQueue('EIGHT', { corecount: 0 });
  expect(await getJob(queue)).toMatchObject({ PandaID: huge.jobId });
});

test('the job says so before any pilot has asked', async () => {
  const queue = await aQueue('SINGLE', { corecount: 1 });
  const { jobId } = await aJob(db, { queue, cores: 2 });
  expect(await whyJob(core, jobId)).toMatchObject({
    answer: 'No pilot of SINGLE has more than 1 core, and the job asks for 2.',
    excluded: [{ part: 'cores', text: 'it has 1 core, and the job asks for 2' }],
  });
});

test('pilots of this machine take jobs of as many cores as it has', async () => {
  expect(mostCoresOf(await queueOf(core, 'LOCAL'))).toBe(availableParallelism());
  const { jobId } = await aJob(db, { queue: 'LOCAL', cores: 512 + availableParallelism() });
  expect((await whyJob(core, jobId))?.answer).toMatch(
    /^No pilot of LOCAL has more than \d+ cores?, and the job/,
  );
});
