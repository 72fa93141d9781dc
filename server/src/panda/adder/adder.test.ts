import { afterEach, expect, test } from 'vitest';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import type { Job, JobErrors } from '../jobs/job.ts';
import { adderPlugins, addOutputs, addOutputTask } from './adder.task.ts';
import { lookAfterReports } from './look-after-reports.schedule.ts';
import type { AdderResult } from './plugin.ts';

// A web process: tasks wait until the test runs them.
const { core } = await testServer([panda], {
  role: 'web',
  'panda.adder.plugins': '{"slow": "elsewhere", "silent": "none"}',
});
const { sql } = core.db;
const signal = new AbortController().signal;
const good = { guid: 'g', fsize: 6, adler32: '0768025e', surl: 'file://x', endpoint: 'OTHER' };

let answer: AdderResult | Error = { result: 'succeeded' };
let asked = 0;
adderPlugins.set('elsewhere', {
  name: 'elsewhere',
  execute(_core, jobs) {
    asked += 1;
    if (answer instanceof Error) return Promise.reject(answer);
    const one = answer;
    return Promise.resolve(jobs.map(() => one));
  },
});
afterEach(() => {
  answer = { result: 'succeeded' };
  asked = 0;
});

interface Wish extends JobWish {
  state?: 'finished' | 'failed';
  report?: unknown;
  errors?: JobErrors;
  subStatus?: string;
  files?: boolean;
  dataset?: string;
}

/** A job whose pilot has told its end. */
async function aReportedJob(wish: Wish = {}): Promise<{ jobId: number; attempt: number }> {
  const { state = 'finished', report = { 'out.txt': good, 'log.tgz': good }, errors, subStatus } = wish;
  const { jobId, attempt } = await aJob(core.db, { status: 'holding', attempt: 1, ...wish });
  await sql`
    update panda.job set reported = true, errors = ${errors === undefined ? null : JSON.stringify(errors)}::text::jsonb,
      sub_status = ${subStatus ?? null} where job_id = ${jobId}`;
  if (wish.files !== false) {
    const dataset = wish.dataset ?? `set.${jobId}/`;
    await sql`
      insert into panda.file (job_id, ordinal, type, lfn, scope, dataset, status, endpoint, guid)
      values (${jobId}, 0, 'input', 'in.txt', 'u', null, 'ready', null, 'i'),
        (${jobId}, 1, 'output', 'out.txt', 'u', ${dataset}, 'defined', 'DISK', null),
        (${jobId}, 2, 'log', 'log.tgz', 'u', 'logs/', 'defined', 'DISK', 'first')`;
  }
  await sql`
    insert into panda.output_report (job_id, attempt, state, report)
    values (${jobId}, ${attempt}, ${state}, ${typeof report === 'string' ? report : JSON.stringify(report)})`;
  return { jobId, attempt };
}

const run = (...keys: Array<{ jobId: number; attempt: number }>) => addOutputs(core, keys, signal);

async function stands(jobId: number) {
  const [live] = await sql<Job[]>`select * from panda.job where job_id = ${jobId}`;
  const [final] = await sql<Job[]>`select * from panda.job_archive where job_id = ${jobId}`;
  const job = live ?? final;
  if (job === undefined) throw new Error(`no job ${jobId}`);
  const files = await sql<{ lfn: string; status: string }[]>`
    select lfn, status from panda.file where job_id = ${jobId} order by ordinal, file_id`;
  const reports = await sql`select from panda.output_report where job_id = ${jobId}`;
  return {
    ...job,
    isFinal: final !== undefined,
    files: files.map(({ lfn, status }) => `${lfn} ${status}`).join(', '),
    hasReport: reports.length > 0,
  };
}

const pilotFailed: JobErrors = {
  pilot: { code: 1305, diag: 'Failed to execute payload' },
  trans: { code: 7, diag: '' },
};

