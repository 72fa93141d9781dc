import { afterEach, expect, test } from 'vitest';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { forgetQueues } from '../queues/queues.ts';
import { findJobStory } from '../submit/index.ts';
import type { Setup, SetupPlugin } from './plugin.ts';
import { pluginFor, pluginVo } from './plugin-lookup.ts';
import { setUpJobs, setupPlugins } from './setup-jobs.task.ts';

// A web process: tasks wait until the test runs them.
const { core } = await testServer([panda], {
  role: 'web',
  'panda.setup.plugins': '{"slow": "elsewhere"}',
});
const { sql } = core.db;
const signal = new AbortController().signal;

let answer: Setup | Error | null = null;
const elsewhere: SetupPlugin = {
  name: 'elsewhere',
  setUp(_core, jobs) {
    if (answer instanceof Error) return Promise.reject(answer);
    const one = answer;
    return Promise.resolve(one === null ? [] : jobs.map(() => one));
  },
};
(setupPlugins as Map<string, SetupPlugin>).set(elsewhere.name, elsewhere);
afterEach(() => {
  answer = null;
});

async function aDefinedJob(wish: JobWish & { block?: string } = {}): Promise<number> {
  const { jobId } = await aJob(core.db, { status: 'defined', ...wish });
  const attributes = wish.block === undefined ? {} : { dispatchDBlock: wish.block };
  await sql`
    insert into panda.file (job_id, ordinal, type, lfn, status, guid, attributes) values
      (${jobId}, 0, 'input', 'in.txt', 'ready', 'i', ${JSON.stringify(attributes)}::text::jsonb),
      (${jobId}, 1, 'output', 'out.txt', 'defined', null, '{}'), (${jobId}, 2, 'log', 'log.tgz', 'defined', null, '{}')`;
  return jobId;
}

async function stands(jobId: number) {
  const story = await findJobStory(sql, jobId);
  if (story === null) throw new Error(`no job ${jobId}`);
  const [spec] = await sql<{ document: string | null }[]>`
    select document from panda.job_spec where job_id = ${jobId}`;
  return { ...story, document: spec?.document ?? null };
}

const setUp = (...jobIds: number[]) => setUpJobs(core, jobIds, signal);

test('jobs get a fresh GUID for their log and are activated with what pilots will get', async () => {
  const [first, second] = [await aDefinedJob(), await aDefinedJob()];
  expect(await setUp(first, second, 999_999)).toBe(2);
  const [one, other] = [await stands(first), await stands(second)];
  expect([one.job.status, other.job.status]).toEqual(['activated', 'activated']);
  const guids = [one, other].map(({ files }) => files[2]?.guid);
  expect(new Set(guids).size).toBe(2);
  expect(JSON.parse(one.document ?? '')).toMatchObject({
    PandaID: first,
    logGUID: guids[0],
    inFiles: 'in.txt',
  });
  expect(one.files[0]?.guid).toBe('i');
});

test('outputs that name no endpoint have that of the queue, others keep theirs', async () => {
  await sql`
    insert into panda.queue (queue, site, status, status_by, document)
    values ('STORES', 'A', 'online', 'test', '{"nickname": "STORES", "astorages": {"pr": ["X"], "write_lan": ["DISK", "Y"]}}')`;
  forgetQueues(core);
  const jobId = await aDefinedJob({ queue: 'STORES' });
  await sql`update panda.file set endpoint = 'OWN' where job_id = ${jobId} and type = 'output'`;
  await setUp(jobId);
  const { files, document } = await stands(jobId);
  expect(files.map(({ endpoint }) => endpoint)).toEqual([null, 'OWN', 'DISK']);
  expect(JSON.parse(document ?? '')).toMatchObject({ ddmEndPointOut: 'OWN,DISK' });
});

