import { expect, test } from 'vitest';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import type { JobErrors } from '../jobs/job.ts';
import { forgetRules } from '../retry/rules.store.ts';
import { type Failure, retryOrEnd } from './retry.ts';

const { core } = await testServer([panda], { role: 'web' });
const { sql } = core.db;

const fail = (...failures: Failure[]) => core.db.transaction((tx) => retryOrEnd(tx, core, failures));

async function aFailedJob(wish: JobWish & { errors?: JobErrors } = {}): Promise<Failure> {
  const { jobId } = await aJob(core.db, { status: 'holding', maxAttempt: 3, ...wish });
  await sql`
    insert into panda.file (job_id, ordinal, type, lfn, status, guid, size_bytes)
    values (${jobId}, 0, 'output', 'out.txt', 'ready', 'o', 6), (${jobId}, 1, 'log', 'log.tgz', 'ready', 'first', 7)`;
  await sql`insert into panda.heartbeat (job_id, at) values (${jobId}, clock_timestamp())`;
  return {
    jobId,
    why: 'it failed',
    by: 'a test',
    ...(wish.errors === undefined ? {} : { errors: wish.errors }),
  };
}

async function aTaskFile(taskId: number, jobId: number, attempt = 1): Promise<void> {
  await sql`
    with d as (insert into panda.task_dataset (task_id, name, type, status) values (${taskId}, 'in', 'input', 'ready')
      returning task_dataset_id),
    t as (insert into panda.task_file (task_dataset_id, task_id, lfn, type, status, attempt, max_attempt, memory_mb)
      select task_dataset_id, ${taskId}, 'in.txt', 'input', 'running', ${attempt}, 10, 2000 from d
      returning task_dataset_id, task_file_id)
    insert into panda.file (job_id, ordinal, type, lfn, status, task_id, task_dataset_id, task_file_id, attempt)
    select ${jobId}, 9, 'input', 'in.txt', 'ready', ${taskId}, task_dataset_id, task_file_id, ${attempt} from t`;
}

async function aTask(attributes: Record<string, unknown> = {}): Promise<number> {
  const [row] = await sql<{ taskId: number }[]>`
    insert into panda.task (name, status, super_status, owner, label, type, assigned_priority, priority, parameters, attributes)
    values ('t', 'running', 'running', 'Ann', 'user', 'anal', 1, 1, '{}', ${JSON.stringify(attributes)}::text::jsonb)
    returning task_id`;
  return row?.taskId ?? 0;
}

async function taskFileOf(taskId: number) {
  const [row] = await sql<{ maxAttempt: number; memoryMb: number }[]>`
    select max_attempt, memory_mb from panda.task_file where task_id = ${taskId}`;
  return row;
}

const mayPass = { pilot: { code: 1137, diag: 'could not store the output' } };

test('a job whose error may pass is begun again, as if its last attempt had not been', async () => {
  const failure = await aFailedJob({ errors: mayPass, parameters: 'out.txt x' });
  await sql`insert into panda.job_worker (harvester_id, worker_id, job_id) values ('h', 1, ${failure.jobId})`;
  await sql`
    insert into panda.job_text (job_id, kind, content)
    values (${failure.jobId}, 'metadata', '{}'), (${failure.jobId}, 'pilot-log', 'why')`;
  expect(await fail(failure)).toEqual({ ended: [], begunAgain: [failure.jobId] });
  const [job] = await sql`select * from panda.job where job_id = ${failure.jobId}`;
  expect(job).toMatchObject({
    status: 'activated',
    attempt: 2,
    priority: 990,
    errors: null,
    errorCode: null,
    startedAt: null,
    statusWhy: 'begun again after pilot error 1137: could not store the output',
  });
  const files = await sql<{ lfn: string; status: string; guid: string | null; sizeBytes: number | null }[]>`
    select lfn, status, guid, size_bytes from panda.file where job_id = ${failure.jobId} order by ordinal`;
  expect(files[0]).toEqual({ lfn: 'out.txt', status: 'defined', guid: null, sizeBytes: null });
  expect(files[1]).toMatchObject({ lfn: 'log.tgz.2', status: 'defined', sizeBytes: null });
  expect(files[1]?.guid).toMatch(/^[0-9a-f-]{36}$/);
  const [spec] = await sql<{ document: string }[]>`
    select document from panda.job_spec where job_id = ${failure.jobId}`;
  expect(JSON.parse(spec?.document ?? '')).toMatchObject({
    attemptNr: 2,
    logFile: 'log.tgz.2',
    outFiles: 'out.txt,log.tgz.2',
    jobPars: 'out.txt x',
    logGUID: files[1]?.guid,
  });
  expect(await sql`select from panda.heartbeat where job_id = ${failure.jobId}`).toHaveLength(0);
  expect(await sql`select from panda.job_worker where job_id = ${failure.jobId}`).toHaveLength(0);
  expect(await sql`select kind from panda.job_text where job_id = ${failure.jobId}`).toEqual([
    { kind: 'pilot-log' },
  ]);
});

