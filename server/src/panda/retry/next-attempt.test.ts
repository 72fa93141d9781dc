import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { claimJobs, giveBack, type WantedJobs } from '../dispatch/claim.store.ts';
import { panda } from '../index.ts';
import { retryOrEnd } from '../watch/retry.ts';

// Tasks wait: the test begins the job again by itself.
const { core, ...server } = await testServer([panda], { role: 'web' });
const { sql } = core.db;
const pilot = await aPilot({ core, ...server });

/** Everything that a pilot can say of a job. */
const said = {
  node: 'slot1@first.example.org',
  schedulerID: 'first-scheduler',
  pilotID: 'first-pilot|PR|3.11.5.1',
  batchID: 'first.batch',
  jobSubStatus: 'first-step',
  cpuConsumptionTime: 11,
  cpuConsumptionUnit: 's+first',
  pilotTiming: '1|1|1|1|1|1',
  jobMetrics: 'leak=1.5 chi2=2.5',
  coreCount: 8,
  maxRSS: 1111,
  totRCHAR: 2048,
  metaData: '{"first": true}',
  pilotLog: 'first log',
  stdout: 'first output',
};

async function rowOf(table: 'job' | 'heartbeat', jobId: number): Promise<Record<string, unknown>> {
  const [row] = await sql<
    Record<string, unknown>[]
  >`select * from ${sql(`panda.${table}`)} where job_id = ${jobId}`;
  return row ?? {};
}

async function aWorker(jobId: number): Promise<void> {
  await sql`
    insert into panda.job_worker (harvester_id, worker_id, job_id) values ('h', ${jobId}, ${jobId})
    on conflict do nothing`;
}

/** A job whose first attempt has told all it can tell, and has failed. */
async function afterFirstAttempt(queue: string): Promise<number> {
  const { jobId } = await aJob(core.db, { queue, maxAttempt: 3 });
  const take = {
    siteName: queue,
    prodSourceLabel: 'user',
    node: 'first.example.org',
    computingElement: 'first-ce',
  };
  expect(await pilot.call('getJob', take)).toMatchObject({ PandaID: jobId, attemptNr: 1 });
  await pilot.call('updateJob', { ...said, jobId, state: 'running', attemptNr: 1 });
  await aWorker(jobId);
  const end = { pilotErrorCode: -1137, pilotErrorDiag: 'no space', transExitCode: 1, exeErrorCode: 2 };
  await pilot.call('updateJob', { ...said, ...end, jobId, state: 'failed', attemptNr: 1 });
  return jobId;
}

test('nothing that the pilot of the last attempt said is said of the next one', async () => {
  const jobId = await afterFirstAttempt('AGAIN');
  expect(await rowOf('heartbeat', jobId)).toMatchObject({ maxRssKb: 1111, totRcharKb: 2 });
  await core.db.transaction((tx) => retryOrEnd(tx, core, [{ jobId, why: 'it failed', by: 'a test' }]));
  const job = await rowOf('job', jobId);
  expect(job).toMatchObject({ status: 'activated', attempt: 2 });
  const { statusWhy, ...others } = job;
  expect(statusWhy).toContain('1137');
  expect(JSON.stringify(others)).not.toMatch(/first|1137/);
  for (const table of ['heartbeat', 'job_debug', 'output_report', 'job_worker']) {
    expect([table, await sql`select * from ${sql(`panda.${table}`)} where job_id = ${jobId}`]).toEqual([
      table,
      [],
    ]);
  }
  const take = { siteName: 'AGAIN', prodSourceLabel: 'user' };
  expect(await pilot.call('getJob', take)).toMatchObject({ PandaID: jobId, attemptNr: 2 });
  expect(await pilot.call('updateJob', { jobId, state: 'running', attemptNr: 2 })).toMatchObject({
    command: 'NULL',
  });
  expect(JSON.stringify([{ ...(await rowOf('job', jobId)), statusWhy }])).not.toContain('first');
  expect(await rowOf('heartbeat', jobId)).toMatchObject({
    reports: 1,
    cores: null,
    maxRssKb: null,
    jobMetrics: null,
  });
});