test('the second run of the same task changes nothing', async () => {
  const jobId = await aDefinedJob();
  await setUp(jobId);
  const before = await stands(jobId);
  expect(await setUp(jobId)).toBe(0);
  expect(await stands(jobId)).toEqual(before);
});

test('whoever lost the lease stores nothing, and the next one does it all', async () => {
  const jobId = await aDefinedJob();
  const lost = () => Promise.reject(new Error('the lease is lost'));
  await expect(setUpJobs(core, [jobId], signal, lost)).rejects.toThrow('lease');
  const between = await stands(jobId);
  expect([between.job.status, between.document, between.files[2]?.guid]).toEqual(['defined', null, null]);
  expect(await setUp(jobId)).toBe(1);
});

test('a job that waits for a transfer is assigned and has no document yet', async () => {
  const jobId = await aDefinedJob({ block: 'panda.dispatch.1' });
  await setUp(jobId);
  const { job, document } = await stands(jobId);
  expect(job).toMatchObject({ status: 'assigned', statusWhy: 'waits for the transfer of panda.dispatch.1' });
  expect(document).toBeNull();
});

test('a job that was killed while its plugin worked is left alone', async () => {
  const jobId = await aDefinedJob({ vo: 'slow' });
  answer = { status: 'activated', why: 'ready', files: new Map() };
  const kill = () => sql`update panda.job set status = 'waiting' where job_id = ${jobId}`.then(() => {});
  expect(await setUpJobs(core, [jobId], signal, kill)).toBe(0);
  expect((await stands(jobId)).job.status).toBe('waiting');
});

test('what a plugin decides is done: failed, waiting, files', async () => {
  const [failed, waiting] = [await aDefinedJob({ vo: 'slow' }), await aDefinedJob({ vo: 'slow' })];
  answer = { status: 'failed', why: 'no such input', files: new Map() };
  await setUp(failed);
  const fileId = (await stands(waiting)).files[1]?.fileId ?? 0;
  answer = {
    status: 'waiting',
    why: 'its input is not made yet',
    files: new Map([[fileId, { endpoint: 'DISK' }]]),
  };
  await setUp(waiting);
  expect((await stands(failed)).job).toMatchObject({
    status: 'failed',
    statusWhy: 'setup failed: no such input',
    errors: { ddm: { code: 100, diag: 'no such input' } },
  });
  expect(await stands(waiting)).toMatchObject({
    job: { status: 'waiting' },
    files: [{}, { endpoint: 'DISK' }, {}],
  });
});

test.for([
  ['throws', new Error('the catalogue is away')],
  ['leaves a job out', null],
] as const)('a plugin that %s leaves its jobs as they were', async ([, given]) => {
  const jobId = await aDefinedJob({ vo: 'slow' });
  answer = given;
  await expect(setUp(jobId)).rejects.toThrow();
  expect((await stands(jobId)).job.status).toBe('defined');
});

test.for([
  [{ atlas_higgs: 'a', atlas: 'b', any: 'c' }, 'atlas', 'higgs', 'a'],
  [{ atlas_higgs: 'a', atlas: 'b', any: 'c' }, 'atlas', null, 'b'],
  [{ atlas_higgs: 'a', any: 'c' }, 'atlas', 'exotics', 'c'],
  [{ atlas_higgs: 'a' }, 'belle', 'higgs', 'built-in'],
  [{ atlas: 'unknown name', any: 'c' }, 'atlas', null, 'c'],
  [{}, null, null, 'built-in'],
] as const)('of %o the plugin for %s and %s is %s', ([named, vo, group, expected]) => {
  const plugins = new Map(['a', 'b', 'c'].map((name) => [name, name]));
  expect(pluginFor(plugins, named, vo, group, 'built-in')).toBe(expected);
});

test('jobs whose destination is the word local have the plugin of that VO', () => {
  expect(pluginVo('atlas', { destinationSE: 'local' })).toBe('local');
  expect(pluginVo('atlas', { destinationSE: 'DISK' })).toBe('atlas');
});