/** Name, the job, and what it is afterwards: status, why, files. */
const outcomes: ReadonlyArray<[string, Wish, string, string, string]> = [
  ['a good end', {}, 'finished', 'finished; 2 files stored', 'in.txt ready, out.txt ready, log.tgz ready'],
  ['no outputs at all', { files: false, report: '' }, 'finished', 'the pilot says that it finished', ''],
  [
    'a failed payload',
    { state: 'failed', errors: pilotFailed, report: { 'log.tgz': good } },
    'failed',
    'pilot error 1305: Failed to execute payload (exit code 7)',
    'in.txt ready, out.txt failed, log.tgz ready',
  ],
  [
    'a missing output',
    { report: { 'log.tgz': good } },
    'failed',
    'output error 200: expected output out.txt is missing in pilot JSON',
    'in.txt ready, out.txt failed, log.tgz ready',
  ],
  [
    'a report that is none',
    { report: 'nonsense' },
    'failed',
    'output error 200: Could not get GUID/LFN/MD5/FSIZE/SURL from pilot JSON',
    'in.txt ready, out.txt failed, log.tgz failed',
  ],
  [
    'a file of somebody else',
    { report: { 'out.txt': good, 'log.tgz': good, alien: good } },
    'failed',
    'output error 200: pilot produced alien inconsistently with jobdef',
    'in.txt ready, out.txt failed, log.tgz failed',
  ],
  [
    'a job that was killed',
    {
      state: 'failed',
      command: 'tobekilled',
      errors: { pilot: { code: 1144, diag: 'killed by server' } },
      report: { 'log.tgz': good },
    },
    'cancelled',
    'killed as asked for; pilot error 1144: killed by server',
    'in.txt ready, out.txt failed, log.tgz ready',
  ],
  [
    'a job that finished before the kill reached it',
    { command: 'tobekilled' },
    'finished',
    'finished; 2 files stored',
    'in.txt ready, out.txt ready, log.tgz ready',
  ],
  [
    'a job that its pilot closed',
    { state: 'failed', subStatus: 'pilot_closed', report: '' },
    'closed',
    'closed by the pilot',
    'in.txt ready, out.txt failed, log.tgz failed',
  ],
  [
    'a job whose outputs were on their way',
    { status: 'transferring' },
    'finished',
    'finished; 2 files stored',
    'in.txt ready, out.txt ready, log.tgz ready',
  ],
];

test.for(outcomes)('%s', async ([, wish, status, why, files]) => {
  const key = await aReportedJob(wish);
  await run(key);
  const once = await stands(key.jobId);
  expect(once).toMatchObject({ status, statusWhy: why, files, isFinal: true, hasReport: false });
  // The process died before the task was done: it is run again and changes nothing.
  await run(key);
  expect(await stands(key.jobId)).toEqual(once);
});

test('whoever lost the lease stores nothing, and the next one does it all', async () => {
  const key = await aReportedJob({ dataset: 'leased' });
  const before = await stands(key.jobId);
  const lost = () => Promise.reject(new Error('the lease is lost'));
  await expect(addOutputs(core, [key], signal, lost)).rejects.toThrow('lease');
  expect(await stands(key.jobId)).toEqual(before);
  expect(await sql`select from panda.dataset where name = 'leased'`).toHaveLength(0);
  await run(key);
  expect((await stands(key.jobId)).status).toBe('finished');
});

test('two processes that deal with the same reports end each job once', async () => {
  const keys = await Promise.all([1, 2, 3, 4].map(() => aReportedJob({ dataset: 'shared' })));
  await Promise.all([run(...keys), run(...keys.toReversed()), run(...keys)]);
  const ends = await sql`
    select job_id, count(*)::int as ends from panda.job_history
    where job_id = any(${keys.map(({ jobId }) => jobId)}::bigint[]) and status = 'finished' group by job_id`;
  expect(ends.map((row) => row.ends)).toEqual([1, 1, 1, 1]);
});

test('many reports of one batch are dealt with together, each by its own', async () => {
  const keys = await Promise.all(
    [{}, { state: 'failed' as const, errors: pilotFailed }, { report: '' }].map(aReportedJob),
  );
  await run(...keys);
  const ends = await Promise.all(keys.map(({ jobId }) => stands(jobId)));
  expect(ends.map(({ status }) => status)).toEqual(['finished', 'failed', 'failed']);
});

