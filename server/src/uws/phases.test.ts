import { uwsPhases } from '@orrery/contracts/uws';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { aJob, aStoredDefinition } from '../../../test/support/uws.ts';
import { changePhase, findJob, insertJobs, listPhases } from './jobs/jobs.store.ts';
import { type Cause, isFinal, isWaitable, mayChange, transitions } from './phases.ts';

const causes: readonly Cause[] = ['client', 'executor', 'server'];

test('COMPLETED, ERROR and ABORTED lead nowhere but to ARCHIVED, and ARCHIVED nowhere', () => {
  for (const { from, to } of transitions) {
    if (isFinal(from)) expect(to).toBe('ARCHIVED');
    expect(from).not.toBe('ARCHIVED');
  }
});

test('nothing leads back to PENDING, and no line stands twice', () => {
  expect(transitions.map(({ to }) => to)).not.toContain('PENDING');
  const lines = transitions.map(({ from, to }) => `${from} ${to}`);
  expect(new Set(lines).size).toBe(lines.length);
});

test('a client can only run, abort and archive', () => {
  const byClient = transitions
    .filter(({ who }) => who.includes('client'))
    .map(({ from, to }) => `${from} ${to}`);
  expect(byClient).toEqual([
    'PENDING QUEUED',
    'HELD QUEUED',
    ...['PENDING', 'QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'UNKNOWN'].map((from) => `${from} ABORTED`),
    ...['COMPLETED', 'ERROR', 'ABORTED'].map((from) => `${from} ARCHIVED`),
  ]);
});

test('every phase that is not final leads to a final one', () => {
  for (const phase of uwsPhases.filter((each) => !isFinal(each))) {
    expect(
      transitions.some(({ from, to }) => from === phase && isFinal(to)),
      phase,
    ).toBe(true);
  }
});

test('WAIT holds while a job is PENDING, QUEUED or EXECUTING only', () => {
  expect(uwsPhases.filter(isWaitable)).toEqual(['PENDING', 'QUEUED', 'EXECUTING']);
});

const db = await testDatabase();
const definition = await aStoredDefinition(db);

test('in the database, random walks follow the table and nothing else', async () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...uwsPhases), fc.constantFrom(...causes)), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (walk) => {
      const job = aJob(definition);
      await insertJobs(db.sql, [job]);
      let phase: (typeof uwsPhases)[number] = 'PENDING';
      const walked = ['PENDING'];
      for (const [to, who] of walk) {
        const at = new Date();
        const changed = await db.transaction((tx) =>
          changePhase(tx, job.jobId, { to, who, why: 'walk', at }),
        );
        expect(changed, `${phase} to ${to} by ${who}`).toBe(mayChange(phase, to, who));
        if (!changed) continue;
        phase = to;
        walked.push(to);
      }
      const kept = await findJob(db.sql, job.jobId);
      expect(kept?.phase).toBe(phase);
      expect(kept?.endedAt === null).toBe(!isFinal(phase));
      expect(kept?.startedAt !== null).toBe(walked.includes('EXECUTING'));
      expect((await listPhases(db.sql, job.jobId)).map((entry) => entry.phase)).toEqual(walked);
      const events = await db.sql<{ data: { phase: string } }[]>`
        select data from core.event where topic = 'uws.job' and key = ${job.jobId} order by event_id`;
      expect(events.map((event) => event.data.phase)).toEqual(walked);
    }),
    { numRuns: 60 },
  );
});

test('of many changes at the same moment to different final phases exactly one holds', async () => {
  const job = aJob(definition);
  await insertJobs(db.sql, [job]);
  const wanted = ['ABORTED', 'ERROR', 'ABORTED', 'ERROR', 'ABORTED', 'ERROR'] as const;
  const outcomes = await Promise.all(
    wanted.map((to) =>
      db.transaction((tx) => changePhase(tx, job.jobId, { to, who: 'server', why: to, at: new Date() })),
    ),
  );
  expect(outcomes.filter(Boolean)).toHaveLength(1);
  const [, last, ...none] = await listPhases(db.sql, job.jobId);
  expect(none).toEqual([]);
  expect(last?.phase).toBe(wanted[outcomes.indexOf(true)]);
});
