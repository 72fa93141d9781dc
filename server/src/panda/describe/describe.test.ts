import { beforeAll, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { plainOf, readPickle, renderPickle } from '../front/pickle/index.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { fileAttributes, jobAttributes } from '../submit/job-attributes.ts';

const server = await testServer([panda], { role: 'web' });
const { db } = server.core;
let user: TestPilot;
let other: TestPilot;
let ownerAccountId: number;

beforeAll(async () => {
  user = await aPilot(server, { name: 'ada', role: 'user' });
  other = await aPilot(server, { name: 'eve', role: 'user' });
  const [row] = await db.sql<{ accountId: number }[]>`select account_id from core.account where name = 'ada'`;
  ownerAccountId = row?.accountId ?? 0;
});

async function myJob(wish: Parameters<typeof aJob>[1] = {}): Promise<number> {
  const { jobId } = await aJob(db, { ownerAccountId, owner: 'Ada', status: 'running', ...wish });
  await db.sql`update panda.job set errors = '{"pilot": {"code": 1305, "diag": "no"}}' where job_id = ${jobId}`;
  await db.sql`insert into panda.file (job_id, ordinal, type, lfn, status, checksum, endpoint)
    values (${jobId}, 0, 'log', 'x.log.tgz', 'defined', ${`md5:${'f'.repeat(32)}`}, 'DISK')`;
  return jobId;
}

interface Ask {
  body?: string;
  accept?: string;
  as?: TestPilot | null;
}

async function legacy(method: string, { body = '', accept, as = user }: Ask): Promise<string> {
  const answer = await server.app.inject({
    method: 'POST',
    url: `/server/panda/${method}`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(as === null ? {} : { authorization: `Bearer ${as.token}` }),
      ...(accept === undefined ? {} : { accept }),
    },
    payload: body,
  });
  return answer.body;
}

async function metadataOf(as: TestPilot, taskId: number): Promise<unknown> {
  const url = `/api/v1/job/get_metadata_for_analysis_jobs?task_id=${taskId}`;
  return (await server.app.inject({ url, headers: { authorization: `Bearer ${as.token}` } })).json();
}

const ids = (...jobIds: unknown[]) => `ids=${encodeURIComponent(renderPickle(jobIds))}`;

/** A job as its pickle carries it, by names. */
function named(state: unknown): Record<string, unknown> {
  const values = state as unknown[];
  return { ...Object.fromEntries(jobAttributes.map((name, n) => [name, values[n]])), Files: values.at(-1) };
}

test('jobs are described as pickles of jobs that know their files', async () => {
  const jobId = await myJob();
  const answer = await legacy('getJobStatus', { body: ids(jobId, 999_999_999, 'x') });
  const read = plainOf(readPickle(Buffer.from(answer, 'latin1')));
  expect(read).toEqual([expect.any(Array), null, null]);
  const job = named((read as unknown[])[0]);
  expect(job).toMatchObject({
    PandaID: jobId,
    jobStatus: 'running',
    jobParameters: 'alpha beta',
    prodUserID: 'Ada',
    pilotErrorCode: 1305,
    pilotErrorDiag: 'no',
    exeErrorCode: 0,
    exeErrorDiag: 'NULL',
    transExitCode: 'NULL',
    endTime: 'NULL',
    creationTime: { _datetime_object: expect.any(String) as string },
  });
  const [file] = job.Files as unknown[][];
  expect(Object.fromEntries(fileAttributes.map((name, n) => [name, file?.[n]]))).toMatchObject({
    lfn: 'x.log.tgz',
    type: 'log',
    PandaID: jobId,
    fsize: 0,
    md5sum: 'f'.repeat(32),
    checksum: `md:${'f'.repeat(32)}`,
    destinationDBlockToken: 'dst:DISK',
    GUID: 'NULL',
  });
});

test('a job of which a log alone is kept is described whole', async () => {
  const jobId = await myJob();
  await server.core.db
    .sql`insert into panda.job_text (job_id, kind, content) values (${jobId}, 'pilot-log', 'a line')`;
  const answer = await legacy('getJobStatus', { body: ids(jobId) });
  const [job] = plainOf(readPickle(Buffer.from(answer, 'latin1'))) as unknown[];
  expect(named(job)).toMatchObject({ PandaID: jobId, jobParameters: 'alpha beta', metadata: 'NULL' });
});

test('final jobs are described too, with what their pilot reported', async () => {
  const jobId = await myJob();
  await db.sql`insert into panda.job_text (job_id, kind, content) values (${jobId}, 'metadata', '{"a": 1}')`;
  await db.transaction((tx) => endJobs(tx, [{ jobId, status: 'failed', why: 'x', by: 'test' }]));
  const answer = await legacy('getFullJobStatus', { body: ids(jobId) });
  const [state] = plainOf(readPickle(Buffer.from(answer, 'latin1'))) as unknown[];
  expect(named(state)).toMatchObject({ jobStatus: 'failed', metadata: '{"a": 1}' });
});

test('who wants no pickle gets lists of values, or a dictionary without files where JSON is accepted', async () => {
  const jobId = await myJob();
  const body = `ids=${encodeURIComponent(`[${jobId}]`)}&no_pickle=True`;
  const [state] = JSON.parse(await legacy('getJobStatus', { body })) as unknown[];
  expect(named(state)).toMatchObject({
    PandaID: jobId,
    creationTime: { _datetime_object: expect.any(String) },
  });
  const json = await legacy('getJobStatus', { body: `ids=[${jobId},999999999]`, accept: 'application/json' });
  expect(JSON.parse(json)).toEqual([
    expect.objectContaining({ PandaID: jobId, endTime: null, creationTime: expect.any(String) as string }),
    null,
  ]);
});