test('a report of another attempt, or of a job that is gone, is dropped and changes nothing', async () => {
  const key = await aReportedJob({ attempt: 2 });
  await sql`update panda.job set attempt = 3 where job_id = ${key.jobId}`;
  await run(key, { jobId: 999_999, attempt: 1 });
  expect(await stands(key.jobId)).toMatchObject({ status: 'holding', hasReport: false });
});

test('a job that waits for its merge is left alone', async () => {
  const key = await aReportedJob({ status: 'merging' });
  await run(key);
  expect(await stands(key.jobId)).toMatchObject({ status: 'merging' });
});

test('finished jobs lose the note of the dispatcher and have numbers and sizes of their outputs', async () => {
  const errors = { jobDispatcher: { code: 0, diag: 'set to holding' }, trans: { code: 0, diag: '' } };
  const key = await aReportedJob({ errors });
  await run(key);
  const end = await stands(key.jobId);
  expect(end.errors).toEqual({ trans: { code: 0, diag: '' } });
  expect(end.facts).toMatchObject({ nOutputDataFiles: '1', outputFileBytes: '6' });
  expect(end.endedAt).not.toBeNull();
});

test('outputs are listed in the catalogue once, with the endpoint that has them', async () => {
  const dataset = 'user.tester.catalogued/';
  const keys = [await aReportedJob({ dataset }), await aReportedJob({ dataset })];
  const [other = 0] = keys.map(({ jobId }) => jobId);
  const named = { 'out.2.txt': { ...good, fsize: 10 }, 'log.tgz': good };
  await sql`update panda.file set lfn = 'out.2.txt' where job_id = ${other} and type = 'output'`;
  await sql`update panda.output_report set report = ${JSON.stringify(named)} where job_id = ${other}`;
  await run(...keys);
  await run(...keys);
  const files = await sql`
    select f.lfn, f.endpoint, f.surl, f.size_bytes, d.n_files, d.size_bytes as bytes, d.state from panda.dataset_file f
    join panda.dataset d using (dataset_id) where d.name = 'user.tester.catalogued' order by f.lfn`;
  const all = { endpoint: 'OTHER', surl: 'file://x', nFiles: 2, bytes: 16, state: 'open' };
  expect(files).toMatchObject([
    { lfn: 'out.2.txt', sizeBytes: 10, ...all },
    { lfn: 'out.txt', sizeBytes: 6, ...all },
  ]);
});

test('the same name made by a later job replaces the file, and is counted once', async () => {
  const dataset = 'user.tester.replaced';
  await run(await aReportedJob({ dataset }));
  const later = await aReportedJob({
    dataset,
    report: { 'out.txt': { ...good, fsize: 100 }, 'log.tgz': good },
  });
  await run(later);
  const [row] = await sql`
    select d.n_files, d.size_bytes, f.job_id from panda.dataset d join panda.dataset_file f using (dataset_id)
    where d.name = ${dataset}`;
  expect(row).toMatchObject({ nFiles: 1, sizeBytes: 100, jobId: later.jobId });
});

test('nothing is listed of outputs that stay at their site, nor by the plugin that lists nothing', async () => {
  const local = await aReportedJob({ dataset: 'stays.there' });
  await sql`update panda.file set attributes = '{"destinationSE": "local"}' where job_id = ${local.jobId}`;
  const silent = await aReportedJob({ dataset: 'silent.set', vo: 'silent' });
  await run(local, silent);
  const names = await sql`select name from panda.dataset where name in ('stays.there', 'silent.set')`;
  expect(names).toHaveLength(0);
});

test('a plugin that says "not yet" is asked again in a minute, and the job waits', async () => {
  const key = await aReportedJob({ vo: 'slow' });
  answer = { result: 'temporary', problem: 'the catalogue does not answer' };
  await run(key);
  expect(await stands(key.jobId)).toMatchObject({ status: 'holding', hasReport: true });
  const [report] = await sql`select tries, problem from panda.output_report where job_id = ${key.jobId}`;
  expect(report).toMatchObject({ tries: 1, problem: 'the catalogue does not answer' });
  const tasks = await core.queue.list({ kind: addOutputTask.name });
  expect(tasks.filter(({ key: of }) => of === String(key.jobId))).toHaveLength(1);
  answer = { result: 'succeeded' };
  await run(key);
  expect(await stands(key.jobId)).toMatchObject({ status: 'finished' });
});

