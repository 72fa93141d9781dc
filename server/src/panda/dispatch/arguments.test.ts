import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { aPilot } from '../../../../test/support/pilot.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';

const server = await testServer([panda], { 'panda.dispatch.sloppyPercent': '-1' });
const { db } = server.core;
const pilot = await aPilot(server);
const user = await aPilot(server, { name: 'ann', role: 'user' });
const none = { StatusCode: 20, errorDialog: 'no jobs in PanDA' };

/** Every argument of getJob, with a value that the job below meets. */
const legacy = {
  siteName: 'ALL',
  prodSourceLabel: 'user',
  computingElement: 'ce.example.org',
  node: 'slot1@wn.example.org',
  mem: 4000,
  diskSpace: 9000,
  cpu: 2400,
  workingGroup: 'a group',
  countryGroup: 'a country',
  allowOtherCountry: 'True',
  taskID: 4711,
  resourceType: 'MCORE',
  jobType: 'user',
  prodUserID: '/DC=org/CN=users/CN=ann/CN=4711/CN=Ann Miller',
  harvester_id: 'h1',
  worker_id: 12,
  schedulerID: 'harvester-h1',
  background: 'True',
  viaTopic: 'True',
  getProxyKey: 'True',
  remaining_time: 7200,
  timeout: 60,
  token: 'x',
  anything: 'else',
};
const v1 = {
  ...{ site_name: 'ALL', prod_source_label: 'user', computing_element: 'ce.example.org' },
  ...{ node: 'slot1@wn.example.org', memory: 4000, disk_space: 9000, task_id: 4711, resource_type: 'MCORE' },
  ...{ job_type: 'user', prod_user_id: legacy.prodUserID, harvester_id: 'h1', worker_id: 12 },
  ...{ scheduler_id: 'harvester-h1', background: true, via_topic: true, get_proxy_key: true },
  ...{ remaining_time: 7200, timeout: 60, n_jobs: 1 },
};

async function aFittingJob(): Promise<number> {
  const { jobId } = await aJob(db, {
    ...{ queue: 'ALL', taskId: 4711, owner: 'Ann Miller', memoryMb: 4000, diskMb: 9000 },
    ...{ walltimeSeconds: 7200, resourceType: 'MCORE', cores: 8 },
  });
  await db.sql`update panda.job set background = true where job_id = ${jobId}`;
  await db.sql`
    insert into panda.worker (harvester_id, worker_id, queue, status) values ('h1', 12, 'ALL', 'submitted')
    on conflict (harvester_id, worker_id) do update set status = 'submitted'`;
  return jobId;
}

test.each([
  ['getJob', () => pilot.call('getJob', legacy)],
  ['getJob with texts', () => pilot.call('getJob', texts(legacy))],
  [
    'acquire_jobs',
    async () => ((await pilot.v1('pilot/acquire_jobs', v1)).data as { jobs: [object] }).jobs[0],
  ],
])('%s takes every argument that pilots and Harvesters send', async (_name, call) => {
  const jobId = await aFittingJob();
  expect(await call()).toMatchObject({ StatusCode: 0, PandaID: jobId, credname: '', myproxy: '', nSent: 0 });
  const [job] = await db.sql`select * from panda.job where job_id = ${jobId}`;
  expect(job).toMatchObject({
    ...{ status: 'sent', node: 'slot1@wn.example.org', computingElement: 'ce.example.org' },
    ...{ schedulerId: 'harvester-h1', background: true, startedAt: expect.any(Date) },
  });
  const [worker] = await db.sql`
    select status from panda.worker join panda.job_worker using (harvester_id, worker_id) where job_id = ${jobId}`;
  expect(worker).toEqual({ status: 'running' });
});

const texts = (fields: object) =>
  Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, String(one)]));

test.each([
  ['mem', 3999],
  ['diskSpace', 8999],
  ['taskID', 4712],
  ['resourceType', 'SCORE'],
  ['prodUserID', '/DC=org/CN=Bob Miller'],
  ['remaining_time', 7199],
  ['prodSourceLabel', 'managed'],
  ['siteName', 'OTHER'],
])('a job that does not meet %s = %j is not given', async (name, value) => {
  const jobId = await aFittingJob();
  expect(await pilot.call('getJob', { ...legacy, [name]: value })).toEqual(none);
  await db.sql`delete from panda.job where job_id = ${jobId}`;
});

test('who is no pilot gets no keys of a proxy', async () => {
  const [account] = await db.sql<
    { accountId: number }[]
  >`select account_id from core.account where name = 'ann'`;
  const { jobId } = await aJob(db, { queue: 'OWN', ownerAccountId: account?.accountId ?? null });
  const given = await user.call('getJob', { siteName: 'OWN', prodSourceLabel: 'user', getProxyKey: 'True' });
  expect(given).toMatchObject({ PandaID: jobId });
  expect(given).not.toHaveProperty('credname');
});
