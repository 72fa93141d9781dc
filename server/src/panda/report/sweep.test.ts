import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { aJob } from '../../../../test/support/panda.ts';
import type { Core } from '../../core/core.ts';
import { sweepHeartbeatsSchedule } from './sweep.schedule.ts';

const db = await testDatabase();

test('heartbeats of jobs that have ended go after an hour, those of live jobs stay', async () => {
  const live = await aJob(db, { status: 'running' });
  const [gone, fresh] = [live.jobId + 1000, live.jobId + 1001];
  await db.sql`
    insert into panda.heartbeat (job_id, at) select job_id, clock_timestamp() - age
    from (values (${live.jobId}::bigint, interval '2 hours'), (${gone}, interval '2 hours'), (${fresh}, interval '0'))
      as v (job_id, age)`;
  await db.sql`
    insert into panda.job_debug (job_id, stdout, at) values (${gone}, 'x', clock_timestamp() - interval '2 hours')`;
  await sweepHeartbeatsSchedule.run({ db } as Core, {
    signal: AbortSignal.abort(),
    dueAt: new Date(),
    fence: 1,
  });
  const left = await db.sql<{ jobId: number }[]>`select job_id from panda.heartbeat order by job_id`;
  expect(left.map(({ jobId }) => jobId)).toEqual([live.jobId, fresh]);
  expect(await db.sql`select from panda.job_debug`).toHaveLength(0);
});
