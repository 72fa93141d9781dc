import { beforeAll, expect, test } from 'vitest';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { renderPickle } from '../front/pickle/index.ts';
import { panda } from '../index.ts';

const server = await testServer([panda]);
const { db } = server.core;
let pilot: TestPilot;
let production: TestPilot;
let user: TestPilot;
let userId: number;

beforeAll(async () => {
  await server.core.queue.pause('panda.add-output');
  await server.core.queue.pause('panda.setup-jobs');
  pilot = await aPilot(server);
  production = await aPilot(server, { name: 'producer', role: 'panda.production', vo: 'local' });
  user = await aPilot(server, { name: 'ada', role: 'user' });
  const [row] = await db.sql<{ accountId: number }[]>`select account_id from core.account where name = 'ada'`;
  userId = row?.accountId ?? 0;
});

const myJob = (wish: JobWish = {}) => aJob(db, { ownerAccountId: userId, owner: 'ada', ...wish });

async function liveState(jobId: number): Promise<Record<string, unknown> | undefined> {
  const [row] = await db.sql`select * from panda.job where job_id = ${jobId}`;
  return row;
}

const report = (jobId: number, state: string) => pilot.call('updateJob', { jobId, state, attemptNr: 1 });

test('the pilot of a running job that is killed hears it with its next heartbeat and until the end', async () => {
  const { jobId } = await myJob({ status: 'running' });
  expect(await report(jobId, 'running')).toMatchObject({ command: 'NULL' });
  expect(await user.v1('job/kill', { job_ids: [jobId] })).toEqual({
    success: true,
    message: '',
    data: [true],
  });
  expect(await report(jobId, 'running')).toMatchObject({ command: 'tobekilled' });
  expect(await liveState(jobId)).toMatchObject({
    status: 'running',
    command: 'tobekilled',
    errors: { taskBuffer: { code: 0, diag: 'killed by ada' } },
  });
  expect(await report(jobId, 'failed')).toMatchObject({ command: 'tobekilled' });
  expect(await liveState(jobId)).toMatchObject({ status: 'holding', command: 'tobekilled', reported: true });
});

test('a job that no payload of runs ends at once, and a pilot that has it hears that it is gone', async () => {
  const { jobId } = await myJob({ status: 'starting' });
  expect(await user.v1('job/kill', { job_ids: [jobId] })).toMatchObject({ data: [true] });
  expect(await liveState(jobId)).toBeUndefined();
  const [ended] = await db.sql`select status, error_source, error_code, status_why from panda.job_archive
    where job_id = ${jobId}`;
  expect(ended).toEqual({
    status: 'cancelled',
    errorSource: 'taskBuffer',
    errorCode: 100,
    statusWhy: 'killed by ada',
  });
  expect(await report(jobId, 'running')).toMatchObject({ command: 'tobekilled' });
});

test('each job of a list is answered for itself, in order', async () => {
  const mine = await myJob({ status: 'activated' });
  const others = await aJob(db, { status: 'activated', ownerAccountId: userId + 1000 });
  const job_ids = [others.jobId, mine.jobId, 999_999_999, String(mine.jobId), 'nonsense'];
  expect(await user.v1('job/kill', { job_ids })).toMatchObject({ data: [false, true, false, true, false] });
  expect(await liveState(others.jobId)).toMatchObject({ status: 'activated' });
});

test.each(['kill', 'reassign'])('%s of more jobs than anybody has is refused', async (name) => {
  const job_ids = Array(100_001).fill(1);
  expect(await user.v1(`job/${name}`, { job_ids })).toMatchObject({
    success: false,
    message: 'at most 100000 jobs at once',
  });
});

test('options of killing that are no texts mean nothing', async () => {
  const { jobId } = await myJob({ status: 'activated' });
  const kill_options = [{ toString: 1 }, [], 4, null, 'jobSubStatus=es_wait'];
  expect(await user.v1('job/kill', { job_ids: [jobId], kill_options })).toMatchObject({ data: [true] });
  const [ended] = await db.sql`select sub_status from panda.job_archive where job_id = ${jobId}`;
  expect(ended).toEqual({ subStatus: 'es_wait' });
});

test('what people do to jobs is in the audit, with the jobs', async () => {
  const jobs = [await myJob(), await myJob()];
  await user.v1('job/kill', { job_ids: jobs.map(({ jobId }) => jobId), code: 3 });
  const [entry] = await db.sql`select actor, object_id, details from core.audit
    where action = 'panda.job-killed' order by audit_id desc limit 1`;
  expect(entry).toEqual({
    actor: 'ada',
    objectId: '2 jobs',
    details: { code: 3, jobs: jobs.map(({ jobId }) => String(jobId)) },
  });
});

