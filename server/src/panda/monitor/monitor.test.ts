import { expect, test } from 'vitest';
import { signUp } from '../../../../test/support/auth.ts';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { uws } from '../../uws/index.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';

const server = await testServer([uws, panda], { role: 'web' });
const { app, core } = server;
const { db } = core;

const alice = await signUp(core, 'alice', 'user');
const bob = await signUp(core, 'bob', 'user');
const olga = await signUp(core, 'olga', 'operator');

const ask = (who: { headers: Record<string, string> }, url: string) =>
  app.inject({ url, headers: who.headers });
type JobList = {
  jobs: Array<Record<string, unknown>>;
  incomplete: boolean;
  selection: { ignored: string[] };
};
async function idsOf(who: typeof alice, query: string): Promise<unknown[]> {
  const reply = await ask(who, `/jobs/?json&${query}`);
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<JobList>().jobs.map(({ pandaid }) => pandaid);
}

const ofAlice = (wish: JobWish = {}) =>
  aJob(db, { owner: 'alice', ownerAccountId: alice.accountId, ...wish });
const waits = (await ofAlice({ queue: 'EAST', taskId: 10_000_000 })).jobId;
const { jobId: failed } = await ofAlice({ queue: 'WEST', status: 'running' });
await db.transaction((tx) =>
  endJobs(tx, [
    { jobId: failed, status: 'failed', why: '', by: 'test', errors: { pilot: { code: 1305, diag: 'no' } } },
  ]),
);
const old = (await ofAlice()).jobId;
await db.sql`update panda.job set modified_at = modified_at - interval '3 days' where job_id = ${old}`;
await db.sql`
  insert into panda.task (task_id, name, status, super_status, owner, owner_account_id, label, type, assigned_priority,
    priority, parameters)
  values (10000000, 'user.alice.one', 'running', 'running', 'alice', ${alice.accountId}, 'user', 'anal', 1000, 1000, '{}')`;

test('scripts read jobs by their wire names in small letters', async () => {
  const { jobs, incomplete } = (await ask(olga, '/jobs/?json&jobstatus=failed')).json<JobList>();
  expect(jobs).toHaveLength(1);
  expect(incomplete).toBe(false);
  expect(jobs[0]).toMatchObject({
    pandaid: failed,
    jobstatus: 'failed',
    computingsite: 'WEST',
    produsername: 'alice',
    piloterrorcode: 1305,
    errorinfo: 'pilot:1305 no',
    creationtime: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  });
});

test.each([
  ['', [failed, waits]],
  ['jobstatus=failed,activated', [failed, waits]],
  ['jobstatus=FAILED', [failed]],
  ['computingsite=EAST', [waits]],
  ['produsername=bob', []],
  ['jeditaskid=10000000', [waits]],
  [`pandaid=${old},${failed}`, [old, failed]],
  ['days=7', [old, failed, waits]],
  ['hours=1', [failed, waits]],
  ['days=7&limit=1', [old]],
])('the filter %s is understood', async (query, expected) => {
  expect(await idsOf(olga, query)).toEqual(expected);
});

test('users see their own, and nobody sees anything without an account', async () => {
  expect(await idsOf(alice, '')).toEqual([failed, waits]);
  expect(await idsOf(bob, '')).toEqual([]);
  expect(await idsOf(bob, `pandaid=${failed}`)).toEqual([]);
  expect((await ask(bob, `/job?pandaid=${failed}&json`)).statusCode).toBe(404);
  expect((await ask(bob, '/task/10000000/?json')).statusCode).toBe(404);
  expect((await ask(bob, '/tasks/?json')).json()).toEqual([]);
  for (const url of ['/jobs/?json', `/job?pandaid=${failed}&json`, '/tasks/?json', '/task/10000000/?json'])
    expect([url, (await ask({ headers: {} }, url)).statusCode]).toEqual([url, 401]);
});

test('a job and a task come with their files, datasets and counts', async () => {
  expect((await ask(alice, `/job?pandaid=${failed}&json`)).json()).toMatchObject({
    job: { pandaid: failed, jobparameters: 'alpha beta' },
    files: [],
  });
  expect((await ask(alice, '/tasks/?json&taskname=user.*')).json()).toMatchObject([
    { jeditaskid: 10_000_000 },
  ]);
  expect((await ask(alice, '/tasks/?json&taskname=us%25')).json()).toEqual([]);
  expect((await ask(alice, '/task/10000000/?json')).json()).toMatchObject({
    task: { taskname: 'user.alice.one', status: 'running' },
    datasets: [],
    jobsummary: { activated: 1 },
  });
});

test('words that no filter answers to are named', async () => {
  const reply = await ask(alice, '/jobs/?json&cloud=X&limit=5');
  expect(reply.json<JobList>().selection.ignored).toEqual(['cloud']);
});

test.each([
  ['/jobs/', '/ui/work/jobs'],
  ['/jobs/?jobstatus=failed&computingsite=EAST', '/ui/work/jobs?q=status%3Afailed+queue%3AEAST'],
  ['/jobs/?produsername=Test+User', '/ui/work/jobs?q=owner%3A%22Test+User%22'],
  ['/job?pandaid=17', '/ui/work/jobs/17'],
  ['/job/17/', '/ui/work/jobs/17'],
  ['/job?pandaid=..%2F..%2Fx', '/ui/work/jobs/..%2F..%2Fx'],
  ['/tasks/', '/ui/work/tasks'],
  ['/task/10000000/', '/ui/work/tasks/10000000'],
])('a browser at %s is sent on to its page', async (url, place) => {
  const reply = await ask({ headers: {} }, url);
  expect(reply.statusCode).toBe(302);
  expect(new URL(reply.headers.location ?? '').pathname + new URL(reply.headers.location ?? '').search).toBe(
    place,
  );
});

test('the job list of a definition still belongs to OPUS', async () => {
  const reply = await ask({ headers: {} }, '/jobs/hello');
  expect(reply.headers.location).toMatch(/\/ui\/services\/hello\/jobs$/);
});

test.each([
  '/jobs/?json&jobstatus=flying',
  '/jobs/?json&limit=many',
  '/jobs/?json&hours=-1',
  '/jobs/?json&days=99999',
  '/jobs/?json&jeditaskid=x',
  '/jobs/?json&pandaid=x',
  '/jobs/?json&computingsite=%00',
  '/tasks/?json&limit=x',
])('%s is refused', async (url) => {
  const reply = await ask(olga, url);
  expect(reply.statusCode, reply.body).toBe(400);
});

test.each(['/job?json', '/job?json&pandaid=x', '/task/x/?json'])('%s is not there', async (url) => {
  expect((await ask(olga, url)).statusCode).toBe(404);
});
