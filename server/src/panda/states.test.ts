import { expect, test } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { aJob } from '../../../test/support/panda.ts';
import { finalStates, jobStates, jobTransitions } from './states.ts';

const db = await testDatabase();

test('the database knows the transitions of the table, and no others', async () => {
  const rows = await db.sql<{ fromStatus: string; toStatus: string }[]>`
    select from_status, to_status from panda.job_transition`;
  const ours = Object.entries(jobTransitions).flatMap(([from, targets]) =>
    targets.map((to) => `${from} ${to}`),
  );
  expect(rows.map(({ fromStatus, toStatus }) => `${fromStatus} ${toStatus}`).toSorted()).toEqual(
    ours.toSorted(),
  );
});

test('nothing leads out of a final state, and every other state leads to one', () => {
  for (const state of jobStates) {
    const isFinal = (finalStates as readonly string[]).includes(state);
    expect(jobTransitions[state].length === 0, state).toBe(isFinal);
  }
});

test('every transition is taken or refused as the table says', async () => {
  for (const from of jobStates) {
    const job = await aJob(db, { status: from });
    for (const to of jobStates.filter((state) => state !== from)) {
      const change = db.transaction(async (tx) => {
        await tx`update panda.job set status = ${to} where job_id = ${job.jobId}`;
        throw new Error('taken');
      });
      const expected = jobTransitions[from].includes(to) ? 'taken' : `cannot go from ${from} to ${to}`;
      await expect(change, `${from} → ${to}`).rejects.toThrow(expected);
    }
  }
});
