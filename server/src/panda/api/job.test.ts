import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PandaBulkActed, PandaJob, Why } from '@orrery/contracts';
import { expect, test } from 'vitest';
import { signUp, tester } from '../../../../test/support/auth.ts';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import type { JobErrors } from '../jobs/job.ts';
import { putQueue } from '../queues/queues.ts';
import { rerunScript } from './rerun-script.ts';

const server = await testServer([panda], { role: 'web' });
const { app, core } = server;
const { db } = core;

const alice = await signUp(core, 'alice', 'user');
const bob = await signUp(core, 'bob', 'user');
const olga = await signUp(core, 'olga', 'operator');
type Who = typeof alice;

await putQueue(core, tester, { nickname: 'TEST', copytools: { mv: {} } });

const ask = (who: Who, url: string) =>
  app.inject({ url: `/api/panda/jobs/${url}`, headers: { ...who.headers } });
const post = (who: Who, url: string, payload?: object) =>
  app.inject({
    method: 'POST',
    url: `/api/panda/jobs/${url}`,
    headers: { ...who.headers },
    ...(payload === undefined ? {} : { payload }),
  });
const ofAlice = (wish: JobWish = {}) =>
  aJob(db, { ownerAccountId: alice.accountId, owner: 'alice', ...wish });

async function failed(
  wish: JobWish = {},
  errors: JobErrors = { pilot: { code: 1212, diag: '3.9 GB of 2 GB' } },
) {
  const { jobId } = await ofAlice({ status: 'running', ...wish });
  await db.sql`
    insert into panda.file (job_id, ordinal, type, lfn, scope, status, attributes, guid, size_bytes)
    values (${jobId}, 0, 'input', 'in.root', 'user.alice', 'ready', '{}', 'g-in', 5),
      (${jobId}, 1, 'output', 'out.root', 'user.alice', 'defined', '{}', null, null),
      (${jobId}, 2, 'log', 'job.log.tgz', 'user.alice', 'defined', '{}', 'g-log', null)`;
  await db.sql`
    insert into panda.heartbeat (job_id, at, cpu_seconds, max_rss_kb) values (${jobId}, clock_timestamp(), 61, 3900000)`;
  await db.sql`
    insert into panda.job_text (job_id, kind, content) values (${jobId}, 'pilot-log', ${'<script>alert(1)</script>'})`;
  await db.transaction((tx) =>
    endJobs(tx, [{ jobId, status: 'failed', why: 'the payload failed', by: 'pilot', errors }]),
  );
  return jobId;
}

test('a job tells everything that is known of it', async () => {
  const jobId = await failed();
  const reply = await ask(alice, `${jobId}`);
  expect(reply.statusCode).toBe(200);
  const job = reply.json<PandaJob>();
  expect(job).toMatchObject({
    id: jobId,
    status: 'failed',
    live: false,
    statusWhy: 'the payload failed',
    transformation: 'http://127.0.0.1/trf/user/runGen',
    parameters: 'alpha beta',
    promise: null,
    errors: [
      { source: 'pilot', code: 1212, meaning: 'the payload ran out of memory', diag: '3.9 GB of 2 GB' },
    ],
    metrics: { cpuSeconds: 61, maxRssKb: 3_900_000, heartbeatAt: null },
    texts: [{ kind: 'pilot-log', characters: 25 }],
    acts: { kill: false, retry: true, debug: false, command: false, priority: false },
  });
  expect(job.files.map(({ lfn, status }) => [lfn, status])).toEqual([
    ['in.root', 'ready'],
    ['out.root', 'failed'],
    ['job.log.tgz', 'failed'],
  ]);
  expect(job.history.map(({ status }) => status)).toEqual(['running', 'failed']);
  expect(job.attributes).toMatchObject({
    PandaID: jobId,
    jobStatus: 'failed',
    computingSite: 'TEST',
    prodUserName: 'alice',
    pilotErrorCode: 1212,
    maxRSS: 3_900_000,
  });
});

