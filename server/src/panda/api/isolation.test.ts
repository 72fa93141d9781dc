import { expect, test } from 'vitest';
import { signUp } from '../../../../test/support/auth.ts';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import type { RouteRow } from '../../core/http/index.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { mayFollowJob, sightOf } from './sight.ts';

const server = await testServer([panda], { role: 'web' });
const { app, core } = server;
const { db } = core;

const alice = await signUp(core, 'alice', 'user');
/** Everybody who has no business with alice's jobs. */
const strangers = {
  user: await signUp(core, 'mallory', 'user'),
  'pilot of the VO': await signUp(core, 'pia', 'panda.pilot:local'),
  'producer of another VO': await signUp(core, 'petra', 'panda.production:astro'),
  'producer of another group': await signUp(core, 'greta', 'panda.production:local/other'),
};

/** A job of alice's with everything a job can have, waiting or ended. */
async function secretJob(isFinal: boolean): Promise<number> {
  const { jobId } = await aJob(db, {
    owner: 'secret-alice',
    ownerAccountId: alice.accountId,
    queue: 'TEST',
    status: 'running',
    parameters: 'secret parameters',
    transformation: 'http://secret/trf',
    debug: true,
    taskId: 10_000_000,
  });
  await db.sql`update panda.job set name = 'secret-name', node = 'secret-node' where job_id = ${jobId}`;
  await db.sql`
    insert into panda.file (job_id, ordinal, type, lfn, status) values (${jobId}, 0, 'output', 'secret.root', 'defined')`;
  await db.sql`insert into panda.job_text (job_id, kind, content) values (${jobId}, 'pilot-log', 'secret log')`;
  await db.sql`insert into panda.job_debug (job_id, stdout, at) values (${jobId}, 'secret stdout', clock_timestamp())`;
  await db.sql`
    insert into panda.worker (harvester_id, worker_id, queue, status) values ('h', ${jobId}, 'TEST', 'running')`;
  await db.sql`insert into panda.job_worker (harvester_id, worker_id, job_id) values ('h', ${jobId}, ${jobId})`;
  const errors = { pilot: { code: 1305, diag: 'secret diagnosis' } };
  if (isFinal)
    await db.transaction((tx) =>
      endJobs(tx, [{ jobId, status: 'failed', why: 'secret', by: 'secret-alice', errors }]),
    );
  return jobId;
}

// A number that stands in no other text.
await db.sql`select setval('panda.job_id_seq', 47110815)`;
const jobs = { live: await secretJob(false), final: await secretJob(true) };
const unknown = 999_999_999;
await db.sql`
  insert into panda.task (task_id, name, status, super_status, owner, owner_account_id, label, type, assigned_priority,
    priority, parameters, vo)
  values (10000000, 'secret', 'running', 'running', 'secret-alice', ${alice.accountId}, 'user', 'anal', 1, 1, '{}', 'local')`;

const ofOneJob = server.routes.rows.filter(
  ({ owner, url }) =>
    owner === 'panda' && (/^\/api\/panda\/jobs\/:id/.test(url) || /^\/(job|task)(\/|$)/.test(url)),
);
const bodies: Readonly<Record<string, object>> = {
  debug: { on: false },
  command: { command: 'ls' },
  priority: { priority: 1 },
};

async function answered({ method, url }: RouteRow, jobId: number, headers: Record<string, string>) {
  const path = url.replace(':id', String(jobId)).replace(':kind', 'pilot-log').replace(':file', '1');
  const body = bodies[url.split('/').at(-1) ?? ''] ?? {};
  const reply = await app.inject({
    method: method as 'GET',
    url: `${path}?json&pandaid=${jobId}`,
    headers,
    ...(method === 'GET' ? {} : { payload: body }),
  });
  const said = reply.body.replace(/"requestId":"\w+"/, '').replaceAll(String(jobId), '#');
  return [reply.statusCode, said];
}

test('the routes of one job are found', () => {
  expect(ofOneJob.length).toBeGreaterThan(12);
});

test.each(Object.entries(strangers))(
  'to a %s a job of another is as if it were not there, at every address of a job',
  async (_who, { headers }) => {
    const before = await db.sql`select * from panda.job order by job_id`;
    const wrong: string[] = [];
    for (const row of ofOneJob) {
      const nothing = await answered(row, unknown, headers);
      for (const jobId of Object.values(jobs)) {
        const said = await answered(row, jobId, headers);
        if (JSON.stringify(said) !== JSON.stringify(nothing))
          wrong.push(`${row.method} ${row.url}: ${JSON.stringify(said)} for ${JSON.stringify(nothing)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await db.sql`select * from panda.job order by job_id`).toEqual(before);
  },
);

test.each(Object.entries(strangers))(
  'no list holds a word of another’s job for a %s',
  async (_who, { headers }) => {
    const urls = [
      '/api/panda/jobs',
      '/api/panda/jobs?owner=secret-alice',
      '/api/panda/jobs?node=secret-node',
      '/api/panda/jobs?text=secret',
      '/api/panda/jobs?task=10000000',
      '/api/panda/jobs/facets?owner=secret-alice',
      '/api/panda/jobs/export?format=jsonl',
      '/api/panda/errors',
      '/api/panda/errors?by=owner',
      '/api/panda/errors?by=node',
      '/api/panda/overview',
      '/api/panda/throughput',
      '/api/panda/shares',
      '/api/panda/queues',
      '/api/panda/workers',
      `/api/panda/workers/h/${jobs.live}`,
      `/api/core/find?q=${jobs.live}`,
      `/jobs/?json&pandaid=${jobs.live},${jobs.final}`,
      '/jobs/?json&days=30',
      '/tasks/?json',
    ];
    for (const url of urls) {
      const { statusCode, body } = await app.inject({ url, headers });
      expect([url, statusCode], body).toEqual([url, 200]);
      expect(body, url).not.toContain('secret');
      if (url.includes('owner=secret-alice') && !url.includes('facets'))
        expect(JSON.parse(body)).toMatchObject({ rows: [] });
      if (url.includes('facets')) expect(JSON.parse(body)).toHaveProperty('states', {});
      if (url.endsWith(`/h/${jobs.live}`)) expect(JSON.parse(body)).toMatchObject({ jobIds: [] });
    }
  },
);

test('events of a job go to its owner and to operators', async () => {
  const identity = async (who: { headers: { authorization: string } }) =>
    await core.auth.authenticate({ headers: who.headers }, { session: false });
  const data = { status: 'running', queue: 'TEST', task: null, account: alice.accountId };
  const [owner, stranger] = [await identity(alice), await identity(strangers.user)];
  expect(sightOf(owner)).toMatchObject({ accountId: alice.accountId, scopes: [] });
  expect([mayFollowJob(owner, data), mayFollowJob(stranger, data)]).toEqual([true, false]);
  expect(mayFollowJob(stranger, { ...data, account: null })).toBe(false);
});

test('the owner, and producers of the VO, see all of it', async () => {
  const producer = await signUp(core, 'paul', 'panda.production:local');
  for (const { headers } of [alice, producer]) {
    for (const jobId of Object.values(jobs)) {
      const { statusCode, body } = await app.inject({ url: `/api/panda/jobs/${jobId}`, headers });
      expect(statusCode).toBe(200);
      expect(body).toContain('secret parameters');
    }
  }
});
