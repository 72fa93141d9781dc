import { expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { forgetQueues } from '../queues/queues.ts';
import { findJobStory, readJob, submitJobs } from './index.ts';

const server = await testServer([panda]);
const { core } = server;
const actor = { name: 'test' };
await createAccount(core.auth.context, actor, { name: 'pilot', roles: ['panda.pilot'] });
const token = await createToken(core.auth.context, actor, { user: 'pilot' });
// Not LOCAL, which has pilots of its own.
await core.db.sql`
  insert into panda.queue (queue, site, status, status_by, document)
  values ('REMOTE', 'REMOTE', 'online', 'test', '{"nickname": "REMOTE", "panda_resource": "REMOTE"}')`;
forgetQueues(core);
const ann = { name: 'Ann', accountId: null, vo: null, isProduction: false };

async function getJob(body: Record<string, unknown>): Promise<Record<string, unknown>> {
  const answer = await fetch(`${server.address}/server/panda/getJob`, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ siteName: 'REMOTE', prodSourceLabel: 'user', ...body }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

async function submitted(dictionary: Record<string, unknown>): Promise<number> {
  const [jobId = 0] = await submitJobs(core, ann, [readJob({ jobPars: 'a b', ...dictionary }, 'REMOTE')]);
  await eventually(async () =>
    expect((await findJobStory(core.db.sql, jobId))?.job.status).toBe('activated'),
  );
  return jobId;
}

test.for(['{server}/trf/user/run', '/trf/user/run', 'trf/user/run'])(
  'a script of this server, named %s, has the address by which the pilot came',
  async (transformation) => {
    const jobId = await submitted({ transformation });
    expect(await getJob({})).toMatchObject({
      StatusCode: 0,
      PandaID: jobId,
      transformation: `${server.address}/trf/user/run`,
    });
  },
);

test('a script elsewhere keeps its address', async () => {
  const transformation = 'https://example.org/trf/user/run';
  const jobId = await submitted({ transformation });
  expect(await getJob({})).toMatchObject({ PandaID: jobId, transformation });
});

test('a pilot that asks for more of the same task gets the other jobs of the request', async () => {
  const request = { transformation: '/trf/x', taskID: 501, reqID: 501 };
  const [first, other, second] = [
    await submitted(request),
    await submitted({ transformation: '/trf/x' }),
    await submitted(request),
  ];
  const answer = await getJob({});
  expect(answer).toMatchObject({ PandaID: first, taskID: 501 });
  expect(await getJob({ taskID: answer.taskID })).toMatchObject({ PandaID: second });
  expect(await getJob({ taskID: 501 })).toMatchObject({ StatusCode: 20 });
  expect(await getJob({})).toMatchObject({ PandaID: other });
});
