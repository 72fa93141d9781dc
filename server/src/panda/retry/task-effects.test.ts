import { expect, test } from 'vitest';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import type { JobErrors } from '../jobs/job.ts';
import { retryOrEnd } from '../watch/retry.ts';
import { forgetRules } from './rules.store.ts';

const { core } = await testServer([panda], { role: 'web' });
const { sql } = core.db;
const local = 'LOCAL';

async function aTask(attributes: Record<string, unknown> = {}, splitRule = ''): Promise<number> {
  const [row] = await sql<{ taskId: number }[]>`
    insert into panda.task (name, status, super_status, owner, label, type, assigned_priority, priority, parameters,
      attributes, split_rule)
    values ('t', 'running', 'running', 'Ann', 'user', 'anal', 1, 1, '{}', ${JSON.stringify(attributes)}::text::jsonb,
      ${splitRule}) returning task_id`;
  return row?.taskId ?? 0;
}

/** Files of the task's main input, or of another one beside it, that a job has. */
async function someInput(taskId: number, jobId: number, files: number, isSecondary = false): Promise<void> {
  await sql`
    with main as (insert into panda.task_dataset (task_id, name, type, status) values (${taskId}, 'in', 'input', 'ready')
      returning task_dataset_id),
    d as (select task_dataset_id from main where ${!isSecondary}),
    t as (insert into panda.task_file (task_dataset_id, task_id, lfn, type, status, size_bytes, n_events, start_event,
        end_event, max_failures)
      select task_dataset_id, ${taskId}, 'in.' || n, 'input', 'running', 2147483648, 50,
        case when n = 1 then 11 end, case when n = 1 then 30 end, 3
      from d, generate_series(1, ${files}::int) n returning task_dataset_id, task_file_id, lfn, size_bytes)
    insert into panda.file (job_id, ordinal, type, lfn, status, task_id, task_dataset_id, task_file_id, size_bytes)
    select ${jobId}, 1, 'input', lfn, 'ready', ${taskId}, task_dataset_id, task_file_id, size_bytes from t`;
  if (!isSecondary) return;
  await sql`
    with main as (select min(task_dataset_id) as id from panda.task_dataset where task_id = ${taskId}),
    d as (insert into panda.task_dataset (task_id, name, type, status, master_id)
      select ${taskId}, 'beside', 'input', 'ready', id from main returning task_dataset_id),
    t as (insert into panda.task_file (task_dataset_id, task_id, lfn, type, status, size_bytes, n_events)
      select task_dataset_id, ${taskId}, 'beside', 'input', 'running', 2147483648, 9000 from d
      returning task_dataset_id, task_file_id)
    insert into panda.file (job_id, ordinal, type, lfn, status, task_id, task_dataset_id, task_file_id)
    select ${jobId}, 2, 'input', 'beside', 'ready', ${taskId}, task_dataset_id, task_file_id from t`;
}

async function aRunJob(wish: JobWish & { seconds?: number } = {}): Promise<number> {
  const { jobId } = await aJob(core.db, { status: 'holding', queue: local, attempt: 2, ...wish });
  await sql`
    update panda.job set ended_at = clock_timestamp(),
      started_at = clock_timestamp() - make_interval(secs => ${wish.seconds ?? 1100}) where job_id = ${jobId}`;
  return jobId;
}

async function fail(jobId: number, errors: JobErrors): Promise<string[]> {
  forgetRules(core);
  await core.db.transaction((tx) =>
    retryOrEnd(tx, core, [{ jobId, why: 'it failed', by: 'a test', errors }]),
  );
  const rows = await sql<{ effect: string }[]>`
    select effect from panda.retry_decision where job_id = ${jobId} order by action`;
  return rows.map(({ effect }) => effect);
}

async function taskOf(taskId: number) {
  const [row] = await sql<{ splitRule: string; attributes: Record<string, unknown> }[]>`
    select split_rule, attributes from panda.task where task_id = ${taskId}`;
  return row;
}

await sql`
  insert into panda.retry_rule (action, error_source, error_code, parameters, active) values
    ('increase_cputime', 'exe', 81, '{}', true), ('increase_cputime', 'exe', 82, '{"factor": 3}', true),
    ('increase_cputime', 'exe', 83, '{}', false), ('reduce_input_per_job', 'exe', 84, '{}', true),
    ('reduce_input_per_job', 'exe', 85, '{"excludedRules": ["nGBPerJob"]}', true),
    ('reduce_input_per_job', 'exe', 86, '{}', false)`;
await sql`update panda.queue set document = document || '{"corepower": 10}' where queue = ${local}`;

const measured = { baseWalltime: 100, cpuEfficiency: 90, cpuTime: 20, cpuTimeUnit: 'HS06sPerEvent' };
const failure = (code: number): JobErrors => ({ exe: { code, diag: 'out of time' } });

test('a task whose jobs run out of time gets what the failed one took, times 1.5, by its events', async () => {
  const taskId = await aTask(measured);
  const jobId = await aRunJob({ taskId, cores: 2 });
  // 20 events of the first file, 50 of the second.
  await someInput(taskId, jobId, 2);
  expect(await fail(jobId, failure(81))).toEqual(['time per event 20 HS06sPerEvent → 523 HS06sPerEvent']);
  expect((await taskOf(taskId))?.attributes).toEqual({ ...measured, cpuTime: 523 });
});

