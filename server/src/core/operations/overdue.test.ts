import Type from 'typebox';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { silentLog } from '../log.ts';
import { createQueue, defineTask } from '../queue/index.ts';
import { overdueWork } from './overdue.ts';

const db = await testDatabase();
const task = defineTask({ name: 'test.work', payload: Type.Object({}), async run() {} });
const queue = createQueue({ db, log: silentLog, processId: 'test', tasks: [task] });
const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

test('work that is on time is not overdue, and is watched', async () => {
  await db.transaction((tx) => queue.add(tx, task, {}));
  expect(await overdueWork.find(db.sql, new Date(), 10)).toEqual({ total: 0, rows: [] });
  expect(await overdueWork.watched(db.sql, new Date())).toMatchObject({ count: 1 });
});

test('a task that nobody takes is overdue after five minutes, and says whose turn it is', async () => {
  expect(await overdueWork.find(db.sql, inMinutes(4), 10)).toMatchObject({ total: 0 });
  expect(await overdueWork.find(db.sql, inMinutes(6), 10)).toMatchObject({
    total: 1,
    rows: [{ kind: 'Task', name: 'test.work', owner: 'worker processes' }],
  });
  await queue.pause('test.work', 'disk swap');
  const { rows } = await overdueWork.find(db.sql, inMinutes(6), 10);
  expect(rows[0]).toMatchObject({ owner: 'operator', why: 'Its kind is paused: disk swap' });
});

test('a dead task is overdue at once, with the reason and the button that runs it again', async () => {
  await db.sql`update core.task set state = 'dead', attempts = 3, last_error = 'no such host'`;
  const { rows } = await overdueWork.find(db.sql, new Date(Date.now() + 1000), 10);
  expect(rows).toMatchObject([
    {
      why: expect.stringContaining('no such host'),
      act: { label: 'Run again', href: expect.stringMatching(/tasks\/\d+\/run-again$/) },
    },
  ]);
});

test('a schedule past its tick is overdue unless it is paused; the total counts what is not shown', async () => {
  await db.sql`
    insert into core.schedule (name, period, catch_up, next_due, paused_reason)
    values ('a.late', 'every 5 s', 'once', now() - interval '1 hour', null),
           ('a.paused', 'every 5 s', 'once', now() - interval '1 hour', 'on purpose')`;
  const found = await overdueWork.find(db.sql, new Date(), 1);
  expect(found).toMatchObject({ total: 2, rows: [{ kind: 'Schedule', id: 'a.late' }] });
});
