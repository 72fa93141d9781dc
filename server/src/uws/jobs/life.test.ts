import type { UwsPhase } from '@orrery/contracts/uws';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aJob, aStoredDefinition } from '../../../../test/support/uws.ts';
import { createIdentity } from '../../core/auth/index.ts';
import { type ExitReason, exitReasons, type RunState } from '../../core/compute/run.ts';
import { AppError } from '../../core/errors.ts';
import { uws } from '../index.ts';
import { isFinal, transitions } from '../phases.ts';
import { collectResultsTask, giveUpResults } from '../results/collect-results.task.ts';
import { followRun } from '../run/changes.ts';
import { destroyDue } from '../run/destroy-due.schedule.ts';
import { lookAfter } from '../run/look-after.schedule.ts';
import { serviceOf } from '../service.ts';
import type { Job } from './job.ts';
import { changePhase, findJob, insertJobs, listPhases } from './jobs.store.ts';
import { abortJob, archiveJob, destroyJob, runJob, updateWishes } from './jobs.ts';

// A web process: nothing happens but what the test does.
const { core } = await testServer([uws], { role: 'web', 'compute.local.allowUnisolated': 'true' });
const service = serviceOf(core);
const definition = await aStoredDefinition(core.db, { name: 'probe' });
service.catalog.forget();
const alice = createIdentity(core.auth.permissions, {
  kind: 'account',
  accountId: 1,
  name: 'alice',
  displayName: 'Alice',
  grants: [{ role: 'user', scope: null }],
  via: 'bearer',
});

/** One thing that somebody does with a job. What is refused changes nothing, and may be refused. */
type Act =
  | {
      kind:
        | 'run'
        | 'abort'
        | 'archive'
        | 'change'
        | 'delete'
        | 'destruction'
        | 'collect'
        | 'give-up'
        | 'look-after';
    }
  | { kind: 'told'; to: UwsPhase }
  | { kind: 'run-moves'; to: RunState; reason: ExitReason };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('run', 'run', 'abort', 'archive', 'change', 'collect', 'collect') }),
  fc.record({ kind: fc.constantFrom('delete', 'destruction', 'give-up', 'look-after') }),
  fc.record({
    kind: fc.constant('told' as const),
    to: fc.constantFrom<UwsPhase>(
      'HELD',
      'SUSPENDED',
      'UNKNOWN',
      'EXECUTING',
      'QUEUED',
      'COMPLETED',
      'ERROR',
    ),
  }),
  fc.record({
    kind: fc.constant('run-moves' as const),
    to: fc.constantFrom<RunState>('running', 'running', 'ended', 'ended', 'ending'),
    reason: fc.constantFrom(...exitReasons),
  }),
);

/** Walks begin anywhere in a usual life, so that its end is not left to luck. */
const usual: readonly Act[] = [
  { kind: 'run' },
  { kind: 'run-moves', to: 'running', reason: 'exited' },
  { kind: 'run-moves', to: 'ended', reason: 'exited' },
  { kind: 'collect' },
];
const walk = fc
  .tuple(fc.integer({ min: 0, max: usual.length }), fc.array(act, { maxLength: 10 }))
  .map(([length, acts]) => [...usual.slice(0, length), ...acts]);

let runOfJob: string | null = null;

async function perform(jobId: string, what: Act): Promise<void> {
  const job = await findJob(core.db.sql, jobId);
  runOfJob = job?.computeRunId ?? runOfJob;
  switch (what.kind) {
    case 'run':
      return runJob(service, jobId, alice);
    case 'abort':
      return abortJob(service, jobId, alice);
    case 'archive':
      return archiveJob(service, jobId, alice);
    case 'change':
      return updateWishes(service, jobId, alice, { runId: 'changed' });
    case 'delete':
      return destroyJob(service, jobId, alice);
    case 'destruction':
      await core.db.sql`update uws.job set destruction_at = now() - interval '1 s' where job_id = ${jobId}`;
      await destroyDue(core);
      return;
    case 'look-after':
      await lookAfter(core);
      return;
    case 'give-up':
      return core.db.transaction((tx) => giveUpResults(core, tx, jobId, 'test'));
    case 'collect':
      return collect(jobId);
    case 'told':
      await core.db.transaction((tx) =>
        changePhase(tx, jobId, { to: what.to, who: 'executor', why: 'told', at: new Date() }),
      );
      return;
    case 'run-moves':
      return moveRun(what.to, what.reason);
  }
}