test('a command reaches the pilot beside the debug mode, and none passes a kill', async () => {
  const { jobId } = await myJob({ status: 'running', debug: true });
  const command = 'tail payload.stdout';
  expect(await production.v1('job/set_command', { job_id: jobId, command })).toEqual({
    success: true,
    message: 'command received',
    data: null,
  });
  expect(await report(jobId, 'running')).toMatchObject({ command: `debug,${command}` });
  await production.v1('job/kill', { job_ids: [jobId], code: 91 });
  expect(await report(jobId, 'running')).toMatchObject({ command: 'debug,tobekilled' });
  expect(await production.v1('job/set_command', { job_id: jobId, command })).toMatchObject({
    success: false,
    message: 'job is being killed',
  });
});

test.each([
  ['x'.repeat(251), 'command string too long. must be less than 250 chars'],
  ['tail\nrm', 'command must be one line of text'],
])('the command %j is refused', async (command, message) => {
  const { jobId } = await myJob({ status: 'running' });
  expect(await production.v1('job/set_command', { job_id: jobId, command })).toMatchObject({
    success: false,
    message,
  });
  expect(await liveState(jobId)).toMatchObject({ command: null });
});

test('only a production role gives commands, in both forms of the call', async () => {
  const { jobId } = await myJob({ status: 'running' });
  for (const caller of [user, pilot]) {
    expect(await caller.v1('job/set_command', { job_id: jobId, command: 'softkill' })).toMatchObject({
      success: false,
    });
    expect(await caller.call('send_command_to_job', { panda_id: jobId, com: 'softkill' })).toEqual([
      false,
      'production role is required',
    ]);
  }
  expect(await production.call('send_command_to_job', { panda_id: jobId, com: 'softkill' })).toEqual([
    true,
    'command received',
  ]);
  expect(await production.call('send_command_to_job', { panda_id: 999_999_999, com: 'softkill' })).toEqual([
    false,
    'no active job with PandaID=999999999',
  ]);
});

async function legacyDebug(caller: TestPilot, jobId: number, modeOn: boolean): Promise<string> {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/server/panda/setDebugMode',
    headers: { authorization: `Bearer ${caller.token}`, 'content-type': 'application/x-www-form-urlencoded' },
    payload: `pandaID=${jobId}&modeOn=${modeOn ? 'True' : 'False'}`,
  });
  return answer.body;
}

test('debug mode is switched by the owner; the pilot sends its stdout, which is replaced each time', async () => {
  const { jobId } = await myJob({ status: 'running' });
  expect(await legacyDebug(pilot, jobId, true)).toBe(
    'Permission denied. Not the owner or production manager',
  );
  expect(await legacyDebug(user, jobId, true)).toBe('Succeeded');
  expect(await legacyDebug(user, jobId, true)).toBe('Already set accordingly');
  for (const stdout of ['/w/payload.stdout\nfirst', `/w/payload.stdout\n${'x'.repeat(3000)}`]) {
    const answer = await pilot.call('updateJob', { jobId, state: 'running', attemptNr: 1, stdout });
    expect(answer).toMatchObject({ command: 'debug' });
  }
  const [kept] = await db.sql<
    { stdout: string }[]
  >`select stdout from panda.job_debug where job_id = ${jobId}`;
  expect(kept?.stdout).toHaveLength(2048);
  expect(await user.v1('job/set_debug_mode', { job_id: jobId, mode: false })).toEqual({
    success: true,
    message: 'Succeeded',
    data: null,
  });
  expect(await report(jobId, 'running')).toMatchObject({ command: 'NULL' });
});

test('a user debugs three jobs at once, and is told which', async () => {
  await db.sql`update panda.job set debug = false where debug`;
  const jobs = await Promise.all([1, 2, 3, 4].map(() => myJob({ status: 'running' })));
  const answers = await Promise.all(jobs.map(({ jobId }) => legacyDebug(user, jobId, true)));
  expect(answers.filter((answer) => answer === 'Succeeded')).toHaveLength(3);
  const on = await db.sql<{ jobId: number }[]>`select job_id from panda.job where debug order by job_id`;
  expect(answers.find((answer) => answer !== 'Succeeded')).toBe(
    'You already hit the limit on the maximum number of debug subjobs (3 jobs). Please set the debug mode off for ' +
      `one of the following PandaIDs : ${on.map(({ jobId }) => jobId).join(',')}`,
  );
  const rest = jobs.find(({ jobId }) => !on.some((one) => one.jobId === jobId));
  expect(await production.v1('job/set_debug_mode', { job_id: rest?.jobId, mode: true })).toMatchObject({
    success: true,
  });
});

