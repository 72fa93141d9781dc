import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { makeDocument } from '../dispatch/document.ts';
import { panda } from '../index.ts';
import { putSecret } from './secrets.ts';

const { app, core } = await testServer([panda]);
const actor = { name: 'test' };
const { accountId } = await createAccount(core.auth.context, actor, { name: 'rigel', roles: ['user'] });
await createAccount(core.auth.context, actor, { name: 'robot', roles: ['panda.pilot'] });
const token = await createToken(core.auth.context, actor, { user: 'robot' });

/** A job as it is stored, and what a pilot gets of it. */
async function handed(
  specialHandling: string,
  ownerAccountId: number | null,
): Promise<Record<string, unknown>> {
  const job = await aJob(core.db, { queue: 'SECRETS', ownerAccountId });
  const document = makeDocument({
    job: { ...job, requestId: null, jobsetId: null },
    parameters: 'x',
    transformation: 'http://127.0.0.1/trf/user/runGen-00-00-02',
    attributes: { specialHandling },
    files: [],
  });
  const stored = JSON.stringify(document);
  expect(stored).not.toContain('correct horse');
  await core.db.sql`update panda.job_spec set document = ${stored} where job_id = ${job.jobId}`;
  const answer = await app.inject({
    method: 'POST',
    url: '/server/panda/getJob',
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    payload: { siteName: 'SECRETS', prodSourceLabel: 'user' },
  });
  return answer.json();
}

test('a job that wants the secrets of its owner gets those there are when a pilot takes it', async () => {
  expect(await handed('us', accountId)).not.toHaveProperty('secrets');
  await putSecret(core.auth.context, accountId, 'PASSWORD', 'correct horse');
  const given = await handed('us,nc', accountId);
  expect(given).toMatchObject({ StatusCode: 0, secrets: '{"PASSWORD": "correct horse"}' });
  expect(given).not.toHaveProperty('useSecrets');
});

test('no other job gets them', async () => {
  await putSecret(core.auth.context, accountId, 'PASSWORD', 'correct horse');
  expect(await handed('', accountId)).not.toHaveProperty('secrets');
  expect(await handed('us', accountId + 1000)).not.toHaveProperty('secrets');
  expect(await handed('us', null)).not.toHaveProperty('secrets');
});
