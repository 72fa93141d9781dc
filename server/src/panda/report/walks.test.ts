import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot, type TestPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { killJobs } from '../control/control.ts';
import { serverPart } from '../control/controller.ts';
import { panda } from '../index.ts';
import { type JobState, jobTransitions } from '../states.ts';
import { type ReportState, reportStates } from './report.ts';

const one = await testServer([panda]);
const two = await testServer([panda], {}, one);
const { db } = one.core;
let pilots: TestPilot[];

beforeAll(async () => {
  await one.core.queue.pause('panda.add-output');
  const first = await aPilot(one);
  pilots = [first, { ...first, ...speakTo(first.token) }];
});

/** The same pilot at the other server. */
function speakTo(token: string): Pick<TestPilot, 'call'> {
  return {
    async call(method, fields) {
      const answer = await two.app.inject({
        method: 'POST',
        url: `/server/panda/${method}`,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          'content-type': 'application/json',
        },
        payload: JSON.stringify(fields),
      });
      expect(answer.statusCode).toBe(200);
      return answer.json();
    },
  };
}

interface Step {
  state: ReportState;
  server: 0 | 1;
  /** Sent again without waiting for the answer, to the other server. */
  twice: boolean;
  wrongAttempt: boolean;
  kill: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  state: fc.constantFrom(...reportStates),
  server: fc.constantFrom(0 as const, 1 as const),
  twice: fc.boolean(),
  wrongAttempt: fc.constantFrom(false, false, false, true),
  kill: fc.constantFrom(...Array.from({ length: 9 }, () => false), true),
});

const killer = serverPart('a test');

/** A job that is live after every step: what was acknowledged is in the database. */
async function proveKept(jobId: number, { state, wrongAttempt }: Step, nEvents: number, hadFinal: boolean) {
  const [live] = await db.sql<
    { status: JobState; reported: boolean; reports: number; nEvents: number | null }[]
  >`
    select j.status, j.reported, h.n_events,
      (select count(*)::int from panda.output_report r where r.job_id = j.job_id) as reports
    from panda.job j left join panda.heartbeat h using (job_id) where j.job_id = ${jobId}`;
  if (live === undefined) return;
  expect({ reported: live.reported, reports: live.reports }).toEqual({
    reported: hadFinal,
    reports: hadFinal ? 1 : 0,
  });
  if (hadFinal) expect(live.status).toBe('holding');
  if (live.status === 'running' && state === 'running' && !wrongAttempt) expect(live.nEvents).toBe(nEvents);
}

async function walk(jobId: number, steps: readonly Step[]): Promise<void> {
  let nEvents = 0;
  let hadFinal = false;
  for (const taken of steps) {
    const { state, server, twice, wrongAttempt, kill } = taken;
    nEvents += 1;
    const report = { jobId, state, nEvents, attemptNr: wrongAttempt ? 2 : 1 };
    const send = (at: number) => pilots[at]?.call('updateJob', report);
    const answers = await Promise.all(twice ? [send(server), send(1 - server)] : [send(server)]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ StatusCode: 0, command: expect.any(String) });
      if (wrongAttempt) expect(answer?.command).toBe('tobekilled');
    }
    if (!wrongAttempt && (state === 'finished' || state === 'failed')) hadFinal = true;
    await proveKept(jobId, taken, nEvents, hadFinal);
    if (kill) await killJobs(one.core, killer, [jobId], { code: 91 });
  }
}

async function proveHistory(jobId: number): Promise<void> {
  const history = await db.sql<{ status: JobState; previous: JobState | null }[]>`
    select status, previous from panda.job_history where job_id = ${jobId} order by at, previous nulls first`;
  for (const { status, previous } of history) {
    if (previous !== null) expect(jobTransitions[previous]).toContain(status);
  }
}

test('whatever pilots report at two servers, no job takes a forbidden way and nothing acknowledged is lost', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.array(step, { maxLength: 12 }), { minLength: 1, maxLength: 8 }),
    async (walks) => {
      const jobs = await Promise.all(walks.map(() => aJob(db, { status: 'sent' })));
      await Promise.all(walks.map((steps, n) => walk(jobs[n]?.jobId ?? 0, steps)));
      for (const { jobId } of jobs) await proveHistory(jobId);
    },
  );
  await fc.assert(property, { numRuns: 25 });
  const [orphans] = await db.sql<{ n: number }[]>`
    select count(*)::int as n from panda.output_report where job_id not in (select job_id from panda.job)`;
  expect(orphans?.n).toBe(0);
}, 60_000);

test('two servers take the same final report once', async () => {
  const jobs = await Promise.all(Array.from({ length: 20 }, () => aJob(db, { status: 'running' })));
  const commands = await Promise.all(
    jobs.flatMap(({ jobId }) =>
      pilots.map(
        async (pilot) => (await pilot.call('updateJob', { jobId, state: 'finished', xml: '{}' })).command,
      ),
    ),
  );
  expect(commands.toSorted()).toEqual([
    ...Array.from({ length: 20 }, () => 'NULL'),
    ...Array.from({ length: 20 }, () => 'alreadydone'),
  ]);
  const jobIds = jobs.map(({ jobId }) => jobId);
  const [stored] = await db.sql`
    select count(*)::int as n from panda.output_report where job_id = any(${jobIds}::bigint[])`;
  expect(stored).toEqual({ n: 20 });
  const tasks = await one.core.queue.list({ kind: 'panda.add-output', limit: 1000 });
  const mine = tasks.filter(({ payload }) => jobIds.includes((payload as { jobId: number }).jobId));
  expect(mine).toHaveLength(20);
});