test('v1 describes jobs by name, instants as objects', async () => {
  const jobId = await myJob();
  for (const name of ['get_description', 'get_description_incl_archive']) {
    const { data } = await user.v1(`job/${name}`, { job_ids: [jobId, 999_999_999] });
    expect(data).toEqual([expect.any(Object), null]);
    expect((data as unknown[])[0]).toMatchObject({
      PandaID: jobId,
      jobSubStatus: null,
      creationTime: { __datetime__: expect.any(String) as string },
      Files: [{ lfn: 'x.log.tgz', GUID: null }],
    });
  }
});

test('of more than 5,500 jobs the first are described, and the message says so', async () => {
  const { data, message } = await user.v1('job/get_description', { job_ids: Array(5501).fill(1) });
  expect(data).toHaveLength(5500);
  expect(message).toBe('only the first 5500 jobs are described');
});

test('jobs of others are described as none, to anybody', async () => {
  const jobId = await myJob();
  const none = renderPickle([null]);
  expect(await legacy('getJobStatus', { body: ids(jobId), as: other })).toBe(none);
  expect(await legacy('getJobStatus', { body: ids(jobId), as: null })).toBe(none);
  expect(await legacy('getFullJobStatus', { body: ids(jobId), as: other })).toBe(none);
  expect(await legacy('getFullJobStatus', { body: ids(jobId), as: null })).toBe('False');
  expect(await other.v1('job/get_description', { job_ids: [jobId] })).toMatchObject({ data: [null] });
});

test('a job that is asked for many times counts as often', async () => {
  const jobId = await myJob();
  const content = 'x'.repeat(100 * 1024);
  await db.sql`insert into panda.job_text (job_id, kind, content) values (${jobId}, 'metadata', ${content})`;
  const asked = (times: number) => ids(...Array.from({ length: times }, () => jobId));
  expect(await legacy('getJobStatus', { body: asked(10) })).toContain('JobSpec');
  expect(await legacy('getJobStatus', { body: asked(1000) })).toContain('too much to say');
});

test('more than one answer carries is refused, and nothing is read', async () => {
  const jobId = await myJob();
  const content = 'x'.repeat(1024 * 1024);
  const jobs = await Promise.all(Array.from({ length: 65 }, () => myJob()));
  for (const one of jobs) {
    await db.sql`insert into panda.job_text (job_id, kind, content) values (${one}, 'metadata', ${content})`;
  }
  expect(await user.v1('job/get_description', { job_ids: jobs })).toMatchObject({
    success: false,
    message: 'There is too much to say of these jobs at once. Ask for fewer.',
  });
  expect(await legacy('getJobStatus', { body: ids(...jobs) })).toContain('too much to say');
  expect(await user.v1('job/get_description', { job_ids: [jobId] })).toMatchObject({ success: true });
});

test.each([
  ['ids=cos%0Asystem%0A%28Vx%0AtR.', 'The pickle names os.system'],
  ['ids=%80%05%95', 'ends before its end'],
  ['', 'There is no field ids'],
])('ids %j are refused with a sentence', async (body, sentence) => {
  for (const method of ['getJobStatus', 'getFullJobStatus', 'killJobs', 'reassignJobs']) {
    expect(await legacy(method, { body })).toContain(sentence);
  }
});

test('what the finished jobs of a task reported is told by job, where it is JSON', async () => {
  const taskId = 10_000_777;
  const [good, bad, failed] = [await myJob({ taskId }), await myJob({ taskId }), await myJob({ taskId })];
  for (const [jobId, content] of [
    [good, '{"a": [1]}'],
    [bad, '{'],
    [failed, '{"b": 1}'],
  ] as const) {
    await db.sql`insert into panda.job_text (job_id, kind, content) values (${jobId}, 'metadata', ${content})`;
  }
  const end = (jobId: number, status: 'finished' | 'failed') => ({ jobId, status, why: 'x', by: 'test' });
  await db.sql`update panda.job set status = 'holding' where task_id = ${taskId}`;
  await db.transaction((tx) =>
    endJobs(tx, [end(good, 'finished'), end(bad, 'finished'), end(failed, 'failed')]),
  );
  const told = { [good]: { a: [1] } };
  expect(JSON.parse(await legacy('getUserJobMetadata', { body: `jediTaskID=${taskId}` }))).toEqual(told);
  expect(await metadataOf(user, taskId)).toEqual({
    success: true,
    message: '',
    data: told,
  });
  expect(await metadataOf(other, taskId)).toEqual({
    success: true,
    message: 'No metadata found',
    data: {},
  });
  const wrong = await legacy('getUserJobMetadata', { body: 'jediTaskID=x' });
  expect(plainOf(readPickle(Buffer.from(wrong)))).toEqual([false, 'jediTaskID must be an integer']);
});

test('the script that runs a job again is its owner’s to read, by the old name too', async () => {
  const jobId = await myJob();
  expect(await legacy('getScriptOfflineRunning', { body: `pandaID=${jobId}&days=3` })).toMatch(
    /^#!\/bin\/bash/,
  );
  expect(await legacy('getScriptOfflineRunning', { body: `pandaID=${jobId}`, as: other })).toMatch(
    /^ERROR: there is no job/,
  );
  expect(await legacy('getScriptOfflineRunning', { body: 'pandaID=x' })).toMatch(/^ERROR: there is no job 0/);
});
