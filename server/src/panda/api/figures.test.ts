import type {
  FoundRow,
  PandaErrorSummary,
  PandaOverview,
  PandaResourceTypeList,
  PandaShareTree,
  PandaThroughput,
  PandaWorker,
  PandaWorkerPage,
} from '@orrery/contracts';
import { expect, test } from 'vitest';
import { signUp } from '../../../../test/support/auth.ts';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { foldOutcomes } from '../jobs/tally.store.ts';

const server = await testServer([panda], { role: 'web' });
const { app, core } = server;
const { db } = core;

const alice = await signUp(core, 'alice', 'user');
const bob = await signUp(core, 'bob', 'user');
const olga = await signUp(core, 'olga', 'operator');

async function ask<T>(who: typeof alice, url: string): Promise<T> {
  const reply = await app.inject({ url: `/api/${url}`, headers: who.headers });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json();
}

async function ended(wish: JobWish, code: number | null): Promise<number> {
  const { jobId } = await aJob(db, { status: 'running', ...wish });
  await db.sql`update panda.job set status = 'holding', started_at = clock_timestamp() - interval '10 s' where job_id = ${jobId}`;
  const errors = code === null ? {} : { pilot: { code, diag: `diag of ${wish.owner}` } };
  const status = code === null ? 'finished' : 'failed';
  await db.transaction((tx) => endJobs(tx, [{ jobId, status, why: '', by: 'test', errors }]));
  return jobId;
}

const ofAlice = { owner: 'alice', ownerAccountId: alice.accountId, queue: 'EAST' };
const ofBob = { owner: 'bob', ownerAccountId: bob.accountId, queue: 'WEST' };
await ended(ofAlice, null);
await ended(ofAlice, 1305);
await ended(ofAlice, 1305);
await ended({ ...ofAlice, cores: 8 }, 1212);
const lastOfBob = await ended(ofBob, 1305);

test.each(['before', 'after'])(
  'errors are counted by code and by queue, %s the counters are folded',
  async (when) => {
    if (when === 'after') await db.transaction(foldOutcomes);
    const byCode = await ask<PandaErrorSummary>(olga, 'panda/errors');
    expect(byCode.rows.map(({ key, failed, meaning }) => [key, failed, meaning])).toEqual([
      ['pilot 1305', 3, 'the payload failed'],
      ['pilot 1212', 1, 'the payload ran out of memory'],
    ]);
    expect(byCode).toMatchObject({ failed: 4, ended: 5, hidden: 0, exact: true });
    expect(byCode.rows[0]?.example).toEqual({ job: lastOfBob, diag: 'diag of bob' });
    expect(byCode.rows[0]?.spark.at(-1)).toBe(3);
    expect(byCode.rows[1]?.lostCoreSeconds).toBeGreaterThanOrEqual(80);
    const byQueue = await ask<PandaErrorSummary>(
      olga,
      'panda/errors?by=queue&errorCode=1305&errorSource=pilot',
    );
    expect(byQueue.rows.map(({ key, failed, ended }) => [key, failed, ended])).toEqual([
      ['EAST', 2, 4],
      ['WEST', 1, 1],
    ]);
    expect((await ask<PandaErrorSummary>(olga, 'panda/errors?queue=WEST')).failed).toBe(1);
  },
);

test('errors by owner are counted for what the caller may see, examples are never those of others', async () => {
  const keys = async (who: typeof alice) =>
    (await ask<PandaErrorSummary>(who, 'panda/errors?by=owner')).rows.map(({ key, failed }) => [key, failed]);
  expect(await keys(olga)).toEqual([
    ['alice', 3],
    ['bob', 1],
  ]);
  expect(await keys(bob)).toEqual([['bob', 1]]);
  const { rows } = await ask<PandaErrorSummary>(bob, 'panda/errors');
  expect(rows.map(({ failed }) => failed)).toEqual([3, 1]);
  expect(rows.map(({ example }) => example?.diag ?? null)).toEqual(['diag of bob', null]);
});

test('the errors of one owner are counted by code, with what else of it ended and examples of its own', async () => {
  const ofAlices = await ask<PandaErrorSummary>(olga, 'panda/errors?owner=alice');
  expect(ofAlices.rows.map(({ key, failed, meaning }) => [key, failed, meaning])).toEqual([
    ['pilot 1305', 2, 'the payload failed'],
    ['pilot 1212', 1, 'the payload ran out of memory'],
  ]);
  expect(ofAlices).toMatchObject({ failed: 3, ended: 4 });
  expect(ofAlices.rows[0]?.example?.diag).toBe('diag of alice');
  expect((await ask<PandaErrorSummary>(olga, 'panda/errors?owner=alice&queue=WEST')).failed).toBe(0);
  expect(await ask<PandaErrorSummary>(bob, 'panda/errors?owner=alice')).toMatchObject({ rows: [], ended: 0 });
  const byClass = await ask<PandaErrorSummary>(olga, 'panda/errors?by=class&owner=alice');
  expect(byClass.rows.reduce((sum, { failed }) => sum + failed, 0)).toBe(3);
});

test('throughput counts whole minutes, and the overview what lives now', async () => {
  await db.sql`update panda.job_history set at = at - interval '5 minutes'`;
  const flow = await ask<PandaThroughput>(alice, 'panda/throughput?minutes=10');
  const sum = (list: number[]) => list.reduce((all, n) => all + n, 0);
  expect([flow.started, flow.finished, flow.failed, flow.stopped].map(sum)).toEqual([5, 1, 4, 0]);
  expect(flow.failed).toHaveLength(10);
  const other = await ask<PandaThroughput>(alice, 'panda/throughput?minutes=10&queue=WEST');
  expect([other.started, other.failed].map(sum)).toEqual([1, 1]);
  await aJob(db, { cores: 4 });
  const overview = await ask<PandaOverview>(alice, 'panda/overview');
  expect(overview).toMatchObject({ jobs: { activated: 1 }, cores: { running: 0, waiting: 4 } });
  expect(overview.finished.at(-1)).toBe(1);
  expect(overview.failed.at(-1)).toBe(4);
  expect(Date.parse(overview.oldestActivatedSince ?? '')).toBeLessThanOrEqual(Date.now());
  expect(overview.queues.online).toBeGreaterThanOrEqual(1);
});

