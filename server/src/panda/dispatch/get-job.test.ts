import { beforeAll, describe, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { listTally } from '../jobs/tally.store.ts';
import { forgetShares } from '../shares/shares.ts';

const server = await testServer([panda], { 'panda.dispatch.sloppyPercent': '-1' });
const { core } = server;
const { db } = core;
const tokens = { pilot: '', user: '', atlas: '', others: '' };
let userId = 0;

beforeAll(async () => {
  const { context } = core.auth;
  const actor = { name: 'test' };
  await createAccount(context, actor, { name: 'pilot', roles: ['panda.pilot'] });
  const { accountId } = await createAccount(context, actor, { name: 'ada', roles: ['user'] });
  userId = accountId;
  tokens.pilot = await createToken(context, actor, { user: 'pilot' });
  tokens.atlas = await createToken(context, actor, { user: 'pilot', vo: 'atlas' });
  tokens.user = await createToken(context, actor, { user: 'ada' });
  const roles = ['panda.pilot:belle', 'panda.pilot:cms'];
  tokens.others = await createToken(context, actor, { user: 'pilot', roles });
});

type Answer = Record<string, unknown>;

async function post(path: string, token: string, body: Answer, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.address}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return answer.text();
}

/** As a pilot asks: its answer is JSON when it says that it takes JSON. */
async function getJob(body: Answer, token = tokens.pilot): Promise<Answer> {
  const said = { node: 'worker1', computingElement: 'CE', ...body };
  return JSON.parse(await post('/server/panda/getJob', token, said, { accept: 'application/json' }));
}

async function acquire(body: Answer, token = tokens.pilot): Promise<Answer> {
  return JSON.parse(await post('/api/v1/pilot/acquire_jobs', token, body));
}

const noJobs = { StatusCode: 20, errorDialog: 'no jobs in PanDA' };

async function jobRow(jobId: number): Promise<Answer | undefined> {
  const [row] = await db.sql`select * from panda.job where job_id = ${jobId}`;
  return row;
}

test('a pilot gets the dictionary of a job, and the job is sent, with history, heartbeat and counters', async () => {
  const document = JSON.stringify({ PandaID: 0, jobPars: 'a b', attemptNr: 1, nSent: 0, currentPriority: 1 });
  const job = await aJob(db, { queue: 'ONE', document, attempt: 3, priority: 77, debug: true });
  const ask = {
    siteName: 'ONE',
    prodSourceLabel: 'user',
    mem: 24103.92,
    diskSpace: 10_000,
    schedulerID: 's1',
  };
  expect(await getJob(ask)).toEqual({
    StatusCode: 0,
    PandaID: 0,
    jobPars: 'a b',
    attemptNr: 3,
    currentPriority: 77,
    nSent: 0,
    debug: 'True',
  });
  expect(await jobRow(job.jobId)).toMatchObject({
    status: 'sent',
    node: 'worker1',
    computingElement: 'CE',
    schedulerId: 's1',
    sentCount: 1,
    statusWhy: 'a pilot on worker1 took it',
    changedBy: 'pilot',
  });
  expect((await jobRow(job.jobId))?.startedAt).toBeInstanceOf(Date);
  expect(await db.sql`select reports from panda.heartbeat where job_id = ${job.jobId}`).toEqual([
    { reports: 0 },
  ]);
  const history =
    await db.sql`select status, previous, node from panda.job_history where job_id = ${job.jobId}`;
  expect(history).toContainEqual({ status: 'sent', previous: 'activated', node: 'worker1' });
  expect(await listTally(db.sql, 'ONE')).toMatchObject([{ status: 'sent', jobs: 1 }]);
  expect(await getJob(ask)).toEqual(noJobs);
});

test('a job that was activated without a dictionary gets it now', async () => {
  const { jobId } = await aJob(db, { queue: 'BARE', taskId: 501, parameters: 'x y' });
  expect(await getJob({ siteName: 'BARE', prodSourceLabel: 'user' })).toMatchObject({
    StatusCode: 0,
    PandaID: jobId,
    taskID: 501,
    jobPars: 'x y',
    outFiles: '',
  });
});