test('the log of the last attempt says whose it is, once, until the next one has a log of its own', async () => {
  const jobId = await afterFirstAttempt('LOGS');
  const again = () =>
    core.db.transaction((tx) => retryOrEnd(tx, core, [{ jobId, why: 'it failed', by: 'a test' }]));
  const log = async () => {
    const [row] = await sql<
      { content: string }[]
    >`select content from panda.job_text where job_id = ${jobId}`;
    return row?.content;
  };
  await again();
  expect(await log()).toBe('From attempt 1, which was begun again:\nfirst log');
  const take = { siteName: 'LOGS', prodSourceLabel: 'user' };
  await pilot.call('getJob', take);
  await pilot.call('updateJob', { jobId, state: 'failed', attemptNr: 2, pilotErrorCode: 1137 });
  await again();
  expect(await log()).toBe('From attempt 1, which was begun again:\nfirst log');
  await pilot.call('getJob', take);
  await pilot.call('updateJob', {
    jobId,
    state: 'failed',
    attemptNr: 3,
    pilotErrorCode: 1137,
    pilotLog: 'third',
  });
  expect(await log()).toBe('third');
});

test('a late report of the last attempt changes nothing of the next', async () => {
  const jobId = await afterFirstAttempt('LATE');
  await core.db.transaction((tx) => retryOrEnd(tx, core, [{ jobId, why: 'it failed', by: 'a test' }]));
  const late = { ...said, jobId, state: 'running', attemptNr: 1 };
  for (const take of [false, true]) {
    if (take) await pilot.call('getJob', { siteName: 'LATE', prodSourceLabel: 'user' });
    const before = await rowOf('job', jobId);
    expect(await pilot.call('updateJob', late)).toMatchObject({ command: 'tobekilled' });
    expect(await rowOf('job', jobId)).toEqual(before);
    expect(await rowOf('heartbeat', jobId)).not.toMatchObject({ maxRssKb: 1111 });
  }
});

test('a job that is given back keeps nothing of the pilot that had gone, not even its worker', async () => {
  const { jobId } = await aJob(core.db, { queue: 'BACK' });
  await sql`insert into panda.worker (harvester_id, worker_id, queue, status) values ('h', 77, 'BACK', 'submitted')`;
  const wanted: WantedJobs = {
    ...{ queue: 'BACK', labels: ['user'], processingType: null, memoryMb: 0, diskMb: 0, walltimeSeconds: 0 },
    ...{ resourceType: null, owner: null, ownerAccountId: null, taskId: null, background: false, vos: null },
    ...{ memoryPerCoreMb: 0, mostCores: 0, oldestFirst: false, hopeless: [], places: [0] },
  };
  const taker = {
    ...{
      background: false,
      node: 'first',
      computingElement: 'first',
      schedulerId: 'first',
      why: 'w',
      by: 'b',
    },
    ...{ harvesterId: 'h', workerId: 77 },
  };
  const jobs = await claimJobs(core.db.sql, [wanted], [taker], ['User Analysis']);
  expect(await sql`select from panda.job_worker where job_id = ${jobId}`).toHaveLength(1);
  await giveBack(core.db.sql, jobs);
  expect(await rowOf('job', jobId)).toMatchObject({
    ...{ status: 'activated', node: null, computingElement: null, schedulerId: null, startedAt: null },
  });
  expect(await rowOf('heartbeat', jobId)).toEqual({});
  expect(await sql`select from panda.job_worker where job_id = ${jobId}`).toHaveLength(0);
  // What somebody has taken meanwhile stays his.
  await claimJobs(core.db.sql, [wanted], [taker], ['User Analysis']);
  await sql`update panda.job set status = 'running' where job_id = ${jobId}`;
  await giveBack(core.db.sql, jobs);
  expect(await rowOf('job', jobId)).toMatchObject({ status: 'running', node: 'first' });
  expect(await sql`select from panda.job_worker where job_id = ${jobId}`).toHaveLength(1);
});
