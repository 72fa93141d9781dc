import type { UwsPhase } from '@orrery/contracts/uws';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aJob, aStoredDefinition } from '../../../../test/support/uws.ts';
import type { ComputeRun } from '../../core/compute/index.ts';
import { uws } from '../index.ts';
import type { JobParameter } from '../jobs/job.ts';
import { changePhase, findJob, insertJobs, lockJob, updateJob } from '../jobs/jobs.store.ts';
import type { Cause } from '../phases.ts';
import { collectResultsTask } from '../results/collect-results.task.ts';
import { serviceOf } from '../service.ts';
import { followRun } from './changes.ts';
import { fetchInputsTask } from './fetch-inputs.task.ts';
import { lookAfter } from './look-after.schedule.ts';
import { startJob } from './start.ts';

// A web process: no task runs but what the test runs.
const { core } = await testServer([uws], { role: 'web', 'compute.local.allowUnisolated': 'true' });
const service = serviceOf(core);
const definition = await aStoredDefinition(core.db, { name: 'probe' });
service.catalog.forget();
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
const queued: [UwsPhase, Cause] = ['QUEUED', 'client'];

async function jobIn(steps: ReadonlyArray<[UwsPhase, Cause]>, at: Date, parameters: JobParameter[] = []) {
  const job = aJob(definition, { createdAt: at, parameters });
  await insertJobs(core.db.sql, [job]);
  for (const [to, who] of steps) {
    await core.db.transaction((tx) => changePhase(tx, job.jobId, { to, who, why: 'test', at }));
  }
  return job.jobId;
}

const wanted: JobParameter[] = [
  {
    name: 'image',
    value: '',
    isDefault: false,
    files: [
      { fileName: 'a', mediaType: 'text/plain', hash: null, sizeBytes: null, url: 'http://example.org/a' },
    ],
  },
];

async function withRun(at: Date): Promise<{ jobId: string; runId: string }> {
  const jobId = await jobIn([queued], at);
  await core.db.transaction(async (tx) => {
    const job = await lockJob(tx, jobId);
    if (job !== null) await startJob(service, tx, job, false);
  });
  const runId = (await findJob(core.db.sql, jobId))?.computeRunId ?? '';
  expect(runId).not.toBe('');
  return { jobId, runId };
}

const fetchTasks = () => core.queue.list({ kind: fetchInputsTask.name });

test('a job that waits for its inputs comes back into the line when its place is lost, once', async () => {
  await jobIn([queued], ago(100), wanted);
  await jobIn([queued], ago(5), wanted);
  expect(await fetchTasks()).toEqual([]);
  await lookAfter(core);
  await lookAfter(core);
  expect(await fetchTasks()).toHaveLength(1);
});

test('a job whose run is not known ends with ERROR; others are left alone', async () => {
  const { jobId, runId } = await withRun(ago(1000));
  const other = await withRun(ago(1000));
  const young = await jobIn([queued], ago(30));
  await core.db.transaction((tx) => updateJob(tx, young, { computeRunId: 'unknown' }));
  expect(await lookAfter(core)).toBe(0);
  await core.db.sql`delete from core.compute_run where run_id = ${runId}`;
  expect(await lookAfter(core)).toBe(1);
  expect(await findJob(core.db.sql, jobId)).toMatchObject({
    phase: 'ERROR',
    error: { type: 'transient', message: 'The server does not know its run any more.' },
  });
  expect((await findJob(core.db.sql, other.jobId))?.phase).toBe('QUEUED');
  expect((await findJob(core.db.sql, young))?.phase).toBe('QUEUED');
});

/** Lets a run end as the back end would tell it. */
async function endRun(jobId: string, runId: string): Promise<void> {
  await core.db.sql`
    update core.compute_run set state = 'ended', exit_code = 0, exit_reason = 'exited', exit_message = 'It ended.',
      started_at = ${ago(50)}, ended_at = ${ago(40)} where run_id = ${runId}`;
  const run: ComputeRun = await core.compute.state(runId);
  await core.db.transaction((tx) => followRun(core, tx, run));
  expect((await findJob(core.db.sql, jobId))?.ending).not.toBeNull();
}

function attempt(jobId: string, runId: string, count: number) {
  return collectResultsTask.run({
    core,
    taskId: 1,
    payload: { jobId, runId },
    attempt: count,
    fence: 1,
    items: [],
    payloads: [],
    signal: new AbortController().signal,
    progress: () => {},
    hold: async () => {},
    continueWith: async () => {},
  });
}

test('a job whose results cannot be stored ends with ERROR after the last attempt, and stays so', async () => {
  const { jobId, runId } = await withRun(ago(100));
  await endRun(jobId, runId);
  const { collect } = core.compute;
  core.compute.collect = () => Promise.reject(new Error('EIO: the disk is broken'));
  try {
    await expect(attempt(jobId, runId, 9)).rejects.toThrow('EIO');
    expect((await findJob(core.db.sql, jobId))?.phase).toBe('EXECUTING');
    await expect(attempt(jobId, runId, 10)).rejects.toThrow('EIO');
  } finally {
    core.compute.collect = collect;
  }
  const given = await findJob(core.db.sql, jobId);
  expect(given).toMatchObject({
    phase: 'ERROR',
    ending: null,
    error: {
      message: 'Its results could not be stored: EIO: the disk is broken',
      detail: 'The run ended with exit code 0.',
    },
  });
  // An operator has mended the disk and runs the task again.
  await attempt(jobId, runId, 1);
  const again = await findJob(core.db.sql, jobId);
  expect(again).toMatchObject({
    phase: 'ERROR',
    error: given?.error,
    endedAt: given?.endedAt,
    computeRunId: null,
  });
  expect(again?.results.map(({ name }) => name)).toEqual(['stdout', 'stderr']);
  // And once more, after the run is gone: what was stored stays.
  await attempt(jobId, runId, 1);
  expect((await findJob(core.db.sql, jobId))?.results).toEqual(again?.results);
});

test('a job at its end for which no task works any more ends with ERROR', async () => {
  const worked = await withRun(ago(2000));
  const forgotten = await withRun(ago(2000));
  for (const { jobId, runId } of [worked, forgotten]) {
    await endRun(jobId, runId);
    await core.db.sql`
      update uws.job set ending = jsonb_set(ending, '{at}', to_jsonb(${ago(1500).toISOString()}::text))
      where job_id = ${jobId}`;
  }
  await core.db.sql`update core.task set state = 'dead' where key = ${forgotten.jobId}`;
  expect(await lookAfter(core)).toBe(1);
  expect((await findJob(core.db.sql, worked.jobId))?.phase).toBe('EXECUTING');
  expect(await findJob(core.db.sql, forgotten.jobId)).toMatchObject({
    phase: 'ERROR',
    error: { message: 'Its results could not be stored; the server tried for long.' },
  });
});

test('starting a job is one step: nothing that fails on the way leaves it QUEUED without a run or a place in the line', async () => {
  const { submit } = core.compute;
  const jobId = await jobIn([], ago(1));
  core.compute.submit = () => Promise.reject(new Error('killed here'));
  try {
    await expect(
      core.db.transaction(async (tx) => {
        await changePhase(tx, jobId, { to: 'QUEUED', who: 'client', why: 'test', at: new Date() });
        const job = await lockJob(tx, jobId);
        if (job !== null) await startJob(service, tx, job, false);
      }),
    ).rejects.toThrow('killed here');
  } finally {
    core.compute.submit = submit;
  }
  expect((await findJob(core.db.sql, jobId))?.phase).toBe('PENDING');
});