test('without a word on JSON the answer is url-encoded', async () => {
  const { jobId } = await aJob(db, { queue: 'FORM' });
  const ask = { siteName: 'FORM', prodSourceLabel: 'user' };
  const answer = new URLSearchParams(await post('/server/panda/getJob', tokens.pilot, ask));
  expect(answer.get('PandaID')).toBe(String(jobId));
  expect(answer.get('StatusCode')).toBe('0');
  expect(answer.get('ioIntensity')).toBe('None');
  const none = new URLSearchParams(await post('/server/panda/getJob', tokens.pilot, ask));
  expect(none.get('StatusCode')).toBe('20');
  await aJob(db, { queue: 'FORM' });
  const bulk = new URLSearchParams(await post('/server/panda/getJob', tokens.pilot, { ...ask, nJobs: 2 }));
  expect(JSON.parse(bulk.get('jobs') ?? '')).toMatchObject([{ StatusCode: 0 }]);
});

test('several jobs come as a list, the best first', async () => {
  const low = await aJob(db, { queue: 'BULK', priority: 1 });
  const high = await aJob(db, { queue: 'BULK', priority: 9 });
  const older = await aJob(db, { queue: 'BULK', priority: 5 });
  const younger = await aJob(db, { queue: 'BULK', priority: 5 });
  const ids = (jobs: unknown) => (jobs as Answer[]).map(({ PandaID }) => PandaID);
  const first = await getJob({ siteName: 'BULK', prodSourceLabel: 'user', nJobs: 3 });
  expect(first.StatusCode).toBe(0);
  expect(ids(first.jobs)).toEqual([high.jobId, older.jobId, younger.jobId]);
  const rest = await getJob({ siteName: 'BULK', prodSourceLabel: 'user', nJobs: '3' });
  expect(ids(rest.jobs)).toEqual([low.jobId]);
  expect(await getJob({ siteName: 'BULK', prodSourceLabel: 'user', nJobs: 3 })).toEqual(noJobs);
});

test('the share furthest below its target goes first, Test before it and unknown ones last', async () => {
  const make = (share: string, priority: number) => aJob(db, { queue: 'SHARED', share, priority });
  await aJob(db, { queue: 'ELSEWHERE', share: 'User Analysis', status: 'running' });
  forgetShares(core);
  const unknown = await make('Undefined', 9000);
  const production = await make('Production', 10);
  const user = await make('User Analysis', 8000);
  const trial = await make('Test', 1);
  const taken: unknown[] = [];
  for (let n = 0; n < 4; n++)
    taken.push((await getJob({ siteName: 'SHARED', prodSourceLabel: 'user' })).PandaID);
  expect(taken).toEqual([trial, production, user, unknown].map(({ jobId }) => jobId));
});

