import { beforeAll, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';

const server = await testServer([panda]);
const { db } = server.core;
let pilot: TestPilot;

beforeAll(async () => {
  await server.core.queue.pause('panda.add-output');
  pilot = await aPilot(server);
});

async function statusOf(jobId: number): Promise<string | undefined> {
  const [row] = await db.sql<{ status: string }[]>`select status from panda.job where job_id = ${jobId}`;
  return row?.status;
}

/** The legacy bulk call, as Harvester makes it: a form with one JSON text. */
async function bulk(list: unknown): Promise<unknown> {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/server/panda/updateJobsInBulk',
    headers: {
      authorization: `Bearer ${pilot.token}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({ jobList: JSON.stringify(list), harvester_id: 'h1' }).toString(),
  });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

const packed = (answer: unknown) => ({ type: 'json', content: JSON.stringify(answer) });

test('each report of a bulk call is answered for itself, in order', async () => {
  const [first, second] = [await aJob(db, { status: 'sent' }), await aJob(db, { status: 'running' })];
  const list = [
    { jobId: first.jobId, state: 'running', attemptNr: 1, coreCount: 8, metaData: { a: 1 } },
    { jobId: second.jobId, state: 'nonsense' },
    { jobId: 999_999_999, state: 'running' },
  ];
  expect(await bulk(list)).toEqual([
    true,
    [
      packed({ StatusCode: 0, command: 'NULL' }),
      packed({ StatusCode: 0 }),
      packed({ StatusCode: 0, command: 'tobekilled' }),
    ],
  ]);
  expect(await statusOf(first.jobId)).toBe('running');
  expect(await statusOf(second.jobId)).toBe('running');
});

test('reports of one job in one call are taken in their order, whatever is sent of other jobs', async () => {
  const jobs = await Promise.all(Array.from({ length: 30 }, () => aJob(db, { status: 'sent' })));
  const states = ['starting', 'running', 'finished', 'running', 'finished'];
  const answers = await bulk(states.flatMap((state) => jobs.map(({ jobId }) => ({ jobId, state }))));
  const commands = ['NULL', 'NULL', 'NULL', 'NULL', 'alreadydone'];
  expect(answers).toEqual([
    true,
    commands.flatMap((command) => jobs.map(() => packed({ StatusCode: 0, command }))),
  ]);
  const history = await db.sql<{ ways: string }[]>`
    select distinct string_agg(status, ' ' order by at, previous nulls first) as ways from panda.job_history
    where job_id = any(${jobs.map(({ jobId }) => jobId)}::bigint[]) group by job_id`;
  expect(history).toEqual([{ ways: 'sent starting running holding' }]);
});

test.each([
  ['no list', { jobId: 1 }, 'jobList must be a list of objects'],
  ['a report without a job', [{ state: 'running' }], 'a report has no jobId'],
  ['a report without a state', [{ jobId: 1 }], 'a report has no state'],
])('%s is refused as a whole', async (_what, list, message) => {
  expect(await bulk(list)).toEqual([false, `updateJobsInBulk h1 failed: ${message}`]);
});

test('a long call is taken in groups, each report once and in its order, and one that is too long not at all', async () => {
  const { jobId } = await aJob(db, { status: 'sent' });
  const states = Array.from({ length: 450 }, (_, n) => (n < 220 ? 'starting' : 'running'));
  const long = states.map((state, n) => ({ jobId, state, cpuConsumptionTime: n, jobSubStatus: `step ${n}` }));
  const [isTaken, answers] = (await bulk(long)) as [boolean, unknown[]];
  expect([isTaken, answers.length]).toEqual([true, 450]);
  const [row] = await db.sql`
    select status, sub_status, h.cpu_seconds from panda.job join panda.heartbeat h using (job_id) where job_id = ${jobId}`;
  expect(row).toEqual({ status: 'running', subStatus: 'step 449', cpuSeconds: 449 });
  const tooLong = Array.from({ length: 2001 }, () => ({ jobId, state: 'failed' }));
  expect(await bulk(tooLong)).toEqual([false, 'updateJobsInBulk h1 failed: at most 2000 reports at once']);
  const v1 = { job_list: tooLong.map(() => ({ job_id: jobId, job_status: 'failed' })) };
  expect(await pilot.v1('pilot/update_jobs_bulk', v1)).toMatchObject({
    success: false,
    message: 'at most 2000 reports at once',
  });
  expect(await statusOf(jobId)).toBe('running');
});

test('v1 takes a list of objects and answers a list of envelopes', async () => {
  const job = await aJob(db, { status: 'sent' });
  const answer = await pilot.v1('pilot/update_jobs_bulk', {
    job_list: [
      { job_id: job.jobId, job_status: 'starting', attempt_nr: 1, node: null, meta_data: { a: 1 } },
      { job_id: job.jobId, job_status: 'running', unheard_of: 1 },
      { job_id: 'one', job_status: 'running' },
      { job_status: 'running' },
      'nonsense',
    ],
    harvester_id: 'h1',
  });
  expect(answer).toEqual({
    success: true,
    message: '',
    data: [
      { success: true, message: '', data: { StatusCode: 0, command: 'NULL' } },
      {
        success: false,
        message: "Argument error: got an unexpected keyword argument 'unheard_of'",
        data: null,
      },
      { success: false, message: "Type error: 'job_id' must be of type int, got str.", data: null },
      { success: false, message: "Argument error: missing a required argument: 'job_id'", data: null },
      { success: false, message: 'Type error: a report must be of type dict.', data: null },
    ],
  });
  expect(await statusOf(job.jobId)).toBe('starting');
});

async function get(url: string): Promise<string> {
  const headers = { authorization: `Bearer ${pilot.token}`, accept: 'application/json' };
  const answer = await server.app.inject({ method: 'GET', url, headers });
  expect(answer.statusCode).toBe(200);
  return answer.body;
}

test('states are told of live and of ended jobs, in each form of the call', async () => {
  const live = await aJob(db, { status: 'running', attempt: 2, maxAttempt: 3, command: 'tobekilled' });
  const ended = await aJob(db, { status: 'holding' });
  await db.transaction((tx) =>
    endJobs(tx, [{ jobId: ended.jobId, status: 'finished', why: 'done', by: 'a test' }]),
  );
  const ids = [live.jobId, 999_999_999, ended.jobId];
  expect(await get(`/server/panda/getStatus?ids=${ids.join('+')}`)).toBe(
    'StatusCode=0&status=running%2Bnotfound%2Bfinished&attemptNr=2%2B0%2B1',
  );
  expect(
    JSON.parse(await get(`/api/v1/pilot/get_job_status?${ids.map((id) => `job_ids=${id}`).join('&')}`)),
  ).toEqual({
    success: true,
    message: '',
    data: [
      { job_id: live.jobId, status: 'running', attempt_number: 2 },
      { job_id: 999_999_999, status: 'not found', attempt_number: 0 },
      { job_id: ended.jobId, status: 'finished', attempt_number: 1 },
    ],
  });
  expect(JSON.parse(await get(`/server/panda/checkJobStatus?ids=${ids.join(',')},x`))).toEqual({
    StatusCode: 0,
    data: [
      { status: 'running', command: 'tobekilled' },
      { status: 'unknown', command: 'tobekilled' },
      { status: 'finished', command: null },
      { status: 'unknown', command: 'tobekilled' },
    ],
  });
  const query = ids.map((id) => `job_ids=${id}`).join('&');
  expect(JSON.parse(await get(`/api/v1/job/get_status?${query}`))).toMatchObject({
    success: true,
    data: [
      { status: 'running', command: 'tobekilled' },
      { status: 'unknown' },
      { status: 'finished', command: null },
    ],
  });
  await db.sql`update panda.job_archive set archived_at = archived_at - interval '2 hours' where job_id = ${ended.jobId}`;
  expect(JSON.parse(await get(`/server/panda/checkJobStatus?ids=${ended.jobId}`))).toMatchObject({
    data: [{ status: 'unknown', command: 'tobekilled' }],
  });
});

test('states are told to nobody who does not say who it is', async () => {
  const ask = async (url: string) => (await server.app.inject({ method: 'GET', url })).body;
  expect(await ask('/server/panda/getStatus?ids=1')).toBe('StatusCode=60');
  expect(await ask('/server/panda/checkJobStatus?ids=1')).toBe('{"StatusCode":60}');
  expect(await ask('/api/v1/pilot/get_job_status?job_ids=1')).toContain('SSL secure connection is required');
});
