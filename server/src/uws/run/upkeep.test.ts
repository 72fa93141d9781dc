import type { UwsPhase } from '@orrery/contracts/uws';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aJob, aStoredDefinition } from '../../../../test/support/uws.ts';
import { createIdentity } from '../../core/auth/index.ts';
import { findObjects, jobThroughput } from '../figures.ts';
import { uws } from '../index.ts';
import { changePhase, findJob, insertJobs } from '../jobs/jobs.store.ts';
import { overdueJobs } from '../overdue.ts';
import type { Cause } from '../phases.ts';
import { serviceOf } from '../service.ts';
import { destroyDue } from './destroy-due.schedule.ts';

// A web process: nothing happens but what the test does.
const { core } = await testServer([uws], { role: 'web', 'uws.archive': 'false' });
const definition = await aStoredDefinition(core.db, { name: 'probe' });
serviceOf(core).catalog.forget();
const operator = createIdentity(core.auth.permissions, {
  kind: 'account',
  accountId: 1,
  name: 'olga',
  displayName: 'Olga',
  grants: [{ role: 'operator', scope: null }],
  via: 'bearer',
});
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);

async function jobIn(
  steps: ReadonlyArray<[UwsPhase, Cause]>,
  at: Date,
  more: Parameters<typeof aJob>[1] = {},
) {
  const job = aJob(definition, { createdAt: at, ...more });
  await insertJobs(core.db.sql, [job]);
  for (const [to, who] of steps) {
    await core.db.transaction((tx) => changePhase(tx, job.jobId, { to, who, why: 'test', at }));
  }
  return job.jobId;
}

test('jobs past the limit of their phase are overdue, longest first, each with its next step', async () => {
  const queued: [UwsPhase, Cause] = ['QUEUED', 'client'];
  const fresh = await jobIn([queued], ago(60));
  const stuck = await jobIn([queued], ago(90_000), { runId: 'stuck' });
  const long = await jobIn([queued, ['EXECUTING', 'executor']], ago(1000));
  await jobIn([queued, ['EXECUTING', 'executor']], ago(1000), { executionDuration: 0 });
  await jobIn([queued, ['EXECUTING', 'executor']], ago(100));
  await jobIn([queued, ['EXECUTING', 'executor'], ['COMPLETED', 'executor']], ago(90_000));
  const doomed = await jobIn([], ago(90_000), { destructionAt: ago(700) });
  const archived = await jobIn(
    [
      ['ABORTED', 'client'],
      ['ARCHIVED', 'server'],
    ],
    ago(90_000),
    { destructionAt: ago(9000) },
  );
  await core.db.sql`update uws.job set remove_at = ${ago(400)} where job_id = ${archived}`;
  const { total, rows } = await overdueJobs.find(core.db.sql, new Date(), 2);
  expect(total).toBe(4);
  expect(rows).toHaveLength(2);
  const all = (await overdueJobs.find(core.db.sql, new Date(), 10)).rows;
  expect(all.map(({ id }) => id)).toEqual([stuck, long, doomed, archived]);
  expect(all[0]).toMatchObject({ name: 'stuck', owner: 'operator', act: { label: 'Abort' } });
  expect(all[1]?.deadline.getTime()).toBeCloseTo(ago(1000 - 60 - 120).getTime(), -4);
  const watched = await overdueJobs.watched(core.db.sql, new Date(0));
  expect(watched.count).toBe(5);
  expect(all.map(({ id }) => id)).not.toContain(fresh);
});

test('where nothing is archived, destruction time removes a job with everything it has, and only then', async () => {
  const due = await jobIn([], ago(10), { destructionAt: ago(1) });
  const later = await jobIn([], ago(10), { destructionAt: ago(-1000) });
  const never = await jobIn([], ago(10));
  expect(await destroyDue(core)).toBeGreaterThanOrEqual(1);
  expect(await destroyDue(core)).toBe(0);
  expect(await findJob(core.db.sql, due)).toBeNull();
  expect((await core.db.sql`select 1 from uws.job_phase where job_id = ${due}`).length).toBe(0);
  expect(await findJob(core.db.sql, later)).not.toBeNull();
  expect(await findJob(core.db.sql, never)).not.toBeNull();
  const events = await core.db.sql<{ data: { phase: string } }[]>`
    select data from core.event where topic = 'uws.job' and key = ${due} order by event_id`;
  expect(events.map(({ data }) => data.phase)).toEqual(['PENDING', 'DELETED']);
});

test('throughput counts the last hour, what waits, and the hours of the day', async () => {
  await jobIn([['ERROR', 'server']], ago(10));
  const [line] = await jobThroughput(core.db.sql, new Date());
  expect(line).toMatchObject({ label: 'Jobs', failed: 1, waiting: 2 });
  expect(line?.oldestWaitingSeconds).toBeGreaterThan(80_000);
  expect(line?.spark).toHaveLength(24);
  expect(line?.spark[23]).toBeGreaterThanOrEqual(1);
});

test('jobs are found by id and run id, definitions by a part of their name', async () => {
  const jobId = await jobIn([], ago(5), { runId: 'NGC 891' });
  expect(await findObjects(core, jobId, 5, operator)).toMatchObject([
    { kind: 'UWS job', id: jobId, title: 'NGC 891' },
  ]);
  expect(await findObjects(core, 'NGC 891', 5, operator)).toMatchObject([{ id: jobId }]);
  expect((await findObjects(core, 'summ', 5, operator)).map(({ id }) => id)).toEqual(['fits-summary']);
  expect(await findObjects(core, 'x', 5, operator)).toEqual([]);
});
