import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { sumActivity } from '../dispatch/activity.store.ts';
import { flushActivity } from '../dispatch/activity.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';

const server = await testServer([panda]);
const { db } = server.core;
let pilot: TestPilot;

beforeAll(async () => {
  await server.core.queue.pause('panda.add-output');
  pilot = await aPilot(server);
});

const said = {
  node: 'worker1.example.org',
  schedulerID: 'unknown',
  pilotID: 'unknown|PR|3.11.5.1',
  coreCount: 1,
};

async function stateOf(jobId: number): Promise<Record<string, unknown> | undefined> {
  const [row] = await db.sql`select * from panda.job where job_id = ${jobId}`;
  return row;
}

test('a job goes from sent over starting and running to holding, with the files it wrote', async () => {
  const { jobId } = await aJob(db, { status: 'sent' });
  const report = {
    ...said,
    jobId: String(jobId),
    attemptNr: 1,
    startTime: 1795308086.068831,
    xml: '',
    metaData: '',
  };
  for (const state of ['starting', 'running', 'running']) {
    expect(await pilot.call('updateJob', { ...report, state })).toEqual({ StatusCode: 0, command: 'NULL' });
    expect(await stateOf(jobId)).toMatchObject({
      status: state,
      node: 'worker1.example.org',
      reported: false,
    });
  }
  const xml = JSON.stringify({ 'out.txt': { guid: 'A', fsize: 40, adler32: 'f9710a9b' } });
  const last = { ...report, state: 'finished', xml, pilotErrorCode: 0, pilotErrorDiag: '', transExitCode: 0 };
  expect(await pilot.call('updateJob', last)).toEqual({ StatusCode: 0, command: 'NULL' });
  expect(await stateOf(jobId)).toMatchObject({
    status: 'holding',
    reported: true,
    setByPilot: false,
    errors: null,
  });
  expect(
    await db.sql`select attempt, state, report from panda.output_report where job_id = ${jobId}`,
  ).toEqual([{ attempt: 1, state: 'finished', report: xml }]);
  const [task] = await server.core.queue.list({ kind: 'panda.add-output' });
  expect(task?.payload).toEqual({ jobId, attempt: 1 });
  expect(await pilot.call('updateJob', last)).toEqual({ StatusCode: 0, command: 'alreadydone' });
});

test('v1 takes the same report under its own names', async () => {
  const { jobId } = await aJob(db, { status: 'sent' });
  const values = {
    job_id: jobId,
    job_status: 'running',
    attempt_nr: 1,
    node: 'n1',
    max_rss: 1000,
    tot_rchar: 4096,
  };
  expect(await pilot.v1('pilot/update_job', values)).toEqual({
    success: true,
    message: '',
    data: { StatusCode: 0, command: 'NULL' },
  });
  expect(await stateOf(jobId)).toMatchObject({ status: 'running', node: 'n1' });
  const [beat] = await db.sql`select max_rss_kb, tot_rchar_kb from panda.heartbeat where job_id = ${jobId}`;
  expect(beat).toEqual({ maxRssKb: 1000, totRcharKb: 4 });
});

async function beatOf(jobId: number): Promise<Record<string, unknown> | undefined> {
  const [row] = await db.sql`select *, xmin::text as version from panda.heartbeat where job_id = ${jobId}`;
  return row;
}

async function rowVersion(jobId: number): Promise<string | undefined> {
  const [row] = await db.sql<
    { version: string }[]
  >`select xmin::text as version from panda.job where job_id = ${jobId}`;
  return row?.version;
}

test('a heartbeat with new figures writes its own row only: no version of the job, no history, no event', async () => {
  const { jobId } = await aJob(db, { status: 'sent' });
  const beat = {
    ...said,
    jobId,
    state: 'running',
    attemptNr: 1,
    cpuConsumptionUnit: 's+Example',
    batchID: '7.batch',
  };
  await pilot.call('updateJob', beat);
  const before = await rowVersion(jobId);
  const [events] = await db.sql`select count(*)::int as n from core.event where key = ${String(jobId)}`;
  for (const maxRSS of [100, 200]) {
    expect(await pilot.call('updateJob', { ...beat, maxRSS, jobMetrics: `leak=${maxRSS}.5` })).toMatchObject({
      command: 'NULL',
    });
  }
  expect(await rowVersion(jobId)).toBe(before);
  expect(await db.sql`select count(*)::int as n from core.event where key = ${String(jobId)}`).toEqual([
    events,
  ]);
  expect(await beatOf(jobId)).toMatchObject({
    maxRssKb: 200,
    memoryLeak: 200,
    jobMetrics: 'leak=200.5',
    reports: 3,
  });
});

