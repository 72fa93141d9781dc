import { UwsDeletion, UwsJob } from '@orrery/contracts/uws';
import { Value } from 'typebox/value';
import { beforeEach, describe, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken } from '../../core/auth/index.ts';
import { uws } from '../index.ts';
import { deleteJobTask, deletionLock } from '../run/delete-job.task.ts';

const server = await testServer([uws]);
const { core, address } = server;

async function tokenOf(name: string, roles: string[]): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}
const alice = await tokenOf('alice', ['user']);
const bob = await tokenOf('bob', ['user']);

async function ask(
  method: string,
  path: string,
  { token = alice, json }: { token?: string; json?: object } = {},
) {
  const answer = await fetch(`${address}/api/uws/jobs${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
}

async function aDraft(): Promise<string> {
  const { body } = await ask('POST', '', { json: { definition: 'hello' } });
  return (body as UwsJob).id;
}
const jobNow = async (id: string) => (await ask('GET', `/${id}`)).body as UwsJob;
const gone = (id: string) =>
  expect.poll(async () => (await ask('GET', `/${id}`)).status, { timeout: 15_000, interval: 50 }).toBe(404);

let id: string;
beforeEach(async () => {
  id = await aDraft();
});

describe('a deletion with time to take it back', () => {
  test('says when the job goes, and the job says it too', async () => {
    const before = Date.now();
    const { status, body } = await ask('DELETE', `/${id}?undoSeconds=600`);
    expect(status).toBe(202);
    expect([...Value.Errors(UwsDeletion, body)]).toEqual([]);
    const { deletesAt } = body as UwsDeletion;
    expect(Date.parse(deletesAt)).toBeGreaterThanOrEqual(before + 600_000);
    expect(Date.parse(deletesAt)).toBeLessThan(Date.now() + 601_000);
    expect(await jobNow(id)).toMatchObject({ phase: 'PENDING', deletesAt });
  });

  test('happens when nobody takes it back', async () => {
    await ask('DELETE', `/${id}?undoSeconds=1`);
    await gone(id);
    expect(await core.locks.find(core.db.sql, deletionLock(id))).toBeNull();
  });

  test('does not happen when it is taken back, however often it was asked for before', async () => {
    await ask('DELETE', `/${id}?undoSeconds=1`);
    await ask('DELETE', `/${id}?undoSeconds=2`);
    const kept = await ask('POST', `/${id}/keep`);
    expect([...Value.Errors(UwsJob, kept.body)]).toEqual([]);
    expect(kept.body).toMatchObject({ id, deletesAt: null });
    await expect
      .poll(
        async () =>
          (await core.queue.list({ kind: deleteJobTask.name })).filter(({ key }) => key === id).length,
        { timeout: 15_000 },
      )
      .toBe(0);
    expect(await jobNow(id)).toMatchObject({ id, deletesAt: null });
  });

  test('asked for again counts anew: the earlier one does nothing', async () => {
    await ask('DELETE', `/${id}?undoSeconds=1`);
    const { body } = await ask('DELETE', `/${id}?undoSeconds=600`);
    await expect
      .poll(
        async () => (await core.queue.history({ kind: deleteJobTask.name })).some(({ key }) => key === id),
        {
          timeout: 15_000,
        },
      )
      .toBe(true);
    expect(await jobNow(id)).toMatchObject({ deletesAt: (body as UwsDeletion).deletesAt });
  });

  test('does no harm when its task runs twice', async () => {
    await ask('DELETE', `/${id}?undoSeconds=600`);
    const lock = await core.locks.find(core.db.sql, deletionLock(id));
    const payload = { jobId: id, fence: lock?.fence ?? 0, why: 'alice deleted the job.' };
    for (const _ of [1, 2]) {
      await deleteJobTask.run({
        core,
        payload,
        payloads: [payload],
        items: [],
        taskId: 1,
        attempt: 1,
        fence: 1,
        signal: new AbortController().signal,
        progress() {},
        hold: async () => {},
        continueWith: async () => {},
      });
    }
    expect((await ask('GET', `/${id}`)).status).toBe(404);
  });

  test('gives way to one at once', async () => {
    await ask('DELETE', `/${id}?undoSeconds=600`);
    expect((await ask('DELETE', `/${id}`)).status).toBe(204);
    expect((await ask('POST', `/${id}/keep`)).status).toBe(404);
  });

  test('is the owner’s to ask for and to take back', async () => {
    expect((await ask('DELETE', `/${id}?undoSeconds=600`, { token: bob })).status).toBe(403);
    expect(await jobNow(id)).toMatchObject({ deletesAt: null });
    await ask('DELETE', `/${id}?undoSeconds=600`);
    expect((await ask('POST', `/${id}/keep`, { token: bob })).status).toBe(403);
    expect((await jobNow(id)).deletesAt).not.toBeNull();
    expect((await ask('POST', '/nosuchjob/keep')).status).toBe(404);
  });

  test.each(['-1', '3601', 'ten'])('of %s seconds is refused', async (seconds) => {
    expect((await ask('DELETE', `/${id}?undoSeconds=${seconds}`)).status).toBe(400);
    expect(await jobNow(id)).toMatchObject({ deletesAt: null });
  });

  test('that is not under way is taken back without effect', async () => {
    expect(await ask('POST', `/${id}/keep`)).toMatchObject({ status: 200, body: { id, deletesAt: null } });
  });
});