/** The task, as often as the queue or an operator likes. */
async function collect(jobId: string): Promise<void> {
  if (runOfJob === null) return;
  await collectResultsTask.run({
    core,
    taskId: 1,
    payload: { jobId, runId: runOfJob },
    attempt: 1,
    fence: 1,
    items: [],
    payloads: [],
    signal: new AbortController().signal,
    progress: () => {},
    hold: async () => {},
    continueWith: async () => {},
  });
}

let slot = 0;

/** What the back end tells of the run, in any order and also when it is late. */
async function moveRun(to: RunState, reason: ExitReason): Promise<void> {
  if (runOfJob === null) return;
  const startedAt = new Date();
  await core.db.sql`
    update core.compute_run set state = ${to}, host = 'test', slot = ${slot++}, started_at = coalesce(started_at, ${startedAt}),
      exit_reason = ${to === 'ended' ? reason : null}, exit_code = ${to === 'ended' ? 0 : null},
      exit_message = 'test', ended_at = ${to === 'ended' ? startedAt : null}
    where run_id = ${runOfJob} and state <> 'ended'`;
  const [run] = await core.compute.states([runOfJob]);
  if (run !== undefined) await core.db.transaction((tx) => followRun(core, tx, run));
}

function demandKept(before: Job, after: Job): void {
  if (!isFinal(before.phase)) return;
  const archived = before.phase !== 'ARCHIVED' && after.phase === 'ARCHIVED';
  expect(after.phase).toBe(archived ? 'ARCHIVED' : before.phase);
  expect(after.endedAt).toEqual(before.endedAt);
  expect(after.startedAt).toEqual(before.startedAt);
  expect(after.error).toEqual(before.error);
  if (after.phase === 'ARCHIVED') {
    expect(after.archivedFrom).toBe(archived ? before.phase : before.archivedFrom);
    expect(after.results).toEqual([]);
  }
}

test('whatever callers, computers and the server do, a final phase is left for ARCHIVED only', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(walk, async (acts) => {
      const job = aJob(definition);
      await insertJobs(core.db.sql, [job]);
      runOfJob = null;
      let before = await findJob(core.db.sql, job.jobId);
      for (const what of acts) {
        try {
          await perform(job.jobId, what);
        } catch (error) {
          // Refused; a fault of the server would be something else.
          expect(error).toBeInstanceOf(AppError);
        }
        const after = await findJob(core.db.sql, job.jobId);
        if (before !== null && after !== null) demandKept(before, after);
        if (before === null) expect(after).toBeNull();
        before = after;
      }
      const phases = await listPhases(core.db.sql, job.jobId);
      for (const [index, { phase }] of phases.entries()) {
        const from = phases[index - 1]?.phase;
        if (from === undefined) continue;
        expect(
          transitions.some((line) => line.from === from && line.to === phase),
          `${from} to ${phase}`,
        ).toBe(true);
      }
      reached.add(before?.phase ?? 'gone');
      if (before === null) expect(await core.files.owned({ kind: 'uws.job', id: job.jobId })).toEqual([]);
      await core.db.sql`delete from uws.job where job_id = ${job.jobId}`;
      await core.db.sql`delete from core.compute_run`;
    }),
    { numRuns: 100 },
  );
  // The walks went somewhere.
  expect([...reached]).toEqual(expect.arrayContaining(['COMPLETED', 'ERROR', 'ABORTED', 'ARCHIVED', 'gone']));
}, 120_000);
