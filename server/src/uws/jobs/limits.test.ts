import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aDefinition, aJob } from '../../../../test/support/uws.ts';
import { createAccount, createIdentity, createToken, type Identity } from '../../core/auth/index.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';
import { destroyDue } from '../run/destroy-due.schedule.ts';
import { serviceOf } from '../service.ts';
import { changePhase, insertJobs } from './jobs.store.ts';
import { createJob, destroyJob, runJob, updateWishes } from './jobs.ts';
import { findUsage } from './usage.store.ts';

// A web process: jobs that are run stay QUEUED.
const { core, address } = await testServer([uws], {
  role: 'web',
  'uws.maxActiveJobs': '3',
  'uws.maxJobs': '5',
  'uws.uploadQuotaMb': '2',
});
const service = serviceOf(core);
const parameters = [{ name: 'image', type: 'file' as const, multiple: true }];
await installDefinition(core.db, aDefinition({ parameters }), 'tester', new Date());
service.catalog.forget();
const definition = await service.catalog.get('probe');
const user = (name: string): Identity =>
  createIdentity(core.auth.permissions, {
    kind: 'account',
    accountId: 1,
    name,
    displayName: name,
    grants: [{ role: 'user', scope: null }],
    via: 'bearer',
  });
const none = { texts: new Map(), uploads: new Map(), unknown: 'keep' } as const;
const make = (name: string, run = false) =>
  createJob(service, definition, { given: none, wishes: {}, run }, user(name));
const codesOf = (outcomes: ReadonlyArray<PromiseSettledResult<unknown>>) =>
  outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'ok' : outcome.reason.code)).sort();
const jobsOf = async (name: string) =>
  (
    await core.db.sql<{ phase: string }[]>`select phase from uws.job where owner_id = ${name} order by phase`
  ).map(({ phase }) => phase);

test('a user has at most so many jobs, also when all are asked for at the same moment', async () => {
  const outcomes = await Promise.allSettled([
    ...Array.from({ length: 8 }, () => make('anna')),
    ...Array.from({ length: 3 }, () => make('anton')),
    ...Array.from({ length: 4 }, () => make('anna', true)),
  ]);
  const counts = Object.groupBy(codesOf(outcomes), (code) => code);
  expect(counts.ok).toHaveLength(5 + 3);
  expect(await jobsOf('anna')).toHaveLength(5);
  expect(await jobsOf('anton')).toHaveLength(3);
  await expect(make('anna')).rejects.toMatchObject({ kind: 'forbidden', code: 'uws.jobs-full' });
  await make('anton');
});

test('of a user at most so many jobs wait or run, also when all are run at the same moment', async () => {
  const jobIds = await Promise.all(Array.from({ length: 5 }, () => make('bert')));
  const outcomes = await Promise.allSettled(jobIds.map((jobId) => runJob(service, jobId, user('bert'))));
  expect(codesOf(outcomes)).toEqual(['ok', 'ok', 'ok', 'uws.active-jobs-full', 'uws.active-jobs-full']);
  expect(await jobsOf('bert')).toEqual(['PENDING', 'PENDING', 'QUEUED', 'QUEUED', 'QUEUED']);
  const [queued] = await core.db.sql<{ jobId: string }[]>`
    select job_id from uws.job where owner_id = 'bert' and phase = 'QUEUED' limit 1`;
  await destroyJob(service, queued?.jobId ?? '', user('bert'));
  await expect(make('bert', true)).resolves.toEqual(expect.any(String));
});

test('a job that is to be run at once and may not is not made', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => make('carl', true)));
  expect(codesOf(outcomes)).toEqual(['ok', 'ok', 'ok', 'uws.active-jobs-full', 'uws.active-jobs-full']);
  expect(await jobsOf('carl')).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
  const runs = await core.db.sql`
    select from core.compute_run as run join uws.job on run.run_id = compute_run_id where job.owner_id = 'carl'`;
  expect(runs).toHaveLength(3);
});

test('callers without identity share one limit', async () => {
  const jobs = Array.from({ length: 7 }, () => aJob(definition, { ownerId: null }));
  const answers = await Promise.allSettled(jobs.map((job) => service.createPending(job)));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
});

