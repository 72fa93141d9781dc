import { expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { aJob, aStoredDefinition } from '../../../../test/support/uws.ts';
import { uws } from '../index.ts';
import { changePhase, findJob, insertJobs, lockJob } from '../jobs/jobs.store.ts';
import { serviceOf } from '../service.ts';
import { destroyDue } from './destroy-due.schedule.ts';
import { startJob } from './start.ts';

// A web process: nothing takes the runs but the test.
const server = await testServer([uws], { role: 'web', 'compute.local.allowUnisolated': 'true' });
const { core } = server;
const definition = await aStoredDefinition(core.db, { name: 'probe' });
const service = serviceOf(core);
service.catalog.forget();

async function queuedJob(destructionAt: Date | null = null): Promise<{ jobId: string; runId: string }> {
  const job = aJob(definition, { destructionAt });
  await insertJobs(core.db.sql, [job]);
  await core.db.transaction(async (tx) => {
    const change = { to: 'QUEUED', who: 'client', why: 'test', at: new Date() } as const;
    await changePhase(tx, job.jobId, change);
    const locked = await lockJob(tx, job.jobId);
    if (locked !== null) await startJob(service, tx, locked, false);
  });
  const runId = (await findJob(core.db.sql, job.jobId))?.computeRunId ?? '';
  expect(runId).not.toBe('');
  return { jobId: job.jobId, runId };
}

/** What a run does when its state changes: it locks itself, and after a while the job it belongs to. */
async function meetsChangeOf(runId: string, jobId: string, work: () => Promise<unknown>): Promise<unknown> {
  let meeting: Promise<unknown> | undefined;
  await core.db.transaction(async (tx) => {
    await core.compute.lock(tx, runId);
    meeting = work();
    meeting.catch(() => {}); // judged by the caller
    await eventually(async () => {
      const waiting = await core.db.sql`
        select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      expect(waiting.count).toBe(1);
    });
    await lockJob(tx, jobId);
  });
  return meeting;
}

const headers = { authorization: `Bearer ${server.adminToken}` };
const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };

test.each([
  ['ABORT', 'POST', '/phase', 'PHASE=ABORT'],
  ['DELETE', 'DELETE', '', undefined],
] as const)('%s and a change of the run never wait for each other', async (_what, method, path, body) => {
  const { jobId, runId } = await queuedJob();
  const answer = await meetsChangeOf(runId, jobId, () =>
    fetch(`${server.address}/rest/probe/${jobId}${path}`, {
      method,
      headers: body === undefined ? headers : form,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    }),
  );
  expect((answer as Response).status).toBe(303);
});

test('neither do its destruction and a change of the run', async () => {
  const { jobId, runId } = await queuedJob(new Date(Date.now() - 1000));
  expect(await meetsChangeOf(runId, jobId, () => destroyDue(core))).toBe(1);
});
