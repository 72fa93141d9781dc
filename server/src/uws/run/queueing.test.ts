import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { aDefinition } from '../../../../test/support/uws.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { AppError } from '../../core/errors.ts';
import { installDefinition } from '../definitions/index.ts';
import { uws } from '../index.ts';

// A web process: none that executes runs is up.
const { core, address, adminToken } = await testServer([uws], { role: 'web' });
await installDefinition(core.db, aDefinition(), 'tester', new Date());
await createAccount(core.auth.context, { name: 'tester' }, { name: 'alice', roles: ['user'] });
const token = await createToken(core.auth.context, { name: 'tester' }, { user: 'alice' });

function post(path: string, fields: Record<string, string>, bearer = token): Promise<Response> {
  const headers = { authorization: `Bearer ${bearer}` };
  const body = new URLSearchParams(fields);
  return fetch(path.startsWith('http') ? path : `${address}${path}`, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
  });
}
const jobs = () => core.db.sql<{ phase: string; ownerId: string }[]>`select phase, owner_id from uws.job`;

/** As long as `work` runs, the computer takes runs of administrators only. */
async function unisolated(work: () => Promise<void>): Promise<void> {
  const { submit } = core.compute;
  core.compute.submit = async (tx, request) => {
    if (request.asAdmin === true) return submit(tx, request);
    throw new AppError('forbidden', 'compute.isolation-none', 'Nothing keeps a run away from the server.', {
      next: 'An administrator may run it.',
    });
  };
  try {
    await work();
  } finally {
    core.compute.submit = submit;
  }
}

test('where the computer takes no runs of a user, RUN is refused with the reason and changes nothing', async () => {
  await unisolated(async () => {
    const refused = await post('/rest/probe', { PHASE: 'RUN' });
    expect([refused.status, await refused.text()]).toEqual([
      403,
      'Nothing keeps a run away from the server. An administrator may run it.\n',
    ]);
    expect(await jobs()).toEqual([]);
    const pending = (await post('/rest/probe', {})).headers.get('location') ?? '';
    expect((await post(`${pending}/phase`, { PHASE: 'RUN' })).status).toBe(403);
    expect(await jobs()).toEqual([{ phase: 'PENDING', ownerId: 'alice' }]);
    expect((await post('/rest/probe', { PHASE: 'RUN' }, adminToken)).status).toBe(303);
  });
});

test('while no process executes runs, a job is QUEUED and says what it waits for', async () => {
  const made = await post('/rest/probe', { PHASE: 'RUN' });
  expect(made.status).toBe(303);
  const id = made.headers.get('location')?.split('/').at(-1);
  const headers = { authorization: `Bearer ${token}` };
  const why = await (await fetch(`${address}/api/uws/jobs/${id}/why`, { headers })).json();
  expect(why).toMatchObject({
    answer: expect.stringContaining('no server process that executes runs is up'),
  });
});