test('a heartbeat that changes nothing but the time is stored once a minute', async () => {
  const { jobId } = await aJob(db, { status: 'running' });
  const beat = { jobId, state: 'running', attemptNr: 1, maxRSS: 100 };
  await pilot.call('updateJob', beat);
  const first = await beatOf(jobId);
  await pilot.call('updateJob', beat);
  expect(await beatOf(jobId)).toEqual(first);
  await db.sql`update panda.heartbeat set at = at - interval '61 seconds' where job_id = ${jobId}`;
  await pilot.call('updateJob', beat);
  expect(await beatOf(jobId)).toMatchObject({ reports: 2 });
});

test('reports on the jobs of a queue are counted, those on jobs that are gone are not', async () => {
  const { jobId } = await aJob(db, { status: 'sent', queue: 'COUNTED' });
  for (const maxRSS of [100, 200, 300]) {
    await pilot.call('updateJob', { jobId, state: 'running', attemptNr: 1, maxRSS });
  }
  await pilot.call('updateJob', { jobId, state: 'running', attemptNr: 7 });
  await flushActivity(server.core);
  expect(await sumActivity(db.sql, new Date(Date.now() - 3_600_000), 'COUNTED')).toMatchObject([
    { asked: 0, reports: 3 },
  ]);
});

test('figures that a report leaves out stay, and go with the job into the archive', async () => {
  const { jobId } = await aJob(db, { status: 'running' });
  await pilot.call('updateJob', { jobId, state: 'running', maxRSS: 100, nEvents: 5 });
  await pilot.call('updateJob', {
    jobId,
    state: 'failed',
    nEvents: 7,
    pilotErrorCode: 1305,
    pilotErrorDiag: 'failed',
  });
  expect(await beatOf(jobId)).toMatchObject({ maxRssKb: 100, nEvents: 7 });
  await db.transaction((tx) => endJobs(tx, [{ jobId, status: 'failed', why: 'it failed', by: 'a test' }]));
  const [archived] =
    await db.sql`select metrics, error_source, error_code from panda.job_archive where job_id = ${jobId}`;
  expect(archived).toMatchObject({
    metrics: { max_rss_kb: 100, n_events: 7 },
    errorSource: 'pilot',
    errorCode: 1305,
  });
});

test('start and end are those of the first running and the first holding, unless the pilot gives them', async () => {
  const { jobId } = await aJob(db, { status: 'sent' });
  await db.sql`update panda.job set started_at = '2026-01-01' where job_id = ${jobId}`;
  const call = (state: string, more = {}) => pilot.call('updateJob', { jobId, state, attemptNr: 1, ...more });
  await call('starting');
  await call('running');
  const [began] = await db.sql<{ fresh: boolean }[]>`
    select started_at > clock_timestamp() - interval '1 minute' as fresh from panda.job where job_id = ${jobId}`;
  expect(began?.fresh).toBe(true);
  await call('running', { startTime: '2026-11-22 01:02:03' });
  await call('finished', { endTime: '2026-11-22 04:05:06' });
  expect(await stateOf(jobId)).toMatchObject({
    startedAt: new Date('2026-11-22T01:02:03Z'),
    endedAt: new Date('2026-11-22T04:05:06Z'),
  });
});

test('what the pilot itself sets stands in the dispatcher error until its final report', async () => {
  const { jobId } = await aJob(db, { status: 'running' });
  await pilot.call('updateJob', { jobId, state: 'holding' });
  expect(await stateOf(jobId)).toMatchObject({ setByPilot: true, errorCode: null, reported: false });
  const { errors } = (await stateOf(jobId)) as { errors: { jobDispatcher: { diag: string } } };
  expect(errors.jobDispatcher.diag).toMatch(
    /^set to holding by the pilot at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/,
  );
  await pilot.call('updateJob', { jobId, state: 'finished' });
  expect(await stateOf(jobId)).toMatchObject({
    status: 'holding',
    setByPilot: false,
    errors: null,
    reported: true,
  });
});

