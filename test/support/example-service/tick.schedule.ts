import { defineSchedule } from '../../../server/src/core/schedule/index.ts';

/** Writes down every fifth second; a tick that is run a second time finds its row. */
export const tickSchedule = defineSchedule({
  name: 'example.tick',
  everySeconds: 5,
  catchUp: 'once',
  async run({ db, processId }, { dueAt, fence }) {
    await db.sql`
      with run as (insert into example.tick_run (due_at, fence, process_id) values (${dueAt}, ${fence}, ${processId}))
      insert into example.tick (due_at, process_id) values (${dueAt}, ${processId}) on conflict do nothing`;
  },
});