test('the log of the third attempt is named after it, and then the job has failed for good', async () => {
  const failure = await aFailedJob({ errors: mayPass });
  for (const _attempt of [2, 3]) {
    await fail(failure);
    await sql`update panda.job set status = 'sent' where job_id = ${failure.jobId}`;
    await sql`update panda.job set status = 'holding' where job_id = ${failure.jobId}`;
  }
  const [log] = await sql`select lfn from panda.file where job_id = ${failure.jobId} and type = 'log'`;
  expect(log).toMatchObject({ lfn: 'log.tgz.3' });
  expect(await fail(failure)).toEqual({ ended: [failure.jobId], begunAgain: [] });
  const [end] =
    await sql`select status, attempt, error_code from panda.job_archive where job_id = ${failure.jobId}`;
  expect(end).toMatchObject({ status: 'failed', attempt: 3, errorCode: 1137 });
});

test('a job that is gone, or not to be begun again, is not', async () => {
  const failure = await aFailedJob({ errors: mayPass });
  const gone = { ...failure, jobId: 999_999 };
  expect(await fail({ ...failure, mayBeginAgain: false }, gone)).toEqual({
    ended: [failure.jobId],
    begunAgain: [],
  });
  expect(await fail(failure)).toEqual({ ended: [], begunAgain: [] });
});

test('a job that is being killed is cancelled, without asking any rule', async () => {
  const errors = { pilot: { code: 1212, diag: 'memory' } };
  const failure = await aFailedJob({ command: 'tobekilled', errors });
  await fail(failure);
  const [end] = await sql`select status, status_why from panda.job_archive where job_id = ${failure.jobId}`;
  expect(end).toMatchObject({ status: 'cancelled', statusWhy: 'killed as asked for; it failed' });
  expect(await sql`select from panda.retry_decision where job_id = ${failure.jobId}`).toHaveLength(0);
});

test('rules act on the files of the task: memory, attempts', async () => {
  const taskId = await aTask();
  const hungry = await aFailedJob({
    taskId,
    memoryMb: 8000,
    cores: 4,
    errors: { pilot: { code: 1212, diag: '' } },
  });
  await aTaskFile(taskId, hungry.jobId);
  const hopeless = await aTask();
  const broken = await aFailedJob({ taskId: hopeless, errors: { trans: { code: 127, diag: '' } } });
  await aTaskFile(hopeless, broken.jobId, 4);
  await fail(hungry, broken);
  expect(await taskFileOf(taskId)).toEqual({ maxAttempt: 10, memoryMb: 3000 });
  expect(await taskFileOf(hopeless)).toEqual({ maxAttempt: 4, memoryMb: 2000 });
  const decisions = await sql`
    select action, effect, active from panda.retry_decision where job_id in (${hungry.jobId}, ${broken.jobId}) order by action`;
  expect(decisions).toMatchObject([
    { action: 'increase_memory', effect: 'memory 2000 → 3000 MB per core', active: true },
    { action: 'no_retry', effect: 'not tried again', active: true },
  ]);
});

