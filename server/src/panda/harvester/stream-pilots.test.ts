import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { forgetQueues, putQueue } from '../queues/queues.ts';
import { newWorkers, readStreamed, type StreamedQueue, type StreamedType } from './new-workers.ts';
import { streamPilots } from './stream-pilots.schedule.ts';

const types: StreamedType[] = [
  { name: 'SCORE', isMultiCore: false, isMuchMemory: false },
  { name: 'MCORE', isMultiCore: true, isMuchMemory: false },
  { name: 'MCORE_HIMEM', isMultiCore: true, isMuchMemory: true },
];
const queue: StreamedQueue = { cores: 8, isOpen: true, coreTarget: 0, limits: new Map() };

function workers(given: Record<string, Record<string, number>>) {
  return new Map(
    Object.entries(given).map(([type, counts]) => [type, new Map(Object.entries(counts))] as const),
  );
}

describe('the number of new workers', () => {
  test('covers the jobs that are ready and have no worker yet', () => {
    const known = workers({ SCORE: { running: 10, submitted: 4 } });
    expect(newWorkers(queue, types, known, [{ resourceType: 'SCORE', jobs: 20 }])).toEqual({ SCORE: 17 });
  });

  test('is none of a kind that has enough waiting, and one of the basic kind when nothing is needed', () => {
    const known = workers({ SCORE: { submitted: 50 }, MCORE: { ready: 3 } });
    const ready = [
      { resourceType: 'SCORE', jobs: 20 },
      { resourceType: 'MCORE', jobs: 5 },
    ];
    expect(newWorkers(queue, types, known, ready)).toEqual({ SCORE: 0, MCORE: 3 });
    expect(newWorkers(queue, types, known, [])).toEqual({ SCORE: 1 });
    expect(newWorkers(queue, types, new Map(), [])).toEqual({ SCORE: 1 });
  });

  test('ends at four tenths of what runs, at least 75 workers of the queue, shares in their order', () => {
    const many = [
      { resourceType: 'MCORE', jobs: 50 },
      { resourceType: 'SCORE', jobs: 10_000 },
    ];
    // 600 cores: 51 of 8 cores, the rest of one core.
    expect(newWorkers(queue, types, new Map(), many)).toEqual({ MCORE: 51, SCORE: 201 });
    const busy = workers({ SCORE: { running: 10_000 } });
    expect(newWorkers(queue, types, busy, [{ resourceType: 'SCORE', jobs: 10_000 }])).toEqual({
      SCORE: 4001,
    });
  });

  test('counts a target of cores as running where pilots may be built up', () => {
    const ready = [{ resourceType: 'SCORE', jobs: 10_000 }];
    const wanted = { ...queue, coreTarget: 5000 };
    expect(newWorkers(wanted, types, new Map(), ready)).toEqual({ SCORE: 2001 });
    expect(newWorkers({ ...wanted, isOpen: false }, types, new Map(), ready)).toEqual({ SCORE: 601 });
  });

  test('keeps to the limits of a resource type, and of much memory', () => {
    const ready = types.map(({ name }) => ({ resourceType: name, jobs: 5 }));
    const known = workers({ MCORE: { running: 9 }, MCORE_HIMEM: { running: 2 } });
    const limits = new Map([
      ['MCORE', 9],
      ['HIMEM', 16],
    ]);
    expect(newWorkers({ ...queue, limits }, types, known, ready)).toEqual({
      MCORE: 0,
      MCORE_HIMEM: 0,
      SCORE: 6,
    });
  });

  test('is never negative, and never more than the jobs and one for each kind', () => {
    const counts = fc.record({
      running: fc.nat(5000),
      submitted: fc.nat(5000),
      ready: fc.nat(100),
    });
    const someWorkers = fc.dictionary(fc.constantFrom('SCORE', 'MCORE', 'MCORE_HIMEM', 'odd'), counts);
    const someReady = fc.array(
      fc.record({
        resourceType: fc.constantFrom('SCORE', 'MCORE', 'MCORE_HIMEM', 'odd'),
        jobs: fc.nat(3000),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(someWorkers, someReady, fc.integer({ min: 1, max: 64 }), (known, ready, cores) => {
        const wanted = newWorkers({ ...queue, cores }, types, workers(known), ready);
        for (const [type, count] of Object.entries(wanted)) {
          const jobs = ready
            .filter(({ resourceType }) => resourceType === type)
            .reduce((sum, one) => sum + one.jobs, 0);
          expect(count).toBeGreaterThanOrEqual(0);
          expect(count).toBeLessThanOrEqual(jobs + 1);
        }
        expect(Object.values(wanted).some((count) => count > 0)).toBe(true);
      }),
    );
  });
});

test('a description without the keys, or with nonsense in them, streams by the defaults', () => {
  expect(readStreamed({}, 'test')).toEqual({ cores: 1, isOpen: false, coreTarget: 0, limits: new Map() });
  const odd = { corecount: 0, params: 7, uconfig: { resource_type_limits: { SCORE: 'many', MCORE: '5' } } };
  expect(readStreamed(odd, 'online')).toEqual({
    cores: 1,
    isOpen: true,
    coreTarget: 0,
    limits: new Map([['MCORE', 5]]),
  });
});

test('the Harvester of a queue is told, and what it has not taken yet is replaced', async () => {
  const server = await testServer([panda]);
  const { core } = server;
  await core.schedules.pause('panda.stream-pilots', 'this test does it');
  const pilot = await pandaCalls(server, 'harvester', 'panda.pilot');
  const streamed = { copytools: { mv: {} }, capability: 'ucore', workflow: 'pull_ups', corecount: 8 };
  for (const nickname of ['STREAMED', 'SILENT']) {
    await putQueue(core, { name: 'test' }, { ...streamed, nickname, harvester: 'central' });
  }
  await putQueue(
    core,
    { name: 'test' },
    { ...streamed, nickname: 'PULLED', workflow: 'pull', harvester: 'central' },
  );
  forgetQueues(core);
  for (let n = 0; n < 3; n++) await aJob(core.db, { queue: 'STREAMED', status: 'activated' });
  for (const panda_queue of ['STREAMED', 'PULLED']) {
    const statistics = '{"managed":{"SCORE":{"running":1}}}';
    await pilot.post('harvester/report_worker_statistics', {
      harvester_id: 'central',
      panda_queue,
      statistics,
    });
    await pilot.post('harvester/report_worker_statistics', {
      harvester_id: 'other',
      panda_queue,
      statistics,
    });
  }
  expect(await streamPilots(core)).toBe(1);
  expect(await streamPilots(core)).toBe(1);
  const { data } = await pilot.post('harvester/acquire_commands', {
    harvester_id: 'central',
    n_commands: 10,
  });
  expect(data).toEqual([
    expect.objectContaining({ command: 'SET_N_WORKERS_JOBTYPE:STREAMED', params: { managed: { SCORE: 4 } } }),
  ]);
  await core.db.sql`update panda.worker_statistics set at = clock_timestamp() - interval '61 minutes'`;
  expect(await streamPilots(core)).toBe(0);
});