test('why it failed names the cause, the outputs that are missing and how often it happened', async () => {
  await failed();
  const jobId = await failed();
  const why = (await ask(alice, `${jobId}/why`)).json<Why>();
  expect(why.question).toBe('Why did it fail?');
  expect(why.answer).toBe('3.9 GB of 2 GB (the payload ran out of memory)');
  expect(why.evidence.map(({ value }) => value)).toContain('out.root');
  expect(why.evidence.at(-1)?.text).toMatch(/^\d+ jobs of TEST failed the same way/);
  expect(why.acts).toEqual([
    { label: 'Retry', method: 'POST', href: `/api/panda/jobs/${jobId}/retry`, body: {} },
  ]);
});

test('why it failed says each thing once, the most specific first', async () => {
  const diag = 'The payload ran out of memory: it used 3.9 GB of 2 GB.';
  const jobId = await failed(
    {},
    { pilot: { code: 1212, diag }, exe: { code: 65, diag: diag.toLowerCase() } },
  );
  await db.sql`update panda.job_history set why = ${diag} where job_id = ${jobId} and status = 'failed'`;
  const { answer, evidence } = (await ask(alice, `${jobId}/why`)).json<Why>();
  expect(answer).toBe(diag);
  expect(evidence.filter(({ text }) => /out of memory|3\.9 GB/i.test(text))).toEqual([]);
  expect(evidence).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ text: 'It became failed.' }),
      { face: 'bad', text: 'Reported with this code.', value: 'pilot 1212' },
      { face: 'bad', text: 'The same was reported with this code.', value: 'exe 65' },
    ]),
  );
  const other = await failed({}, { pilot: { code: 1212, diag }, exe: { code: 65, diag: 'no such file' } });
  const texts = (await ask(alice, `${other}/why`)).json<Why>().evidence.map(({ text }) => text);
  expect(texts).toContain('no such file');
});

test('a job that is not final promises what comes next and until when', async () => {
  const { jobId } = await ofAlice();
  const { promise, acts } = (await ask(alice, `${jobId}`)).json<PandaJob>();
  expect(promise?.now).toBe('It waits for a pilot of its queue.');
  expect(Date.parse(promise?.expected?.at ?? '')).toBeGreaterThan(Date.now());
  expect(acts).toEqual({ kill: true, retry: false, debug: true, command: true, priority: false });
});

test('why a job waits names its queue, its share and the line before it', async () => {
  await ofAlice({ share: 'Production', priority: 2000 });
  const { jobId } = await ofAlice({ share: 'Production', priority: 10 });
  const why = (await ask(alice, `${jobId}/why`)).json<Why>();
  expect(why.question).toBe('Why does it wait?');
  expect(why.answer).toMatch(/No pilot has ever asked/);
  const values = why.evidence.map(({ text, value }) => `${text} ${value}`);
  expect(values).toContain('Jobs of its share go before it. 1');
  expect(values).toContain('A pilot last asked for a job. never');
  expect(why.acts[0]?.label).toBe('Kill');
});

test('texts of a job are never a page of ours', async () => {
  const reply = await ask(alice, `${await failed()}/texts/pilot-log`);
  expect(reply.body).toContain('<script>');
  expect(reply.headers['content-type']).toMatch(/^text\/plain/);
  expect(reply.headers['content-security-policy']).toContain('sandbox');
});

test('what another user has is as if it were not there, for reading and for acting', async () => {
  const { jobId } = await ofAlice({ status: 'running' });
  const missing = (await ask(bob, '999999999')).json();
  for (const url of ['', '/why', '/stdout', '/script', '/texts/pilot-log']) {
    const reply = await ask(bob, `${jobId}${url}`);
    expect([url, reply.statusCode, reply.json().code]).toEqual([url, 404, missing.code]);
  }
  for (const [act, body] of Object.entries({
    kill: {},
    retry: {},
    debug: { on: true },
    command: { command: 'ls' },
  })) {
    expect([act, (await post(bob, `${jobId}/${act}`, body)).statusCode]).toEqual([act, 404]);
  }
  expect((await post(bob, `${jobId}/priority`, { priority: 9 })).statusCode).toBe(403);
  const { rows } = (await post(bob, 'acts', { act: 'kill', ids: [jobId] })).json<PandaBulkActed>();
  expect(rows).toEqual([{ id: jobId, done: false, message: expect.stringMatching(/no job/), newId: null }]);
  const script = await app.inject({
    url: `/api/v1/job/generate_offline_execution_script?job_id=${jobId}`,
    headers: { ...bob.headers },
  });
  expect(script.body).toMatch(/^ERROR/);
  const [row] = await db.sql`select status, command, debug, priority from panda.job where job_id = ${jobId}`;
  expect(row).toEqual({ status: 'running', command: null, debug: false, priority: 1000 });
});

