import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { aJob } from '../../../../test/support/panda.ts';
import { endJobs } from './archive.store.ts';
import { foldOutcomes, foldTally, listTally } from './tally.store.ts';

const db = await testDatabase();

async function historyOf(jobId: number): Promise<string[]> {
  const rows = await db.sql<{ status: string; previous: string | null; why: string }[]>`
    select status, previous, why from panda.job_history where job_id = ${jobId} order by at, previous nulls first`;
  return rows.map(({ status, previous, why }) => `${previous ?? ''}→${status}: ${why}`);
}

test('a job that ends moves to the archive with its errors, its figures, its history and its event', async () => {
  const job = await aJob(db, { status: 'holding', queue: 'ENDS' });
  await db.sql`
    insert into panda.heartbeat (job_id, at, max_rss_kb) values (${job.jobId}, clock_timestamp(), 2048)`;
  await db.sql`insert into panda.file (job_id, ordinal, type, lfn, status)
    values (${job.jobId}, 0, 'output', 'out.txt', 'defined'), (${job.jobId}, 1, 'log', 'log.tgz', 'ready')`;
  const errors = {
    trans: { code: 7, diag: 'exit 7' },
    pilot: { code: 1305, diag: 'payload failed' },
  };
  const ended = await db.transaction((tx) =>
    endJobs(tx, [{ jobId: job.jobId, status: 'failed', why: 'the payload failed', by: 'adder', errors }]),
  );
  expect(ended).toEqual([job.jobId]);
  const [archived] = await db.sql`
    select status, error_source, error_code, errors, metrics->'max_rss_kb' as rss, ended_at is not null as has_end
    from panda.job_archive where job_id = ${job.jobId}`;
  expect(archived).toMatchObject({
    status: 'failed',
    errorSource: 'pilot',
    errorCode: 1305,
    errors,
    rss: 2048,
    hasEnd: true,
  });
  expect(await db.sql`select from panda.job where job_id = ${job.jobId}`).toHaveLength(0);
  expect(await db.sql`select from panda.heartbeat where job_id = ${job.jobId}`).toHaveLength(0);
  const files = await db.sql<{ lfn: string; status: string }[]>`
    select lfn, status from panda.file where job_id = ${job.jobId} order by ordinal`;
  expect(files.map(({ lfn, status }) => `${lfn} ${status}`)).toEqual(['out.txt failed', 'log.tgz ready']);
  expect(await historyOf(job.jobId)).toEqual([
    '→holding: made by a test',
    'holding→failed: the payload failed',
  ]);
  const events = await db.sql<{ status: string }[]>`
    select data->>'status' as status from core.event where topic = 'panda.job' and key = ${String(job.jobId)}
    order by event_id`;
  expect(events.map(({ status }) => status)).toEqual(['holding', 'failed']);
});

test('a job that is not live any more is left alone', async () => {
  const job = await aJob(db, { status: 'running' });
  const end = { jobId: job.jobId, status: 'failed' as const, why: 'first', by: 'a test' };
  expect(await db.transaction((tx) => endJobs(tx, [end, end]))).toEqual([job.jobId]);
  expect(await db.transaction((tx) => endJobs(tx, [{ ...end, why: 'second' }]))).toEqual([]);
  expect(await historyOf(job.jobId)).toEqual(['→running: made by a test', 'running→failed: first']);
});

test('the counters are right before and after they are folded', async () => {
  const jobs = await Promise.all([1, 2, 3].map(() => aJob(db, { queue: 'COUNTED', cores: 8 })));
  const [first] = jobs;
  if (first === undefined) throw new Error('no job');
  await db.sql`update panda.job set status = 'sent' where job_id = ${first.jobId}`;
  const counts = async () =>
    (await listTally(db.sql, 'COUNTED'))
      .map(({ status, jobs: n, cores }) => `${status} ${n} ${cores}`)
      .toSorted();
  expect(await counts()).toEqual(['activated 2 16', 'sent 1 8']);
  await db.transaction(async (tx) => foldTally(tx));
  expect(await counts()).toEqual(['activated 2 16', 'sent 1 8']);
  const ends = jobs.map(({ jobId }) => ({ jobId, status: 'closed' as const, why: 'done', by: 'a test' }));
  await db.transaction((tx) => endJobs(tx, ends));
  expect(await counts()).toEqual([]);
  await db.transaction(async (tx) => foldTally(tx));
  expect(await counts()).toEqual([]);
  await db.transaction(async (tx) => foldOutcomes(tx));
  const outcomes = await db.sql`select status, jobs::int from panda.outcome where queue = 'COUNTED'`;
  expect(outcomes).toMatchObject([{ status: 'closed', jobs: 3 }]);
});

test('what pilots say of the time does not spoil the sums', async () => {
  const jobs = await Promise.all(
    [1, 2, 3, 4].map(() => aJob(db, { queue: 'CLOCKS', status: 'running', cores: 2 })),
  );
  const begins = ['9999-01-01', '1970-01-01', null, '2026-11-22 09:50:00'];
  for (const [n, job] of jobs.entries()) {
    await db.sql`update panda.job set started_at = ${begins[n] ?? null}::timestamptz, ended_at = '2026-11-22 10:00:00'
      where job_id = ${job.jobId}`;
  }
  const ends = jobs.map(({ jobId }) => ({ jobId, status: 'failed' as const, why: 'done', by: 'a test' }));
  await db.transaction((tx) => endJobs(tx, ends));
  await db.transaction(async (tx) => foldOutcomes(tx));
  const [sum] = await db.sql`select sum(core_seconds) as seconds from panda.outcome where queue = 'CLOCKS'`;
  const ours =
    await db.sql`select extract(epoch from ended_at - started_at)::float8 as seconds from panda.job_archive
    where job_id = ${jobs[3]?.jobId ?? 0}`;
  expect(sum).toEqual({ seconds: 2 * (31_622_400 + (ours[0]?.seconds as number)) });
});
