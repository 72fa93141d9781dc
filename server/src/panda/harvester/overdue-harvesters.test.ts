import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { overdueWork } from '../overdue.ts';
import { overdueHarvesters } from './overdue-harvesters.ts';

const { core } = await testServer([panda], { role: 'web', 'panda.harvester.overdueMinutes': '20' });
const { sql } = core.db;

const find = (account?: string) => overdueHarvesters.find(sql, new Date(), 10, account, core.config);

async function silentFor(id: string, minutes: number): Promise<void> {
  await sql`
    insert into panda.harvester (harvester_id, description, host, last_seen_at)
    values (${id}, 'automatic', '192.0.2.7', now() - make_interval(mins => ${minutes}))
    on conflict (harvester_id) do update set last_seen_at = excluded.last_seen_at`;
}

test('a Harvester that serves a queue and is silent is overdue, for operators', async () => {
  await silentFor('h1', 30);
  expect((await find()).total).toBe(0);
  await sql`
    insert into panda.queue (queue, site, status, status_by, document)
    values ('Q', 'S', 'online', 'test', '{"harvester": "h1"}')`;
  expect(await find()).toMatchObject({
    total: 1,
    rows: [{ kind: 'Harvester', id: 'h1', href: '/ui/work/harvesters/h1', owner: 'Harvester on 192.0.2.7' }],
  });
  expect((await find('ann')).total).toBe(0);
  await sql`update panda.queue set status = 'offline' where queue = 'Q'`;
  expect((await find()).total).toBe(0);
});

test('so is one with workers that have not ended; one that speaks is awaited', async () => {
  await silentFor('h2', 21);
  await sql`insert into panda.worker (harvester_id, worker_id, queue, status) values ('h2', 1, 'R', 'running')`;
  expect((await find()).rows).toMatchObject([{ id: 'h2' }]);
  await silentFor('h2', 5);
  expect((await find()).rows).toEqual([]);
  const watched = await overdueHarvesters.watched(sql, new Date(), undefined, core.config);
  expect(watched.count).toBe(1);
  expect(Math.abs((watched.nextDeadline?.getTime() ?? 0) - Date.now() - 15 * 60_000)).toBeLessThan(60_000);
});

test('jobs and Harvesters stand in one list, longest overdue first', async () => {
  await silentFor('h2', 60);
  const { jobId } = await aJob(core.db, { status: 'sent' });
  await sql`update panda.job set status_since = now() - interval '9 days' where job_id = ${jobId}`;
  const { total, rows } = await overdueWork.find(sql, new Date(), 10, undefined, core.config);
  expect(total).toBe(2);
  expect(rows.map(({ kind }) => kind)).toEqual(['PanDA job', 'Harvester']);
  expect((await overdueWork.find(sql, new Date(), 1, undefined, core.config)).rows).toHaveLength(1);
  expect((await overdueWork.watched(sql, new Date(), undefined, core.config)).count).toBe(2);
});
