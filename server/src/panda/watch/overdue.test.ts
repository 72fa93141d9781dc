import { expect, test } from 'vitest';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { timeLimits } from './limits.ts';
import { overdueJobs } from './overdue.ts';
import { watchLimits } from './watch.schedule.ts';

const { core } = await testServer([panda], { role: 'web', 'panda.watch.heartbeatHours': '1' });
const { sql } = core.db;
const { accountId } = await createAccount(
  core.auth.context,
  { name: 'test' },
  { name: 'ann', roles: ['user'] },
);

async function aJobSince(hours: number, wish: JobWish): Promise<number> {
  const { jobId } = await aJob(core.db, wish);
  await sql`
    update panda.job set status_since = now() - make_interval(secs => ${hours * 3600}), modified_at = now() - make_interval(secs => ${hours * 3600})
    where job_id = ${jobId}`;
  await sql`
    insert into panda.heartbeat (job_id, at) select job_id, status_since from panda.job
    where job_id = ${jobId} and status in ('sent', 'running')`;
  return jobId;
}

const find = (limit = 50, account?: string) => overdueJobs.find(sql, new Date(), limit, account, core.config);

test('what the watchdogs have not dealt with is overdue, longest first, and gone when they have', async () => {
  const sent = await aJobSince(2, { status: 'sent' });
  const lost = await aJobSince(1.5, { status: 'running' });
  const mine = await aJobSince(3, { status: 'pending', ownerAccountId: accountId, owner: 'Ann' });
  await aJobSince(0.6, { status: 'sent' });
  await aJobSince(1.1, { status: 'running' });
  const { total, rows } = await find();
  expect(rows.map(({ id }) => Number(id))).toEqual([mine, sent, lost]);
  expect(total).toBe(3);
  expect(rows[1]).toMatchObject({
    kind: 'PanDA job',
    why: 'It is sent in TEST for longer than the limit.',
    nextStep: 'The schedule panda.watcher fails it; see whether it is paused, and its log.',
    act: { label: 'Kill', href: `/api/panda/jobs/${sent}/kill` },
  });
  expect(rows[0]?.nextStep).toContain('panda.copy-archive closes it');
  expect((await find(1)).rows).toHaveLength(1);
  expect((await find(1)).total).toBe(3);
  expect((await find(50, 'ann')).rows.map(({ id }) => Number(id))).toEqual([mine]);
  expect((await find(50, 'nobody')).total).toBe(0);
  const watched = await overdueJobs.watched(sql, new Date(), undefined, core.config);
  expect(watched.count).toBe(5);
  expect((await overdueJobs.watched(sql, new Date(0), 'ann', core.config)).count).toBe(1);
  await watchLimits(core, timeLimits);
  expect((await find()).total).toBe(0);
});

test('the next deadline is the nearest of those that are to come', async () => {
  await sql`delete from panda.job`;
  await sql`delete from panda.heartbeat`;
  expect(await overdueJobs.watched(sql, new Date(), undefined, core.config)).toEqual({
    count: 0,
    nextDeadline: null,
  });
  await aJobSince(1, { status: 'throttled' });
  await aJobSince(0.25, { status: 'running' });
  const { nextDeadline } = await overdueJobs.watched(sql, new Date(), undefined, core.config);
  expect(Math.abs((nextDeadline?.getTime() ?? 0) - Date.now() - 0.75 * 3_600_000)).toBeLessThan(60_000);
});

test('a report that nobody has dealt with is overdue, with what the plugin said', async () => {
  await sql`delete from panda.job`;
  const { jobId } = await aJob(core.db, { status: 'holding' });
  await sql`
    insert into panda.output_report (job_id, attempt, state, report, received_at, problem)
    values (${jobId}, 1, 'finished', '{}', now() - interval '1 hour', 'the catalogue sleeps')`;
  expect((await find()).rows).toMatchObject([
    { id: String(jobId), why: "Its pilot's last report has not been dealt with: the catalogue sleeps." },
  ]);
});

test('without settings the defaults hold', async () => {
  await sql`delete from panda.job`;
  await sql`delete from panda.heartbeat`;
  await aJobSince(1.5, { status: 'running' });
  expect((await overdueJobs.find(sql, new Date(), 5)).total).toBe(0);
});