test('the sum for each owner is what a count gives, whatever happens to the jobs', async () => {
  const file = { fileName: 'a', mediaType: 'text/plain', url: null, hash: 'a'.repeat(64), sizeBytes: 1000 };
  const image = (files: number) => [
    { name: 'image', value: 'a', isDefault: false, files: Array.from({ length: files }, () => file) },
  ];
  const jobs = [0, 1, 2, 3].map((count) => aJob(definition, { ownerId: 'dora', parameters: image(count) }));
  await insertJobs(core.db.sql, jobs);
  expect(await findUsage(core.db.sql, 'dora')).toEqual({ jobs: 4, inputBytes: 6000 });
  const [none, one, two, three] = jobs.map(({ jobId }) => jobId) as [string, string, string, string];
  await core.db.sql`update uws.job set destruction_at = now() where job_id = ${three}`;
  await destroyDue(core);
  expect(await findUsage(core.db.sql, 'dora')).toEqual({ jobs: 3, inputBytes: 3000 });
  await destroyJob(service, three, user('dora'));
  await destroyJob(service, two, user('dora'));
  expect(await findUsage(core.db.sql, 'dora')).toEqual({ jobs: 2, inputBytes: 1000 });
  const at = new Date();
  await core.db.transaction((tx) => changePhase(tx, none, { to: 'ABORTED', who: 'client', why: '', at }));
  const waiting = { ...file, hash: null, sizeBytes: null };
  await core.db.sql`
    update uws.job set parameters = ${JSON.stringify([{ ...image(0)[0], files: [waiting] }])}::text::jsonb
    where job_id = ${one}`;
  expect(await findUsage(core.db.sql, 'dora')).toEqual({ jobs: 2, inputBytes: 0 });
});

await createAccount(core.auth.context, { name: 'tester' }, { name: 'erna', roles: ['user'] });
const token = await createToken(core.auth.context, { name: 'tester' }, { user: 'erna' });
const headers = { authorization: `Bearer ${token}` };

function upload(bytes: number, path = '/rest/probe'): Promise<Response> {
  const body = new FormData();
  body.append('image', new Blob([Buffer.alloc(bytes, Math.random() * 256)]), 'a.fits');
  return fetch(`${address}${path}`, { method: 'POST', headers, body, redirect: 'manual' });
}

test('inputs above the quota are refused, and room comes back when jobs go', async () => {
  const first = await upload(1_500_000);
  expect(first.status).toBe(303);
  const refused = await upload(600_000);
  expect(refused.status).toBe(413);
  expect(await refused.text()).toMatch(/inputs of one user's jobs may have 2 MB\. Delete or archive/);
  expect(await jobsOf('erna')).toHaveLength(1);
  expect((await upload(400_000)).status).toBe(303);
  await fetch(first.headers.get('location') ?? '', { method: 'DELETE', headers, redirect: 'manual' });
  expect((await upload(1_400_000)).status).toBe(303);
});

test('several files of one form count together, also while they are stored side by side', async () => {
  const body = new FormData();
  for (const name of ['a', 'b', 'c', 'd'])
    body.append('image', new Blob([Buffer.alloc(150_000, name)]), `${name}.fits`);
  const before = await findUsage(core.db.sql, 'erna');
  const answer = await fetch(`${address}/rest/probe`, { method: 'POST', headers, body, redirect: 'manual' });
  expect([answer.status, await findUsage(core.db.sql, 'erna')]).toEqual([413, before]);
});

test('a body that says it is above the quota is refused before it is sent', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const type = 'multipart/form-data; boundary=x';
    const sent = httpRequest(`${address}/rest/probe`, {
      method: 'POST',
      headers: { ...headers, 'content-type': type, 'content-length': '50000000' },
    });
    sent.on('response', (response) => {
      resolve(response.statusCode);
      sent.destroy();
    });
    sent.on('error', reject);
    // The head alone: a server that wanted the body first would never answer.
    sent.flushHeaders();
  });
  expect(status).toBe(413);
});

test('of two uploads at the same moment that fit only alone, one is kept', async () => {
  for (const job of await core.db.sql<
    { jobId: string }[]
  >`select job_id from uws.job where owner_id = 'erna'`) {
    await destroyJob(service, job.jobId, user('erna'));
  }
  const statuses = (await Promise.all([upload(1_200_000), upload(1_300_000)])).map(({ status }) => status);
  expect(statuses.sort()).toEqual([303, 413]);
});

test('a change of a PENDING job is held to the quota only where its inputs grow', async () => {
  const [job] = await core.db.sql<{ jobId: string }[]>`select job_id from uws.job where owner_id = 'erna'`;
  const jobId = job?.jobId ?? '';
  expect((await upload(1_990_000, `/rest/probe/${jobId}/parameters`)).status).toBe(413);
  expect((await upload(500_000, `/rest/probe/${jobId}/parameters`)).status).toBe(303);
  expect((await findUsage(core.db.sql, 'erna')).inputBytes).toBe(500_000);
  await updateWishes(service, jobId, user('erna'), { runId: 'named' });
});
