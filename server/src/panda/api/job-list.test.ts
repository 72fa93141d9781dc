import type { PandaJobFacets, PandaJobPage } from '@orrery/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import type { JobErrors } from '../jobs/job.ts';
import type { JobCursor } from './cursor.ts';
import { type Page, pageOfJobs } from './job-list.ts';

const server = await testServer([panda], { role: 'web' });
const { app, core } = server;
const { db } = core;
const tester = { name: 'tester' };

async function signedUp(name: string, ...roles: string[]): Promise<{ accountId: number; headers: object }> {
  const { accountId } = await createAccount(core.auth.context, tester, { name, roles });
  const token = await createToken(core.auth.context, tester, { user: name, expires: '1h' });
  return { accountId, headers: { authorization: `Bearer ${token}` } };
}
const alice = await signedUp('alice', 'user');
const bob = await signedUp('bob', 'user');
const olga = await signedUp('olga', 'operator');
const petra = await signedUp('petra', 'panda.production:astro');

async function ask<T>(who: { headers: object }, url: string): Promise<T> {
  const reply = await app.inject({ url: `/api/panda/${url}`, headers: { ...who.headers } });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json();
}
const idsOf = (page: PandaJobPage) => page.rows.map(({ id }) => id);

async function ended(
  wish: JobWish,
  status: 'finished' | 'failed' | 'cancelled' | 'closed' = 'finished',
  errors: JobErrors = {},
): Promise<number> {
  const { jobId } = await aJob(db, { status: status === 'finished' ? 'holding' : 'running', ...wish });
  await db.transaction((tx) => endJobs(tx, [{ jobId, status, why: 'the test ends it', by: 'test', errors }]));
  return jobId;
}

/** Twelve jobs of alice, live and ended by turns, oldest first. */
const mixed: number[] = [];
for (let n = 0; n < 12; n++) {
  const wish = {
    ownerAccountId: alice.accountId,
    owner: 'alice',
    queue: n < 6 ? 'EAST' : 'WEST',
    taskId: 10_000_000,
  };
  mixed.push(
    n % 2 === 0 ? await ended(wish, n % 4 === 0 ? 'failed' : 'finished') : (await aJob(db, wish)).jobId,
  );
}
const ofBob = await ended(
  { ownerAccountId: bob.accountId, owner: 'bob', queue: 'NORTH', vo: 'astro' },
  'failed',
  {
    pilot: { code: 1305, diag: 'the payload said no' },
    trans: { code: 3, diag: '' },
  },
);

test('live and final jobs stand in one list, newest first', async () => {
  const page = await ask<PandaJobPage>(olga, 'jobs');
  expect(idsOf(page)).toEqual([ofBob, ...mixed.toReversed()]);
  expect(page).toMatchObject({ newer: null, older: null, searchedTo: null, about: 13 });
});

test('a job that failed says why in its row', async () => {
  const { rows } = await ask<PandaJobPage>(olga, 'jobs?queue=NORTH');
  expect(rows[0]).toMatchObject({
    id: ofBob,
    status: 'failed',
    error: { source: 'pilot', code: 1305, meaning: 'the payload failed', diag: 'the payload said no' },
    deadline: null,
  });
});

test('a job that waits has a deadline and is not overdue', async () => {
  const { rows } = await ask<PandaJobPage>(olga, 'jobs?status=activated&limit=1');
  expect(rows[0]?.overdue).toBe(false);
  expect(Date.parse(rows[0]?.deadline ?? '')).toBeGreaterThan(Date.now());
});

test('a user sees nothing of others; production roles see their VO, operators everybody', async () => {
  expect(idsOf(await ask(alice, 'jobs'))).toEqual(mixed.toReversed());
  expect(idsOf(await ask(bob, 'jobs'))).toEqual([ofBob]);
  expect(idsOf(await ask(petra, 'jobs'))).toEqual([ofBob]);
  expect(idsOf(await ask(bob, 'jobs?owner=alice'))).toEqual([]);
  expect((await ask<PandaJobFacets>(bob, 'jobs/facets')).states).toEqual({ failed: 1 });
});

test('facets count what the filter leaves, whatever states it asks for', async () => {
  const all = { activated: 6, failed: 3, finished: 3 };
  expect((await ask<PandaJobFacets>(alice, 'jobs/facets?status=failed')).states).toEqual(all);
  const { states, exact, finalHours } = await ask<PandaJobFacets>(olga, 'jobs/facets');
  expect({ states, exact, finalHours }).toEqual({
    states: { ...all, failed: 4 },
    exact: true,
    finalHours: 24,
  });
  expect((await ask<PandaJobFacets>(olga, 'jobs/facets?owner=alice')).states).toEqual(all);
  expect((await ask<PandaJobFacets>(olga, 'jobs/facets?queue=NORTH')).states).toEqual({ failed: 1 });
});

test.each([
  [
    'status=failed&status=activated',
    [ofBob, ...mixed.filter((_, n) => n % 2 === 1 || n % 4 === 0).toReversed()],
  ],
  ['queue=EAST', mixed.slice(0, 6).toReversed()],
  ['queue=EAST&status=activated', [mixed[5], mixed[3], mixed[1]]],
  ['owner=bob', [ofBob]],
  ['task=10000000&status=finished', [mixed[10], mixed[6], mixed[2]]],
  ['errorSource=pilot&errorCode=1305', [ofBob]],
  ['errorSource=pilot', [ofBob]],
  ['errorCode=1305', [ofBob]],
  ['vo=astro', [ofBob]],
  ['label=managed', []],
  ['createdAfter=2999-01-01T00:00:00Z', []],
  ['createdBefore=2000-01-01T00:00:00Z', []],
  ['modifiedBefore=2000-01-01T00:00:00Z', []],
])('the filter %s finds its jobs', async (query, expected) => {
  expect(idsOf(await ask(olga, `jobs?${query}`))).toEqual(expected);
});