test('debug mode needs a job that is under way', async () => {
  const { jobId } = await myJob({ status: 'holding' });
  expect(await legacyDebug(user, jobId, true)).toMatch(
    /^Cannot set debugMode since the job status is holding/,
  );
  expect(await legacyDebug(user, 999_999_999, true)).toBe('PandaID=999999999 not found in active DB');
});

test('jobs that no pilot has are prepared anew, others are left alone', async () => {
  const waiting = await myJob({ status: 'activated' });
  const running = await myJob({ status: 'running' });
  const others = await aJob(db, { status: 'activated' });
  const job_ids = [waiting.jobId, running.jobId, others.jobId];
  expect(await user.v1('job/reassign', { job_ids })).toEqual({ success: true, message: '', data: null });
  expect(await liveState(waiting.jobId)).toMatchObject({
    status: 'defined',
    statusWhy: 'Prepared anew for ada.',
  });
  expect(await liveState(running.jobId)).toMatchObject({ status: 'running' });
  expect(await liveState(others.jobId)).toMatchObject({ status: 'activated' });
  const tasks = await server.core.queue.list({ kind: 'panda.setup-jobs' });
  expect(tasks.map(({ payload }) => payload)).toEqual([{ jobIds: [waiting.jobId] }]);
});

async function legacy(method: string, body: string, token: string | null = user.token): Promise<string> {
  const answer = await server.app.inject({
    method: 'POST',
    url: `/server/panda/${method}`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    payload: body,
  });
  return answer.body;
}

const pickled = (...jobIds: number[]) => `ids=${encodeURIComponent(renderPickle(jobIds))}`;

test('old clients kill by pickled lists, with codes and options, and read truth values in a pickle', async () => {
  const mine = await myJob({ status: 'activated' });
  const others = await aJob(db, { status: 'activated' });
  const body = `${pickled(mine.jobId, others.jobId)}&code=4&killOpts=keepUnmerged%2CjobSubStatus%3Dx&useMailAsID=True`;
  expect(await legacy('killJobs', body)).toBe(renderPickle([true, false]));
  const [ended] = await db.sql`select status, sub_status from panda.job_archive where job_id = ${mine.jobId}`;
  expect(ended).toEqual({ status: 'closed', subStatus: 'toreassign' });
  const single = await myJob({ status: 'activated' });
  expect(await legacy('killJobs', `ids=I${single.jobId}%0A.`)).toBe(renderPickle([true]));
});

test('a production role kills jobs of users by the old method with a code that says so only', async () => {
  const { jobId } = await myJob({ status: 'activated' });
  expect(await legacy('killJobs', pickled(jobId), production.token)).toBe(renderPickle([false]));
  expect(await legacy('killJobs', `${pickled(jobId)}&code=91`, production.token)).toBe(renderPickle([true]));
});

test('old clients have jobs prepared anew', async () => {
  const waiting = await myJob({ status: 'activated' });
  const others = await aJob(db, { status: 'activated' });
  const body = `${pickled(waiting.jobId, others.jobId)}&forPending=True`;
  expect(await legacy('reassignJobs', body)).toBe(renderPickle(true));
  expect(await liveState(waiting.jobId)).toMatchObject({ status: 'defined' });
  expect(await liveState(others.jobId)).toMatchObject({ status: 'activated' });
});

test.each(['killJobs', 'reassignJobs'])('%s needs credentials, and takes so many jobs', async (method) => {
  const { jobId } = await myJob({ status: 'activated' });
  expect(await legacy(method, pickled(jobId), null)).toBe('False');
  expect(await legacy(method, `ids=[${'1,'.repeat(100_000)}1]`)).toBe('ERROR: at most 100000 jobs at once');
  expect(await liveState(jobId)).toMatchObject({ status: 'activated' });
});

test('callers without credentials change nothing', async () => {
  const { jobId } = await myJob({ status: 'running' });
  const ask = (url: string, payload: object) =>
    server.app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json' }, payload });
  expect((await ask('/api/v1/job/kill', { job_ids: [jobId] })).json()).toMatchObject({
    success: false,
    message: 'SSL secure connection is required',
  });
  expect((await ask('/server/panda/setDebugMode', { pandaID: jobId, modeOn: 'True' })).body).toBe(
    'ERROR: SSL secure connection is required',
  );
  expect(await liveState(jobId)).toMatchObject({ command: null, debug: false });
});