describe('filters', () => {
  const fitting: [string, Answer, Parameters<typeof aJob>[1], Parameters<typeof aJob>[1]][] = [
    ['memory', { mem: 2000 }, { memoryMb: 2001 }, { memoryMb: 2000 }],
    ['unknown memory', { mem: '1' }, { memoryMb: 2 }, { memoryMb: 0 }],
    ['disk', { diskSpace: 100 }, { diskMb: 101 }, { diskMb: 100 }],
    ['time that is left', { remaining_time: 600 }, { walltimeSeconds: 601 }, { walltimeSeconds: 600 }],
    ['resource type', { resourceType: 'MCORE' }, { resourceType: 'SCORE' }, { resourceType: 'MCORE' }],
    ['task', { taskID: '501' }, { taskId: 502 }, { taskId: 501 }],
    ['user', { prodUserID: 'Ada' }, { owner: 'Bob' }, { owner: 'Ada' }],
    ['label user', { prodSourceLabel: 'user' }, { label: 'managed' }, { label: 'panda' }],
    ['label managed', { prodSourceLabel: 'managed' }, { label: 'user' }, { label: 'prod_test' }],
    ['label test', { prodSourceLabel: 'test' }, { label: 'user' }, { label: 'prod_test' }],
    [
      'processing type of tests',
      { prodSourceLabel: 'test' },
      { label: 'user' },
      { processingType: 'gangarobot' },
    ],
    ['any other label', { prodSourceLabel: 'rc_test' }, { label: 'test' }, { label: 'rc_test' }],
    ['VO', {}, { vo: 'other' }, { vo: null }],
  ];
  test.each(fitting)('%s: what does not fit is passed over', async (name, ask, other, wanted) => {
    const queue = `FILTER ${name}`;
    await aJob(db, { queue, priority: 9000, ...other });
    const right = await aJob(db, { queue, ...wanted });
    const said = { siteName: queue, prodSourceLabel: 'user', ...ask };
    const headers = { accept: 'application/json', origin: 'local.pilot' };
    const answers: Answer[] = [];
    for (let n = 0; n < 2; n++) {
      answers.push(
        JSON.parse(
          await post('/server/panda/getJob', tokens.pilot, { computingElement: 'CE', ...said }, headers),
        ),
      );
    }
    expect(answers).toMatchObject([{ PandaID: right.jobId }, noJobs]);
  });

  test('without a label production is meant, and unified means all', async () => {
    await aJob(db, { queue: 'LABELS', label: 'user' });
    const production = await aJob(db, { queue: 'LABELS', label: 'managed' });
    expect(await getJob({ siteName: 'LABELS' })).toMatchObject({ PandaID: production.jobId });
    expect(await getJob({ siteName: 'LABELS' })).toEqual(noJobs);
    expect(await getJob({ siteName: 'LABELS', prodSourceLabel: 'unified' })).toMatchObject({ StatusCode: 0 });
  });

  test('background jobs are marked as taken by an ordinary pilot', async () => {
    const { jobId } = await aJob(db, { queue: 'BACK' });
    expect(await getJob({ siteName: 'BACK', prodSourceLabel: 'user', background: 'True' })).toEqual(noJobs);
    await db.sql`update panda.job set background = true where job_id = ${jobId}`;
    expect(await getJob({ siteName: 'BACK', prodSourceLabel: 'user', background: true })).toMatchObject({
      PandaID: jobId,
    });
    expect(await jobRow(jobId)).toMatchObject({ background: true });
    const other = await aJob(db, { queue: 'BACK' });
    await db.sql`update panda.job set background = true where job_id = ${other.jobId}`;
    expect(await getJob({ siteName: 'BACK', prodSourceLabel: 'user' })).toMatchObject({
      PandaID: other.jobId,
    });
    expect(await jobRow(other.jobId)).toMatchObject({ background: false });
  });
});

describe('roles', () => {
  const role = {
    StatusCode: 60,
    errorDialog: 'no production/pilot role in VOMS FQANs or non pilot owner',
  };

  test('without the role of a pilot only one’s own jobs of users are given', async () => {
    await aJob(db, { queue: 'OWN', ownerAccountId: userId + 1000, owner: 'ada', priority: 9000 });
    const mine = await aJob(db, { queue: 'OWN', ownerAccountId: userId });
    expect(await getJob({ siteName: 'OWN' }, tokens.user)).toEqual(role);
    expect(await getJob({ siteName: 'OWN', prodSourceLabel: 'managed' }, tokens.user)).toEqual(role);
    const ask = { siteName: 'OWN', prodSourceLabel: 'user', prodUserID: 'somebody else' };
    expect(await getJob(ask, tokens.user)).toMatchObject({ PandaID: mine.jobId });
    expect(await getJob(ask, tokens.user)).toEqual(noJobs);
    expect(await acquire({ site_name: 'OWN' }, tokens.user)).toEqual({
      success: false,
      message: role.errorDialog,
      data: null,
    });
  });

  test('nobody at all gets no job', async () => {
    expect(await getJob({ siteName: 'OWN', prodSourceLabel: 'user' }, '')).toEqual(role);
    expect(await acquire({ site_name: 'OWN' }, '')).toMatchObject({
      success: false,
      message: 'SSL secure connection is required',
    });
  });

  test('a pilot of a VO gets no job of another', async () => {
    await aJob(db, { queue: 'VOS', vo: 'local' });
    expect(await getJob({ siteName: 'VOS', prodSourceLabel: 'user' }, tokens.atlas)).toEqual(noJobs);
    expect(await getJob({ siteName: 'VOS', prodSourceLabel: 'user' })).toMatchObject({ StatusCode: 0 });
  });

  test('a pilot that names no VO gets jobs of the VOs of its role, and no others', async () => {
    await aJob(db, { queue: 'ROLES', vo: 'local', priority: 9000 });
    const own = [
      await aJob(db, { queue: 'ROLES', vo: 'belle' }),
      await aJob(db, { queue: 'ROLES', vo: 'cms' }),
    ];
    const ask = { site_name: 'ROLES', prod_source_label: 'user', n_jobs: 10 };
    const { data } = (await acquire(ask, tokens.others)) as { data: { jobs: Answer[] } };
    expect(data.jobs.map(({ PandaID }) => PandaID).toSorted()).toEqual(own.map(({ jobId }) => jobId));
    expect(await acquire(ask, tokens.others)).toMatchObject({ success: false });
  });
});