test('the owner kills: what waits ends, what runs is told', async () => {
  const waits = await ofAlice();
  expect((await post(alice, `${waits.jobId}/kill`)).json()).toMatchObject({
    status: 'cancelled',
    live: false,
  });
  const runs = await ofAlice({ status: 'running' });
  expect((await post(alice, `${runs.jobId}/kill`)).json()).toMatchObject({
    status: 'running',
    command: 'tobekilled',
  });
  expect((await post(alice, `${runs.jobId}/kill`)).statusCode).toBe(409);
  expect((await post(alice, `${waits.jobId}/kill`)).statusCode).toBe(409);
});

test('an operator kills jobs of users as well', async () => {
  const { jobId } = await ofAlice();
  expect((await post(olga, `${jobId}/kill`)).json()).toMatchObject({ status: 'cancelled' });
});

test('debug mode, commands and priorities reach the job, and refusals name their reason', async () => {
  const { jobId } = await ofAlice({ status: 'running' });
  expect((await post(alice, `${jobId}/debug`, { on: true })).json()).toMatchObject({ debug: true });
  expect((await post(alice, `${jobId}/command`, { command: 'tail payload.stdout' })).json()).toMatchObject({
    command: 'tail payload.stdout',
  });
  expect((await post(olga, `${jobId}/priority`, { priority: 5 })).json().message).toMatch(/no pilot has yet/);
  const queued = await ofAlice();
  expect((await post(olga, `${queued.jobId}/priority`, { priority: 5 })).json()).toMatchObject({
    priority: 5,
  });
  expect((await post(alice, `${queued.jobId}/priority`, { priority: 9 })).statusCode).toBe(403);
});

test('stdout of a job in debug mode is the last that came', async () => {
  const { jobId } = await ofAlice({ status: 'running', debug: true });
  expect((await ask(alice, `${jobId}/stdout`)).json()).toMatchObject({ text: null, debug: true });
  await db.sql`insert into panda.job_debug (job_id, stdout, at) values (${jobId}, 'line one', clock_timestamp())`;
  expect((await ask(alice, `${jobId}/stdout`)).json()).toMatchObject({ text: 'line one' });
});

test('a failed job is made again for its owner, with more memory, and keeps its inputs', async () => {
  const jobId = await failed({ memoryMb: 2000 });
  const reply = await post(olga, `${jobId}/retry`, { memoryMb: 4000 });
  expect(reply.statusCode, reply.body).toBe(201);
  const made = reply.json<PandaJob>();
  expect(made).toMatchObject({
    owner: 'alice',
    memoryMb: 4000,
    queue: 'TEST',
    parameters: 'alpha beta',
    attempt: 1,
  });
  expect(made.id).toBeGreaterThan(jobId);
  expect(reply.headers.location).toBe(`/api/panda/jobs/${made.id}`);
  expect(made.files.map(({ type, lfn, guid }) => [type, lfn, guid])).toEqual([
    ['input', 'in.root', 'g-in'],
    ['output', 'out.root', null],
    ['log', 'job.log.tgz', null],
  ]);
  expect((await ask(alice, `${made.id}`)).statusCode).toBe(200);
});