test('after a day of "not yet" the job has failed', async () => {
  const key = await aReportedJob({ vo: 'slow' });
  await sql`update panda.output_report set received_at = received_at - interval '25 hours' where job_id = ${key.jobId}`;
  answer = { result: 'temporary', problem: 'the catalogue does not answer' };
  await run(key);
  expect(await stands(key.jobId)).toMatchObject({
    status: 'failed',
    statusWhy: 'outputs not registered: the catalogue does not answer',
    errorSource: 'ddm',
    errorCode: 200,
  });
});

test.for([
  [
    'says that it cannot',
    { result: 'fatal', problem: 'no such dataset' } as const,
    'outputs not registered: no such dataset',
  ],
  ['throws', new Error('broken'), 'outputs not registered: AdderPlugin failure'],
] as const)('a plugin that %s fails the job', async ([, given, why]) => {
  const key = await aReportedJob({ vo: 'slow' });
  answer = given;
  await run(key);
  expect(await stands(key.jobId)).toMatchObject({ status: 'failed', statusWhy: why });
  expect(asked).toBe(1);
});

test.for([
  ['transferring', { transferring: ['out.txt'] }, 'in.txt ready, out.txt transferring, log.tgz ready'],
  [
    'merging',
    { merging: ['out.txt'], transferring: ['log.tgz'] },
    'in.txt ready, out.txt merging, log.tgz transferring',
  ],
] as const)('outputs that are not at their last place: %s', async ([status, more, files]) => {
  const key = await aReportedJob({ vo: 'slow' });
  answer = { result: 'succeeded', ...more };
  await run(key);
  expect(await stands(key.jobId)).toMatchObject({ status, files, isFinal: false, hasReport: false });
});

test('inputs that have been given to another job fail this one', async () => {
  const [{ taskId } = { taskId: 0 }] = await sql<{ taskId: number }[]>`
    insert into panda.task (name, status, super_status, owner, label, type, assigned_priority, priority, parameters)
    values ('t', 'running', 'running', 'Ann', 'user', 'anal', 1, 1, '{}') returning task_id`;
  const [file] = await sql<{ taskDatasetId: number; taskFileId: number }[]>`
    with d as (insert into panda.task_dataset (task_id, name, type, status) values (${taskId}, 'in', 'input', 'ready')
      returning task_dataset_id)
    insert into panda.task_file (task_dataset_id, task_id, lfn, type, status, attempt)
    select task_dataset_id, ${taskId}, 'in.txt', 'input', 'running', 4 from d returning task_dataset_id, task_file_id`;
  const key = await aReportedJob({ taskId });
  await sql`
    update panda.file set task_dataset_id = ${file?.taskDatasetId ?? 0}, task_file_id = ${file?.taskFileId ?? 0}, attempt = 3
    where job_id = ${key.jobId} and type = 'input'`;
  await run(key);
  expect(await stands(key.jobId)).toMatchObject({ status: 'failed', errorSource: 'ddm', errorCode: 200 });
});

test('a job whose worker has ended fails with the code of that, and nothing hides it', async () => {
  const errors = { taskBuffer: { code: 300, diag: 'worker 1.2 cancelled' } };
  const key = await aReportedJob({ state: 'failed', report: '', errors });
  await run(key);
  expect(await stands(key.jobId)).toMatchObject({
    status: 'failed',
    errorSource: 'taskBuffer',
    errorCode: 300,
    errors,
    statusWhy: 'server error 300: worker 1.2 cancelled',
  });
});

test('a report whose task has died gets another one, once', async () => {
  const key = await aReportedJob();
  await sql`update panda.output_report set received_at = now() - interval '11 minutes' where job_id = ${key.jobId}`;
  await lookAfterReports(core);
  await lookAfterReports(core);
  const tasks = await core.queue.list({ kind: addOutputTask.name });
  expect(tasks.filter(({ key: of }) => of === String(key.jobId))).toHaveLength(1);
});