test("a task's split rule says how memory grows", async () => {
  const taskId = await aTask();
  await sql`update panda.task set split_rule = 'RX=1000,RY=1500,RZ=2400' where task_id = ${taskId}`;
  const failure = await aFailedJob({ taskId, memoryMb: 2000, errors: { pilot: { code: 1212, diag: '' } } });
  await aTaskFile(taskId, failure.jobId);
  await fail(failure);
  expect(await taskFileOf(taskId)).toMatchObject({ memoryMb: 2400 });
});

test("a task's own limit of memory holds", async () => {
  const taskId = await aTask({ retryRamOffset: 2000, retryRamStep: 5000, retryRamMax: 4500 });
  const failure = await aFailedJob({ taskId, memoryMb: 2000, errors: { pilot: { code: 1212, diag: '' } } });
  await aTaskFile(taskId, failure.jobId);
  await fail(failure);
  expect(await taskFileOf(taskId)).toMatchObject({ memoryMb: 4500 });
});

test('a rule, or an action, that is not active is only written down; one that has expired is not', async () => {
  await sql`
    insert into panda.retry_rule (action, error_source, error_code, parameters, active, expires_at) values
      ('limit_retry', 'exe', 70, '{"maxAttempt": 1}', false, null),
      ('increase_cputime', 'exe', 71, '{}', true, null),
      ('no_retry', 'exe', 72, '{}', true, now() - interval '1 day')`;
  await sql`update panda.retry_action set active = false where action = 'increase_cputime'`;
  forgetRules(core);
  const taskId = await aTask();
  const failures = await Promise.all(
    [70, 71, 72].map((code) => aFailedJob({ taskId, errors: { exe: { code, diag: '' } } })),
  );
  await aTaskFile(taskId, failures[0]?.jobId ?? 0);
  await fail(...failures);
  expect(await taskFileOf(taskId)).toMatchObject({ maxAttempt: 10 });
  const rows = await sql<{ action: string; active: boolean }[]>`
    select action, active from panda.retry_decision where job_id = any(${failures.map(({ jobId }) => jobId)}::bigint[])
    order by action`;
  expect(rows).toEqual([
    { action: 'increase_cputime', active: false },
    { action: 'limit_retry', active: false },
  ]);
});

test('a rule can act on the task and on the files of its job at once', async () => {
  await sql`
    insert into panda.retry_rule (action, error_source, error_code) values
      ('reduce_input_per_job', 'exe', 80), ('increase_memory_xtimes', 'exe', 80)`;
  forgetRules(core);
  const taskId = await aTask();
  const errors = { exe: { code: 80, diag: '' } };
  const failure = await aFailedJob({ taskId, errors, attempt: 2, memoryMb: 2000 });
  await aTaskFile(taskId, failure.jobId);
  await fail(failure);
  const [task] = await sql`select split_rule from panda.task where task_id = ${taskId}`;
  expect(task).toMatchObject({ splitRule: 'RM=NG:1|MF:1,NG=1,MF=1' });
  expect(await taskFileOf(taskId)).toMatchObject({ memoryMb: 3000 });
});

test('a rule that forbids another attempt also forbids that of the same job', async () => {
  await sql`insert into panda.retry_rule (action, error_source, error_code) values ('no_retry', 'pilot', 1181)`;
  forgetRules(core);
  const failure = await aFailedJob({ errors: { pilot: { code: 1181, diag: '' } } });
  expect(await fail(failure)).toEqual({ ended: [failure.jobId], begunAgain: [] });
});

test('a pattern that cannot be used is told and fits nothing', async () => {
  await sql`
    insert into panda.retry_rule (action, error_source, error_code, diag_pattern) values ('no_retry', 'exe', 90, '(?=x)')`;
  forgetRules(core);
  const failure = await aFailedJob({ errors: { exe: { code: 90, diag: 'x' } } });
  expect(await fail(failure)).toMatchObject({ ended: [failure.jobId] });
  expect(await sql`select from panda.retry_decision where job_id = ${failure.jobId}`).toHaveLength(0);
});