test('what has its result, still lives, or belongs to a task is not made again', async () => {
  const { jobId } = await ofAlice({ status: 'holding' });
  expect((await post(alice, `${jobId}/retry`, {})).statusCode).toBe(409);
  await db.transaction((tx) => endJobs(tx, [{ jobId, status: 'finished', why: '', by: 'test' }]));
  expect((await post(alice, `${jobId}/retry`, {})).statusCode).toBe(409);
  expect((await post(alice, `${await failed({ taskId: 10_000_001 })}/retry`, {})).json().message).toMatch(
    /Its task/,
  );
});

test('several at once: each has its own answer', async () => {
  const [one, other] = [await ofAlice(), await ofAlice({ status: 'running' })];
  const theirs = await aJob(db, { ownerAccountId: bob.accountId });
  const ids = [one.jobId, other.jobId, theirs.jobId, 123_456_789];
  const { rows } = (await post(alice, 'acts', { act: 'kill', ids })).json<PandaBulkActed>();
  expect(rows.map(({ id, done }) => [id, done])).toEqual(ids.map((id, n) => [id, n < 2]));
  const again = (await post(alice, 'acts', { act: 'retry', ids: [one.jobId] })).json<PandaBulkActed>();
  expect(again.rows[0]).toMatchObject({ done: true, newId: expect.any(Number) });
});

test.each([
  ['abc', 404],
  ['0', 404],
  ['-1', 404],
  ['99999999999999999999', 404],
  ['1e3', 404],
])('a job named %s is not there', async (id, status) => {
  expect((await ask(olga, id)).statusCode).toBe(status);
});

test.each<[string, object | undefined]>([
  ['debug', undefined],
  ['debug', { on: 'yes' }],
  ['debug', { on: true, more: 1 }],
  ['command', { command: '' }],
  ['command', { command: 'x'.repeat(251) }],
  ['command', { command: 'a\u0000b' }],
  ['priority', { priority: 'high' }],
  ['priority', { priority: 1e12 }],
  ['retry', { memoryMb: -1 }],
])('%s with %j is refused and changes nothing', async (act, body) => {
  const { jobId } = await ofAlice({ status: 'running' });
  const before = await db.sql`select * from panda.job where job_id = ${jobId}`;
  const reply = await post(olga, `${jobId}/${act}`, body);
  expect(reply.statusCode, reply.body).toBe(400);
  expect(await db.sql`select * from panda.job where job_id = ${jobId}`).toEqual(before);
});

test('the rerun script runs the payload, whatever the names of its files hold', async () => {
  const folder = await temporaryFolder('rerun');
  await writeFile(path.join(folder, 'trf.sh'), '#!/bin/bash\nprintf "%s|" "$@" > out\nexit 3\n');
  const job = { jobId: 7, name: "x\n rm -rf '$(touch bad)'", queue: 'Q', cores: 4, taskId: null };
  const spec = {
    parameters: `-p "a b" 'c'`,
    transformation: '../trf.sh',
    attributes: {},
  };
  const file = (type: 'input' | 'output', lfn: string) =>
    ({ type, lfn, scope: 's', surl: null }) as Parameters<typeof rerunScript>[2][number];
  const script = path.join(folder, 'rerun.sh');
  const odd = "in'$(touch bad)";
  const run = async (files: Parameters<typeof rerunScript>[2]) => {
    await writeFile(script, rerunScript(job, spec, files, 'http://here'));
    return await promisify(execFile)('bash', [script, 'work'], { cwd: folder }).then(
      () => ({ code: 0, stderr: '' }),
      ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
    );
  };
  expect(await run([file('input', odd)])).toMatchObject({
    code: 66,
    stderr: expect.stringContaining(`The input s:${odd} is not here`),
  });
  await writeFile(path.join(folder, 'work', odd), '');
  expect(await run([file('input', odd), file('output', 'out')])).toMatchObject({ code: 3 });
  const { stdout } = await promisify(execFile)('bash', ['-c', 'cat out; ls'], {
    cwd: path.join(folder, 'work'),
  });
  expect(stdout).toMatch(/^-p\|a b\|c\|/);
  expect(stdout).not.toMatch(/^bad$/m);
});