test('times far back leave all jobs in', async () => {
  const query =
    'createdAfter=2000-01-01T00:00:00Z&modifiedAfter=2000-01-01T00:00:00Z&createdBefore=2999-01-01T00:00:00Z';
  expect(idsOf(await ask(olga, `jobs?${query}`))).toHaveLength(13);
});

test('a name is found by its beginning, and signs of patterns are plain text', async () => {
  await db.sql`update panda.job_archive set name = 'run_1%x' where job_id = ${ofBob}`;
  await db.sql`update panda.job set name = 'run_12' where job_id = ${mixed[1] ?? 0}`;
  expect(idsOf(await ask(olga, 'jobs?text=run_1'))).toEqual([ofBob, mixed[1]]);
  expect(idsOf(await ask(olga, `jobs?text=${encodeURIComponent('run_1%')}`))).toEqual([ofBob]);
  expect(idsOf(await ask(olga, 'jobs?text=un_1'))).toEqual([]);
});

test('walking there and back in pages of any size meets every job once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 14 }),
      fc.constantFrom('', '&status=finished&status=activated', '&queue=EAST', '&task=10000000'),
      async (limit, filter) => {
        const whole = idsOf(await ask(alice, `jobs?limit=500${filter}`));
        const walked: number[] = [];
        const pages: PandaJobPage[] = [];
        let cursor = '';
        do {
          const page = await ask<PandaJobPage>(alice, `jobs?limit=${limit}${filter}${cursor}`);
          pages.push(page);
          walked.push(...idsOf(page));
          cursor = page.older === null ? '' : `&cursor=${page.older}`;
        } while (cursor !== '' && pages.length < 30);
        expect(walked).toEqual(whole);
        for (let n = pages.length - 1; n > 0; n--) {
          const back = await ask<PandaJobPage>(
            alice,
            `jobs?limit=${limit}${filter}&cursor=${pages[n]?.newer}`,
          );
          expect(idsOf(back)).toEqual(idsOf(pages[n - 1] as PandaJobPage));
        }
      },
    ),
    { numRuns: 25 },
  );
});

test('a search that stops for its time goes on from there without loss, whatever it looks at in one go', async () => {
  const filters = [
    {},
    { queue: 'EAST' },
    { statuses: ['activated', 'failed'] as const },
    { label: 'nobody' },
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(...filters),
      async (limit, live, archive, part) => {
        const filter = { sight: 'all' as const, ...part };
        const whole = (await pageOfJobs(db.sql, filter, 100)).rows.map(({ jobId }) => jobId);
        // No time at all: each page looks at one part of each table.
        const effort = { budgetMs: 0, chunks: { live, archive } };
        for (const direction of ['older', 'newer'] as const) {
          const walked: number[] = [];
          let from: JobCursor | null = direction === 'older' ? null : { direction, jobId: 0 };
          let pages = 0;
          do {
            const page: Page = await pageOfJobs(db.sql, filter, limit, from ?? undefined, effort);
            const ids = page.rows.map(({ jobId }) => jobId);
            expect(ids.length).toBeLessThanOrEqual(limit);
            if (direction === 'older') walked.push(...ids);
            else walked.unshift(...ids);
            from = page[direction];
          } while (from !== null && ++pages < 60);
          expect(walked).toEqual(whole);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test.each([
  ['status=flying', 400],
  ['limit=0', 400],
  ['limit=501', 400],
  ['task=abc', 400],
  ['task=99999999999999999999', 400],
  ['cursor=x1', 400],
  ['errorCode=99999999999', 400],
  ['createdAfter=yesterday', 400],
  ['queue=%00', 400],
  ['text=%00', 400],
  ['queue=', 400],
])('jobs?%s is refused', async (query, status) => {
  const reply = await app.inject({ url: `/api/panda/jobs?${query}`, headers: { ...olga.headers } });
  expect(reply.statusCode, reply.body).toBe(status);
  expect(reply.json().message).toEqual(expect.any(String));
});

test('an export holds the whole view, as lines of JSON or of a table', async () => {
  const lines = async (query: string) =>
    (await app.inject({ url: `/api/panda/jobs/export?${query}`, headers: { ...olga.headers } })).body
      .trim()
      .split(/\r?\n/);
  expect((await lines('format=jsonl')).map((line) => (JSON.parse(line) as { id: number }).id)).toEqual([
    ofBob,
    ...mixed.toReversed(),
  ]);
  const table = await lines('queue=NORTH');
  expect(table[0]).toMatch(/^id,name,status,/);
  expect(table[1]).toMatch(/pilot,1305,the payload said no$/);
  expect(table).toHaveLength(2);
});

test('jobs that end while somebody walks are met once', async () => {
  const ids: number[] = [];
  for (let n = 0; n < 9; n++) ids.push((await aJob(db, { queue: 'MOVING', status: 'holding' })).jobId);
  const walked: number[] = [];
  let from: JobCursor | null = null;
  do {
    const page: Page = await pageOfJobs(db.sql, { sight: 'all', queue: 'MOVING' }, 2, from ?? undefined);
    walked.push(...page.rows.map(({ jobId }) => jobId));
    from = page.older;
    const next = ids.filter((jobId) => !walked.includes(jobId)).slice(-2);
    await db.transaction((tx) =>
      endJobs(
        tx,
        next.map((jobId) => ({ jobId, status: 'finished', why: '', by: 'test' })),
      ),
    );
  } while (from !== null);
  expect(walked).toEqual(ids.toReversed());
});