test('shares show target and use, and only operators change them', async () => {
  await aJob(db, { share: 'Production', status: 'running', resourceType: 'MCORE' });
  await aJob(db, { share: 'Nowhere' });
  const tree = await ask<PandaShareTree>(alice, 'panda/shares');
  expect(tree.rows.find(({ name }) => name === 'Production')).toMatchObject({
    target: 50,
    actual: 100,
    executingJobs: 1,
    queuedJobs: 0,
    leaf: true,
    turn: null,
  });
  expect(tree.rows.find(({ name }) => name === 'User Analysis')).toMatchObject({
    actual: 0,
    queuedJobs: 1,
    turn: 1,
  });
  expect(tree.outside).toEqual([{ share: 'Nowhere', executingJobs: 0, queuedJobs: 1 }]);
  expect(tree.mayChange).toBe(false);
  const patch = (who: typeof alice, name: string, payload: object) =>
    app.inject({ method: 'PATCH', url: `/api/panda/shares/${name}`, headers: who.headers, payload });
  expect((await patch(alice, 'Production', { value: 10 })).statusCode).toBe(403);
  expect((await patch(olga, 'None', { value: 10 })).statusCode).toBe(404);
  expect((await patch(olga, 'Production', { matchers: { label: '(' } })).statusCode).toBe(400);
  expect((await patch(olga, 'Production', { matchers: { shoeSize: '4' } })).statusCode).toBe(400);
  expect((await patch(olga, 'Production', { value: -1 })).statusCode).toBe(400);
  const changed = (await patch(olga, 'Production', { value: 10, throttled: true })).json<PandaShareTree>();
  expect(changed.rows.find(({ name }) => name === 'Production')).toMatchObject({
    value: 10,
    throttled: true,
    matchers: { label: 'managed' },
  });
  expect(changed.rows.reduce((all, { target }) => all + target, 0)).toBeCloseTo(100);
});

test('resource types count their jobs', async () => {
  const { rows } = await ask<PandaResourceTypeList>(alice, 'panda/resource-types');
  expect(rows.find(({ name }) => name === 'MCORE')).toMatchObject({ minCores: 2, executingJobs: 1 });
});

test('workers are walked page by page, and name only jobs in sight', async () => {
  const at = '2026-01-01T00:00:00Z';
  for (let worker = 1; worker <= 7; worker++) {
    await db.sql`
      insert into panda.worker (harvester_id, worker_id, queue, status, modified_at, attributes)
      values ('h1', ${worker}, 'EAST', ${worker % 2 === 0 ? 'running' : 'finished'}, ${at},
        ${JSON.stringify({ stdOut: 'https://logs/1', stdErr: 'javascript:alert(1)' })}::text::jsonb)`;
  }
  await db.sql`insert into panda.job_worker (harvester_id, worker_id, job_id) values ('h1', 3, ${lastOfBob})`;
  const walked: number[] = [];
  let cursor = '';
  do {
    const page = await ask<PandaWorkerPage>(alice, `panda/workers?limit=3&queue=EAST${cursor}`);
    walked.push(...page.rows.map(({ worker }) => worker));
    cursor = page.older === null ? '' : `&cursor=${page.older}`;
  } while (cursor !== '' && walked.length < 50);
  expect(walked).toEqual([7, 6, 5, 4, 3, 2, 1]);
  const { rows, about } = await ask<PandaWorkerPage>(alice, 'panda/workers?status=running&harvester=h1');
  expect([rows.map(({ worker }) => worker), about]).toEqual([[6, 4, 2], 3]);
  expect(await ask<PandaWorker>(bob, 'panda/workers/h1/3')).toMatchObject({
    jobs: 1,
    jobIds: [lastOfBob],
    logs: [{ name: 'stdOut', href: 'https://logs/1' }],
  });
  expect((await ask<PandaWorker>(alice, 'panda/workers/h1/3')).jobIds).toEqual([]);
});

test.each([
  'workers?cursor=abc',
  `workers?cursor=${Buffer.from('["older",1,"a\\u0000",1]').toString('base64url')}`,
  'workers?limit=0',
  'workers?queue=',
  'errors?by=colour',
  'errors?hours=0',
  'errors?by=queue&owner=alice',
  'errors?by=queue&task=10000000',
  'errors?errorCode=x',
  'throughput?minutes=4',
  'throughput?minutes=1000',
])('%s is refused', async (url) => {
  const reply = await app.inject({ url: `/api/panda/${url}`, headers: olga.headers });
  expect(reply.statusCode, reply.body).toBe(400);
});

test('the palette finds jobs by number and queues by name, but not the jobs of others', async () => {
  const find = async (who: typeof alice, q: string) =>
    (await ask<{ rows: FoundRow[] } | FoundRow[]>(who, `core/find?q=${q}`)) as unknown;
  expect(JSON.stringify(await find(bob, String(lastOfBob)))).toContain(`/ui/work/jobs/${lastOfBob}`);
  expect(JSON.stringify(await find(alice, String(lastOfBob)))).not.toContain('/ui/work/jobs/');
  expect(JSON.stringify(await find(alice, 'loca'))).toContain('/ui/work/queues/LOCAL');
});