test('two jobs of one task in one transaction: the second sees what the first has done', async () => {
  const taskId = await aTask(measured);
  const jobs = [await aRunJob({ taskId, seconds: 2100 }), await aRunJob({ taskId, seconds: 1100 })];
  for (const jobId of jobs) await someInput(taskId, jobId, 1);
  forgetRules(core);
  await core.db.transaction((tx) =>
    retryOrEnd(
      tx,
      core,
      jobs.map((jobId) => ({ jobId, why: 'x', by: 'a test', errors: failure(82) })),
    ),
  );
  // The longer one came first, and the shorter one would give less: it asks for a measure.
  expect((await taskOf(taskId))?.attributes).toMatchObject({ cpuTime: 3666, walltimeUnit: null });
});

test('a task with a success measures anew, and is asked once in half an hour', async () => {
  const taskId = await aTask({ ...measured, walltimeUnit: 'kSI2ks' });
  const done = await aRunJob({ taskId });
  await sql`insert into panda.job_archive select j.*, null, clock_timestamp() from panda.job j where job_id = ${done}`;
  await sql`update panda.job_archive set status = 'finished' where job_id = ${done}`;
  const [first, second] = [await aRunJob({ taskId }), await aRunJob({ taskId })];
  await someInput(taskId, first, 1);
  expect(await fail(first, failure(81))).toEqual(['the task measures its jobs anew']);
  const { attributes } = (await taskOf(taskId)) ?? { attributes: {} };
  expect(attributes).toMatchObject({ cpuTime: 20, walltimeUnit: null });
  expect(await fail(second, failure(81))).toEqual([
    'the task was asked to measure its jobs anew just before',
  ]);
  expect((await taskOf(taskId))?.attributes).toEqual(attributes);
});

test('a rule that is not active changes no task and says what it would have done', async () => {
  const taskId = await aTask(measured);
  const jobId = await aRunJob({ taskId });
  await someInput(taskId, jobId, 1);
  expect(await fail(jobId, failure(83))).toEqual(['time per event 20 HS06sPerEvent → 916 HS06sPerEvent']);
  expect((await taskOf(taskId))?.attributes).toEqual(measured);
  const other = await aRunJob({ taskId });
  await someInput(taskId, other, 4);
  expect(await fail(other, failure(86))).toEqual([
    'jobs of at most 2 files and 4 GB (first 4 files and 8 GB)',
  ]);
  expect((await taskOf(taskId))?.splitRule).toBe('');
});

test('jobs get less of the main input; what lies beside it does not count', async () => {
  const taskId = await aTask({}, 'US=2');
  const jobId = await aRunJob({ taskId });
  await someInput(taskId, jobId, 0, true);
  const other = await aRunJob({ taskId });
  await someInput(taskId, other, 4);
  expect(await fail(other, failure(84))).toEqual([
    'jobs of at most 2 files and 4 GB (first 4 files and 8 GB)',
  ]);
  expect((await taskOf(taskId))?.splitRule).toBe('US=2,RM=NG:8|MF:4,NG=4,MF=2');
  expect(await fail(jobId, failure(85))).toEqual(['input stays as it is: the task sets nGBPerJob']);
});

test('a job without a task is only written down', async () => {
  expect(await fail(await aRunJob(), failure(84))).toEqual(['nothing: the job has no task']);
  expect(await fail(await aRunJob(), { pilot: { code: 1212, diag: '' } })).toEqual([
    'nothing: the job has no task',
  ]);
});

test('a failure that is the matter of the system does not count against the files', async () => {
  const taskId = await aTask();
  const [site, payload] = [await aRunJob({ taskId }), await aRunJob({ taskId })];
  await someInput(taskId, site, 1);
  await someInput(taskId, payload, 1);
  await fail(site, { pilot: { code: 1098, diag: 'no space' }, trans: { code: 1, diag: '' } });
  await fail(payload, { pilot: { code: 1305, diag: 'it crashed' } });
  const rows = await sql<{ maxFailures: number }[]>`
    select t.max_failures from panda.file f join panda.task_file t using (task_dataset_id, task_file_id)
    where f.job_id in (${site}, ${payload}) order by f.job_id`;
  expect(rows.map(({ maxFailures }) => maxFailures)).toEqual([4, 3]);
});

test('decisions are counted, before and after the counters are folded', async () => {
  const { countDecisions, foldDecisions } = await import('./decisions.store.ts');
  const [rule] = await sql<{ retryRuleId: number }[]>`
    insert into panda.retry_rule (action, error_source, error_code) values ('no_retry', 'exe', 87)
    returning retry_rule_id`;
  const ruleId = rule?.retryRuleId ?? 0;
  const since = new Date(Date.now() - 86_400_000);
  const counted = async () =>
    (await countDecisions(sql, [ruleId], since)).reduce(
      (sum, { acted, noted }) => sum + acted + 100 * noted,
      0,
    );
  await fail(await aRunJob(), failure(87));
  await sql`update panda.retry_rule set active = false where retry_rule_id = ${ruleId}`;
  await fail(await aRunJob(), failure(87));
  expect(await counted()).toBe(101);
  await core.db.transaction(foldDecisions);
  await core.db.transaction(foldDecisions);
  expect(await counted()).toBe(101);
  expect(await sql`select from panda.retry_count_change`).toHaveLength(0);
});
