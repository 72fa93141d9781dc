import type { PandaJobFacets, PandaJobPage } from '@orrery/contracts';
import { beforeAll, expect, test } from 'vitest';
import { aJob, type JobWish } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { endJobs } from '../jobs/archive.store.ts';
import { type Page, pageOfJobs } from './job-list.ts';
import { ownersOf } from './owners.ts';

const { app, core } = await testServer([panda], { role: 'web' });
const { db } = core;
const tester = { name: 'tester' };
const jobs = new Map<string, number>();
let headers: Record<string, string> = {};

beforeAll(async () => {
  await createAccount(core.auth.context, tester, { name: 'olga', roles: ['operator'] });
  headers = { authorization: `Bearer ${await createToken(core.auth.context, tester, { user: 'olga' })}` };
  const ann = await createAccount(core.auth.context, tester, {
    ...{ name: 'ann', displayName: 'Ann Miller', roles: ['user'] },
  });
  const wishes: Array<[string, JobWish, boolean]> = [
    ['by account', { owner: 'Ann Miller', ownerAccountId: ann.accountId }, true],
    ['under an older name', { owner: 'Ann Smith', ownerAccountId: ann.accountId }, false],
    ['by a robot', { owner: 'Ann Miller', ownerAccountId: null }, true],
    ['of another', { owner: 'Anton', ownerAccountId: null }, true],
    ['with a percent', { owner: '100% Bob', ownerAccountId: null }, false],
  ];
  for (const [name, wish, isFinal] of wishes) {
    const { jobId } = await aJob(db, isFinal ? { ...wish, status: 'running' } : wish);
    if (isFinal)
      await db.transaction((tx) =>
        endJobs(tx, [{ jobId, status: 'failed', why: '', by: 'test', errors: {} }]),
      );
    jobs.set(name, jobId);
  }
  await db.sql`
    insert into panda.task (task_id, name, status, super_status, owner, owner_account_id, label, type,
      assigned_priority, priority, parameters)
    values (10000000, 'ann.one', 'running', 'running', 'Ann Miller', ${ann.accountId}, 'user', 'anal', 1000, 1000, '{}')`;
});

const found = (ids: readonly unknown[]): string[] =>
  [...jobs].flatMap(([name, jobId]) => (ids.map(Number).includes(jobId) ? [name] : [])).toSorted();

const ofAnn = ['by a robot', 'by account', 'under an older name'];
const cases: Array<[string, string[]]> = [
  ['Ann Miller', ['by a robot', 'by account']],
  ['ann', ofAnn],
  ['ANN', ofAnn],
  ['/DC=org/CN=users/CN=ann/CN=4711/CN=Ann Miller', ['by a robot', 'by account']],
  ['Ann*', [...ofAnn]],
  ['An*', [...ofAnn, 'of another']],
  ['*mi*er*', []],
  ['*Mi**er', ['by a robot', 'by account']],
  ['*', [...ofAnn, 'of another', 'with a percent']],
  ['100%*', ['with a percent']],
  ['_nton*', []],
  ['nobody', []],
  ['nobody*', []],
];

test.each(cases)(
  'jobs of %j are found, live and final, in lists and by BigPanDAmon’s words',
  async (owner, expected) => {
    const sorted = expected.toSorted();
    const words = new URLSearchParams({ owner });
    const page = (await app.inject({ url: `/api/panda/jobs?${words}`, headers })).json<PandaJobPage>();
    expect(found(page.rows.map(({ id }) => id))).toEqual(sorted);
    const facets = (
      await app.inject({ url: `/api/panda/jobs/facets?${words}`, headers })
    ).json<PandaJobFacets>();
    expect(Object.values(facets.states).reduce((sum, n) => sum + n, 0)).toBe(expected.length);
    for (const name of ['username', 'produsername']) {
      const url = `/jobs/?json&${new URLSearchParams({ [name]: owner })}`;
      const monitor = (await app.inject({ url, headers })).json<{ jobs: Array<{ pandaid: number }> }>();
      expect(found(monitor.jobs.map(({ pandaid }) => pandaid))).toEqual(sorted);
    }
  },
);

test.each([
  ['ann', 1],
  ['Ann Miller', 1],
  ['*Miller', 1],
  ['Miller', 0],
])('tasks of %j are found alike', async (username, count) => {
  const reply = await app.inject({ url: `/tasks/?json&${new URLSearchParams({ username })}`, headers });
  expect(reply.json()).toHaveLength(count);
});

test('the page is asked for the same person', async () => {
  const reply = await app.inject({ url: '/jobs/?username=Ann+Miller' });
  expect(reply.headers.location).toContain('/ui/work/jobs?q=owner%3A%22Ann+Miller%22');
});

test('walking in small steps meets every job of somebody with several names once', async () => {
  const filter = { sight: 'all', owners: await ownersOf(db.sql, 'ann') } as const;
  const effort = { budgetMs: 0, chunks: { live: 1, archive: 1 } };
  const met: number[] = [];
  let page: Page = await pageOfJobs(db.sql, filter, 1, undefined, effort);
  for (let steps = 0; steps < 20; steps++) {
    met.push(...page.rows.map(({ jobId }) => jobId));
    if (page.older === null) break;
    page = await pageOfJobs(db.sql, filter, 1, page.older, effort);
  }
  expect(met).toEqual([...met].toSorted((a, b) => b - a));
  expect(found(met)).toEqual(ofAnn);
  expect(new Set(met).size).toBe(met.length);
});

test('of a pattern that fits very many names none is looked up', async () => {
  await db.sql`
    insert into panda.job_archive (job_id, status, queue, label, owner)
    select 5000000 + n, 'finished', 'Q', 'user', 'crowd ' || n from generate_series(1, 30) n`;
  expect(await ownersOf(db.sql, 'crowd *')).toMatchObject({ names: null, pattern: 'crowd %' });
  expect(await ownersOf(db.sql, 'crowd 2?')).toMatchObject({ names: ['crowd 2?'], pattern: null });
  const page = await pageOfJobs(db.sql, { sight: 'all', owners: await ownersOf(db.sql, 'crowd *') }, 50);
  expect(page.rows).toHaveLength(30);
});
