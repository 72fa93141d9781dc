import { describe, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { syncWorkers } from './sync-workers.schedule.ts';

const server = await testServer([panda]);
const { db } = server.core;
const harvester = await pandaCalls(server, 'harvester', 'panda.pilot');
const ofAtlas = await pandaCalls(server, 'atlas-harvester', 'panda.pilot:atlas');
const user = await pandaCalls(server, 'somebody', 'user');
const nobody = await pandaCalls(server, 'nobody');

let lastWorker = 1000;
const nextWorker = () => ++lastWorker;

function update(harvesterId: string, workers: unknown) {
  return harvester.post('harvester/update_workers', { harvester_id: harvesterId, workers });
}

async function stored(harvesterId: string, workerId: number): Promise<Record<string, unknown> | undefined> {
  const [row] = await db.sql`
    select * from panda.worker where harvester_id = ${harvesterId} and worker_id = ${workerId}`;
  return row;
}

async function jobsOf(workerId: number): Promise<number[]> {
  const rows = await db.sql<{ jobId: number }[]>`
    select job_id from panda.job_worker where worker_id = ${workerId} order by job_id`;
  return rows.map(({ jobId }) => jobId);
}

async function errorsOf(jobId: number): Promise<unknown> {
  const [row] =
    await db.sql`select errors, error_source, error_code, reported from panda.job where job_id = ${jobId}`;
  return row;
}

describe('updates of workers', () => {
  test('a new worker is stored with all that was said of it', async () => {
    const workerID = nextWorker();
    const worker = {
      workerID,
      batchID: 4711,
      queueName: 'q',
      status: 'running',
      computingSite: 'SITE',
      nCore: '8',
      nodeID: 'node1',
      submitTime: 'datetime/2026-11-22 00:38:36.934430',
      startTime: '02-NOV-24 00:02:18',
      endTime: null,
      jobType: 'managed',
      resourceType: 'MCORE',
      nativeExitCode: 0,
      diagMessage: 'all\u0000 well',
      nJobs: 1,
      computingElement: 'ce1',
      syncLevel: 0,
      submissionHost: 'host1',
      minRamCount: 2000,
      whatever: { ignored: true },
    };
    expect(await update('h', [worker])).toEqual({ success: true, message: '', data: [true] });
    expect(await stored('h', workerID)).toMatchObject({
      batchId: '4711',
      queue: 'SITE',
      status: 'running',
      cores: 8,
      node: 'node1',
      submittedAt: new Date('2026-11-22T00:38:36.934Z'),
      startedAt: new Date('2024-11-02T00:02:18Z'),
      endedAt: null,
      resourceType: 'MCORE',
      syncLevel: 0,
      attributes: {
        jobType: 'managed',
        diagMessage: 'all well',
        nJobs: 1,
        minRamCount: 2000,
        queueName: 'q',
      },
    });
  });

  test('what a later report does not name stays', async () => {
    const workerID = nextWorker();
    await update('h', [{ workerID, status: 'submitted', computingSite: 'SITE', nCore: 4, stdOut: 'url' }]);
    await update('h', [{ workerID, status: 'running', nCore: null, jdl: 'file' }]);
    expect(await stored('h', workerID)).toMatchObject({
      status: 'running',
      queue: 'SITE',
      cores: null,
      attributes: { stdOut: 'url', jdl: 'file' },
    });
  });

  test('legacy and v1 are one operation', async () => {
    const workerID = nextWorker();
    const workers = [{ workerID, status: 'running', computingSite: 'S' }];
    expect(await harvester.legacy('updateWorkers', { harvesterID: 'old', workers })).toEqual([true, [true]]);
    expect(await stored('old', workerID)).toMatchObject({ status: 'running' });
  });

  test('a worker without a number is refused alone, and the last of two reports of one counts', async () => {
    const workerID = nextWorker();
    const { data } = await update('h', [
      { workerID, status: 'submitted', computingSite: 'A' },
      { status: 'running' },
      { workerID: -5 },
      { workerID: 1e300 },
      'nonsense',
      { workerID, status: 'running' },
    ]);
    expect(data).toEqual([true, false, false, false, false, true]);
    expect(await stored('h', workerID)).toMatchObject({ status: 'running', queue: 'A' });
  });

  test('a final state younger than three hours stays, an older one does not', async () => {
    const workerID = nextWorker();
    await update('h', [{ workerID, status: 'finished', computingSite: 'S' }]);
    await update('h', [{ workerID, status: 'running' }]);
    expect(await stored('h', workerID)).toMatchObject({ status: 'finished' });
    await db.sql`update panda.worker set modified_at = clock_timestamp() - interval '181 minutes'
      where worker_id = ${workerID}`;
    await update('h', [{ workerID, status: 'running' }]);
    expect(await stored('h', workerID)).toMatchObject({ status: 'running' });
  });

  test('a list of jobs replaces the one before, no list leaves it', async () => {
    const workerID = nextWorker();
    await update('h', [{ workerID, status: 'running', pandaid_list: [1, 2, '3', 'x', -1, 2] }]);
    expect(await jobsOf(workerID)).toEqual([1, 2, 3]);
    await update('h', [{ workerID, status: 'running', pandaid_list: [3, 4] }]);
    expect(await jobsOf(workerID)).toEqual([3, 4]);
    await update('h', [{ workerID, status: 'running', pandaid_list: [] }, { workerID: nextWorker() }]);
    await update('h', [{ workerID, status: 'running', pandaid_list: 'all' }]);
    expect(await jobsOf(workerID)).toEqual([3, 4]);
  });

  test('hostile values are left out, and nothing is lost by them', async () => {
    const workerID = nextWorker();
    const { data } = await update('h', [
      {
        workerID: String(workerID),
        status: 'x'.repeat(10_000),
        computingSite: '\ud800',
        nCore: 1e15,
        errorCode: 'nine',
        submitTime: '2026-13-45 99:00:00',
        endTime: 'datetime/0001-01-01 00:00:00.000000',
        pandaid_list: Array.from({ length: 5000 }, (_, at) => at + 1),
        __proto__: { status: 'y' },
        constructor: 1,
      },
    ]);
    expect(data).toEqual([true]);
    const row = await stored('h', workerID);
    expect(row).toMatchObject({
      cores: null,
      errorCode: null,
      submittedAt: null,
      endedAt: null,
      queue: '\ufffd',
    });
    expect(String(row?.status)).toHaveLength(80);
    expect(await jobsOf(workerID)).toHaveLength(1000);
  });

  test('a message that is too long, or none, is refused with a sentence', async () => {
    const many = Array.from({ length: 100_000 }, (_, workerID) => ({ workerID }));
    expect(await update('h', many)).toMatchObject({
      success: false,
      message: 'one message may have 5000 workers, not 100000',
    });
    expect(await harvester.legacy('updateWorkers', { harvesterID: 'h', workers: '{broken' })).toEqual([
      false,
      'failed to load JSON',
    ]);
    expect(await harvester.legacy('updateWorkers', { harvesterID: 'h', workers: '{}' })).toEqual([
      false,
      'workers must be a list',
    ]);
    expect(await update('x'.repeat(200), [])).toMatchObject({ success: false });
    expect(await update('orrery', [{ workerID: 1, status: 'failed' }])).toMatchObject({
      success: false,
      message: "orrery is the name of this server's own pilots",
    });
    expect(await update('h', [])).toMatchObject({ success: true, data: [] });
  });

  test('a long message is written in parts, and the jobs of its last workers are told too', async () => {
    const job = await aJob(db, { status: 'running' });
    const workers = Array.from({ length: 1201 }, () => ({ workerID: nextWorker(), status: 'running' }));
    const last = { workerID: nextWorker(), status: 'failed', errorCode: 17, pandaid_list: [job.jobId] };
    expect((await update('long', [last, ...workers])).data).toEqual(Array(1202).fill(true));
    const [row] = await db.sql`select count(*)::int as count from panda.worker where harvester_id = 'long'`;
    expect(row).toEqual({ count: 1202 });
    expect(await errorsOf(job.jobId)).toMatchObject({ errorSource: 'sup', errorCode: 17 });
  });

  test('messages at once about the same workers all end well', async () => {
    const ids = Array.from({ length: 200 }, nextWorker);
    const messages = Array.from({ length: 12 }, (_, at) => {
      const some = ids.map((_id, n) => ids[(n * 7 + at * 31) % ids.length]);
      return some.map((workerID) => ({
        workerID,
        status: 'running',
        nCore: at,
        pandaid_list: [at + 1, at + 2],
      }));
    });
    const answers = await Promise.all(messages.map((workers) => update('crowd', workers)));
    expect(answers.every(({ success }) => success)).toBe(true);
    const rows = await db.sql`
      select distinct cores, (select array_agg(job_id order by job_id) from panda.job_worker j
        where j.harvester_id = w.harvester_id and j.worker_id = w.worker_id) as jobs
      from panda.worker w where harvester_id = 'crowd'`;
    for (const { cores, jobs } of rows) expect(jobs).toEqual([cores + 1, cores + 2]);
  });

  test('only pilots may speak of workers', async () => {
    const workers = [{ workerID: 1, status: 'failed' }];
    const role = 'production or pilot role required';
    expect(await user.post('harvester/update_workers', { harvester_id: 'h', workers })).toMatchObject({
      success: false,
      message: role,
    });
    expect(await user.legacy('updateWorkers', { harvesterID: 'h', workers })).toEqual([false, role]);
    expect(await nobody.legacy('updateWorkers', { harvesterID: 'h', workers })).toEqual([
      false,
      'SSL secure connection is required',
    ]);
    expect(await stored('h', 1)).toBeUndefined();
  });
});

describe('jobs of workers that have ended', () => {
  test('fail when the worker speaks for them, by an empty report for the adder', async () => {
    const workerID = nextWorker();
    const running = await aJob(db, { status: 'running' });
    const starting = await aJob(db, { status: 'starting' });
    const holding = await aJob(db, { status: 'holding' });
    const activated = await aJob(db, { status: 'activated' });
    await db.sql`update panda.job set started_at = clock_timestamp()
      where job_id in (${running.jobId}, ${starting.jobId})`;
    const jobIds = [running, starting, holding, activated].map(({ jobId }) => jobId);
    const worker = { workerID, status: 'running', computingSite: 'S', pandaid_list: jobIds };
    await update('sync', [worker]);
    expect(await errorsOf(running.jobId)).toMatchObject({ errors: null, reported: false });
    const final = { workerID, status: 'cancelled', syncLevel: 1, diagMessage: 'removed by the batch system' };
    await update('sync', [final]);
    const rows = await db.sql<
      { jobId: number; errors: { taskBuffer?: { code: number; diag: string } } | null }[]
    >`
      select job_id, errors from panda.job where job_id = any(${jobIds}::bigint[])
      union all select job_id, errors from panda.job_archive where job_id = any(${jobIds}::bigint[])`;
    const codes = new Map(rows.map(({ jobId, errors }) => [jobId, errors?.taskBuffer]));
    expect(codes.get(running.jobId)).toEqual({
      code: 300,
      diag: 'The worker was cancelled while the job was running : removed by the batch system',
    });
    expect(codes.get(starting.jobId)?.diag).toContain('while the job was starting');
    expect(codes.get(holding.jobId)).toBeUndefined();
    expect(codes.get(activated.jobId)).toBeUndefined();
  });

  test('keep the error of the worker, also when it does not speak for them', async () => {
    const workerID = nextWorker();
    const job = await aJob(db, { status: 'running' });
    await update('err', [{ workerID, status: 'running', pandaid_list: [job.jobId] }]);
    await update('err', [{ workerID, status: 'failed', errorCode: 9000, diagMessage: 'node lost' }]);
    expect(await errorsOf(job.jobId)).toEqual({
      errors: { sup: { code: 9000, diag: 'Diag from worker : node lost' } },
      errorSource: 'sup',
      errorCode: 9000,
      reported: false,
    });
  });

  test('are left alone by a worker that still runs, and by a Harvester of another VO', async () => {
    const workerID = nextWorker();
    const job = await aJob(db, { status: 'running', vo: 'local' });
    const worker = { workerID, status: 'running', errorCode: 7, syncLevel: 1, pandaid_list: [job.jobId] };
    await update('own', [worker]);
    await ofAtlas.post('harvester/update_workers', {
      harvester_id: 'forged',
      workers: [{ ...worker, status: 'failed' }],
    });
    expect(await errorsOf(job.jobId)).toMatchObject({ errors: null, reported: false });
    expect(await db.sql`select from panda.output_report where job_id = ${job.jobId}`).toHaveLength(0);
  });

  test('are told once: the same message again adds no second report', async () => {
    const workerID = nextWorker();
    const job = await aJob(db, { status: 'running', attempt: 3 });
    await update('twice', [{ workerID, status: 'running', pandaid_list: [job.jobId] }]);
    const final = [{ workerID, status: 'missed', syncLevel: 1 }];
    expect((await update('twice', final)).data).toEqual([true]);
    expect((await update('twice', final)).data).toEqual([true]);
  });
});

describe('what pilots say of their worker', () => {
  test('is written to it', async () => {
    const workerID = nextWorker();
    await update('p', [{ workerID, status: 'submitted' }]);
    const told = { site: 'S', workerID, harvesterID: 'p', status: 'started', node_id: 'wn7' };
    expect(await harvester.legacy('updateWorkerPilotStatus', told)).toEqual({ StatusCode: 0 });
    expect(await stored('p', workerID)).toMatchObject({
      pilotStatus: 'started',
      node: 'wn7',
      pilotEndedAt: null,
    });
    const body = { worker_id: String(workerID), harvester_id: 'p', status: 'finished' };
    expect(await harvester.post('pilot/update_worker_status', body)).toMatchObject({ success: true });
    expect(await stored('p', workerID)).toMatchObject({
      pilotStatus: 'finished',
      node: 'wn7',
      pilotStartedAt: expect.any(Date),
      pilotEndedAt: expect.any(Date),
      status: 'submitted',
    });
  });

  test.each([
    ['-1', 30],
    ['99999999999999999999999', 30],
    ['abc', 30],
    ['123456789012', 0],
  ])('with the forged worker %s does nothing', async (workerID, StatusCode) => {
    const before = await db.sql`select count(*) as n from panda.worker`;
    const told = { workerID, harvesterID: 'p', status: 'started' };
    expect(await harvester.legacy('updateWorkerPilotStatus', told)).toEqual({ StatusCode });
    expect(await db.sql`select count(*) as n from panda.worker`).toEqual(before);
  });

  test('is refused in other words than started and finished, and from others than pilots', async () => {
    const sentence = "Invalid worker state. The worker state has to be in ('started', 'finished')";
    const told = { workerID: 1, harvesterID: 'p', status: 'running' };
    expect(await harvester.legacy('updateWorkerPilotStatus', told)).toBe(sentence);
    const body = { worker_id: 1, harvester_id: 'p', status: 'running' };
    expect(await harvester.post('pilot/update_worker_status', body)).toMatchObject({
      success: false,
      message: sentence,
    });
    expect(await user.legacy('updateWorkerPilotStatus', told)).toMatchObject({ StatusCode: 60 });
  });
});

describe('workers that are further than Harvester believes', () => {
  test('are told to it, a hundred at a time and not again within half an hour', async () => {
    await server.core.schedules.pause('panda.sync-workers', 'this test does it');
    const ids = Array.from({ length: 130 }, nextWorker);
    const finished = nextWorker();
    const known = nextWorker();
    const workers = [...ids, finished, known].map((workerID) => ({ workerID, status: 'submitted' }));
    await update('slow', workers);
    await db.sql`update panda.worker set pilot_status = 'started', pilot_started_at = clock_timestamp() - interval '61 minutes'
      where harvester_id = 'slow' and worker_id = any(${ids}::bigint[])`;
    await db.sql`update panda.worker set status = 'running', pilot_status = 'finished',
      pilot_ended_at = clock_timestamp() - interval '61 minutes' where worker_id = ${finished}`;
    await db.sql`update panda.worker set pilot_status = 'started', pilot_started_at = clock_timestamp()
      where worker_id = ${known}`;
    expect(await syncWorkers(db)).toBe(131);
    expect(await syncWorkers(db)).toBe(0);
    const { data } = await harvester.post('harvester/acquire_commands', {
      harvester_id: 'slow',
      n_commands: 10,
    });
    const commands = data as { command: string; params: number[] }[];
    expect(commands.map(({ command, params }) => `${command} ${params.length}`).sort()).toEqual([
      'SYNC_WORKERS_ACTIVATE 100',
      'SYNC_WORKERS_ACTIVATE 30',
      'SYNC_WORKERS_KILL 1',
    ]);
    expect(commands.flatMap(({ params }) => params).sort((a, b) => a - b)).toEqual([...ids, finished]);
  });
});