describe('acquire_jobs of v1', () => {
  test('answers a list, also of one', async () => {
    const { jobId } = await aJob(db, { queue: 'V1' });
    const ask = {
      site_name: 'V1',
      prod_source_label: 'user',
      memory: 4000,
      remaining_time: 10,
      get_proxy_key: 'True',
    };
    expect(await acquire(ask)).toMatchObject({
      success: true,
      message: '',
      data: { StatusCode: 0, jobs: [{ StatusCode: 0, PandaID: jobId, credname: '', myproxy: '' }] },
    });
    expect(await acquire(ask)).toEqual({ success: false, message: 'No jobs in PanDA', data: null });
  });

  test('refuses arguments it does not know, and those of a wrong type', async () => {
    expect(await acquire({ site_name: 'V1', siteName: 'V1' })).toMatchObject({ success: false });
    expect(await acquire({})).toMatchObject({
      message: "Argument error: missing a required argument: 'site_name'",
    });
    expect(await acquire({ site_name: 'V1', n_jobs: '2' })).toMatchObject({
      message: "Type error: 'n_jobs' must be of type int, got str.",
    });
    expect(await acquire({ site_name: '' })).toMatchObject({ success: false });
  });
});

describe('workers', () => {
  const ask = { siteName: 'WORK', prodSourceLabel: 'user', harvester_id: 'h1', worker_id: '42' };

  test('a worker that is known runs the job; one that somebody made up leaves no trace', async () => {
    const first = await aJob(db, { queue: 'WORK' });
    expect(await getJob(ask)).toMatchObject({ PandaID: first.jobId });
    expect(await db.sql`select from panda.job_worker`).toHaveLength(0);
    expect(await db.sql`select from panda.worker`).toHaveLength(0);
    await db.sql`insert into panda.worker (harvester_id, worker_id, queue, status) values
      ('h1', 42, 'WORK', 'submitted'), ('h1', 43, 'WORK', 'finished')`;
    const second = await aJob(db, { queue: 'WORK' });
    expect(await getJob(ask)).toMatchObject({ PandaID: second.jobId });
    const third = await aJob(db, { queue: 'WORK' });
    const v1 = { site_name: 'WORK', prod_source_label: 'user', scheduler_id: 'h1', worker_id: 43 };
    expect(await acquire(v1)).toMatchObject({ success: true });
    expect(
      await db.sql`select harvester_id, worker_id, job_id from panda.job_worker order by worker_id`,
    ).toEqual([
      { harvesterId: 'h1', workerId: 42, jobId: second.jobId },
      { harvesterId: 'h1', workerId: 43, jobId: third.jobId },
    ]);
    expect(
      await db.sql`select status, started_at is not null as started from panda.worker order by worker_id`,
    ).toEqual([
      { status: 'running', started: true },
      { status: 'finished', started: false },
    ]);
  });
});

test('odd requests are answered like any other that nothing fits', async () => {
  const odd: Answer[] = [
    {},
    { siteName: '' },
    { siteName: 'O\0DD', node: 'a\0b\ud800' },
    { siteName: 'ODD', mem: 'much', diskSpace: '-7', taskID: 'x', remaining_time: '1e99' },
    { siteName: 'ODD', mem: 1e300, worker_id: 'x', harvester_id: {}, nJobs: -3 },
    { siteName: 'ODD', nJobs: '999999999999', timeout: 'soon', unheardOf: [1] },
    { siteName: "x'; drop table panda.job; --" },
  ];
  for (const ask of odd) expect(await getJob({ prodSourceLabel: 'user', ...ask })).toEqual(noJobs);
});