test('log, metadata and the machine in it are kept; a second report replaces them', async () => {
  const { jobId } = await aJob(db, { status: 'running' });
  const machine = { site: 'SITE', host_name: 'slot1@n1.example.org', cpu_model: 'Example CPU 2-Core' };
  for (const word of ['first', 'second']) {
    const metaData = JSON.stringify({ word, worker_node: machine });
    await pilot.call('updateJob', { jobId, state: 'running', pilotLog: `log ${word}`, metaData });
  }
  const texts = await db.sql`select kind, content from panda.job_text where job_id = ${jobId} order by kind`;
  expect(texts).toEqual([
    { kind: 'metadata', content: JSON.stringify({ word: 'second', worker_node: machine }) },
    { kind: 'pilot-log', content: 'log second' },
  ]);
  expect(await db.sql`select host from panda.worker_node where site = 'SITE'`).toEqual([
    { host: 'n1.example.org' },
  ]);
});

test('another batch job that claims a job is told to die, and changes nothing but the error', async () => {
  const { jobId } = await aJob(db, { status: 'running', batchId: 'batch.one' });
  const forged = { jobId, state: 'finished', batchID: 'batch.two', node: 'evil', pilotLog: 'x', maxRSS: 1 };
  expect(await pilot.call('updateJob', forged)).toEqual({ StatusCode: 0, command: 'tobekilled' });
  expect(await stateOf(jobId)).toMatchObject({
    status: 'running',
    node: null,
    batchId: 'batch.one',
    errors: { sup: { code: 1, diag: 'got an update request with invalid batchID=batch.two' } },
  });
  expect(await beatOf(jobId)).toBeUndefined();
  expect(await db.sql`select from panda.job_text where job_id = ${jobId}`).toHaveLength(0);
  expect(await db.sql`select from panda.output_report where job_id = ${jobId}`).toHaveLength(0);
});

test('a pilot of another VO changes nothing', async () => {
  const foreign = await aPilot(server, { name: 'foreign-pilot', vo: 'elsewhere' });
  const { jobId } = await aJob(db, { status: 'running', vo: 'local' });
  for (const state of ['running', 'finished']) {
    expect(await foreign.call('updateJob', { jobId, state, maxRSS: 1 })).toMatchObject({
      command: 'tobekilled',
    });
  }
  expect(await stateOf(jobId)).toMatchObject({ status: 'running', reported: false });
  expect(await beatOf(jobId)).toBeUndefined();
});

test('who is no pilot is refused with code 60, in the words of each form', async () => {
  const user = await aPilot(server, { name: 'ada', role: 'user' });
  const { jobId } = await aJob(db, { status: 'running' });
  expect(await user.call('updateJob', { jobId, state: 'finished' })).toEqual({
    StatusCode: 60,
    errorDialog: 'no production/pilot role in VOMS FQANs or non pilot owner',
  });
  expect(await user.v1('pilot/update_job', { job_id: jobId, job_status: 'finished' })).toEqual({
    success: false,
    message: 'production or pilot role required',
    data: null,
  });
  expect(await stateOf(jobId)).toMatchObject({ status: 'running' });
});

test('a report that is none changes nothing and is answered softly', async () => {
  const { jobId } = await aJob(db, { status: 'running' });
  expect(await pilot.call('updateJob', { jobId, state: 'cancelled' })).toEqual({ StatusCode: 0 });
  expect(await pilot.call('updateJob', { jobId: 'NULL', state: 'running' })).toEqual({ StatusCode: 0 });
  expect(await pilot.call('updateJob', { jobId: 'x', state: 'running' })).toMatchObject({ StatusCode: 30 });
  expect(await pilot.call('updateJob', { jobId: 10 ** 12, state: 'running' })).toMatchObject({
    command: 'tobekilled',
  });
  expect(await pilot.v1('pilot/update_job', { job_id: jobId, job_status: 'cancelled' })).toEqual({
    success: false,
    message: 'Invalid job status: cancelled',
    data: { StatusCode: 50 },
  });
  expect(await stateOf(jobId)).toMatchObject({ status: 'running' });
});

test('answers come URL-encoded to a pilot that does not ask for JSON', async () => {
  const { jobId } = await aJob(db, { status: 'running', debug: true, command: 'tail a' });
  const answer = await server.app.inject({
    method: 'POST',
    url: '/server/panda/updateJob',
    headers: { authorization: `Bearer ${pilot.token}`, 'content-type': 'application/json' },
    payload: gzipSync(JSON.stringify({ jobId, state: 'running' })),
  });
  expect(answer.headers['content-type']).toContain('text/plain');
  expect(answer.body).toBe('StatusCode=0&command=debug%2Ctail+a');
});
