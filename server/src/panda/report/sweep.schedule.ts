import { defineSchedule } from '../../core/schedule/index.ts';

/**
 * Clears heartbeats and debug output of jobs that have ended: a report that was on its way when its job ended may
 * leave its row behind the job.
 */
export const sweepHeartbeatsSchedule = defineSchedule({
  name: 'panda.sweep-heartbeats',
  everySeconds: 3600,
  catchUp: 'once',
  async run({ db }) {
    for (const table of ['panda.heartbeat', 'panda.job_debug']) {
      await db.sql`
        delete from ${db.sql(table)} h where at < clock_timestamp() - interval '1 hour'
          and not exists (select from panda.job j where j.job_id = h.job_id)`;
    }
  },
});
