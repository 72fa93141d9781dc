import { SavedView, SavedViewList } from '@orrery/contracts/views';
import { Value } from 'typebox/value';
import { beforeEach, describe, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken, setDisabled } from '../auth/index.ts';
import { createView, maxViewsPerAccount } from './index.ts';

const server = await testServer([]);
const { core, address } = server;
const tester = { name: 'tester' };

async function tokenOf(name: string, roles: string[]): Promise<string> {
  await createAccount(core.auth.context, tester, { name, roles });
  return await createToken(core.auth.context, tester, { user: name });
}
const alice = await tokenOf('alice', ['user']);
const bob = await tokenOf('bob', ['user']);
const operator = await tokenOf('operator', ['operator']);

beforeEach(async () => {
  await core.db.sql`delete from core.saved_view`;
});

async function ask(token: string | null, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${address}/api/core/views${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = (text === '' ? null : JSON.parse(text)) as Record<string, unknown> | null;
  return { status: answer.status, json, code: json?.code };
}

async function save(token: string, name: string, more: object = {}): Promise<SavedView> {
  const { status, json } = await ask(token, 'POST', '', { list: 'uws.jobs', name, query: 'q=x', ...more });
  expect(status).toBe(201);
  expect([...Value.Errors(SavedView, json)]).toEqual([]);
  return json as SavedView;
}

async function seenBy(token: string, list = 'uws.jobs'): Promise<SavedView[]> {
  const { json } = await ask(token, 'GET', `?list=${list}`);
  expect([...Value.Errors(SavedViewList, json)]).toEqual([]);
  return (json as SavedViewList).rows;
}
const namesSeenBy = async (token: string) => (await seenBy(token)).map(({ name }) => name);

describe('saved views', () => {
  test('keep the order in which they were saved, each list its own', async () => {
    await save(alice, 'Failing', { query: 'q=phase%3AERROR' });
    await save(alice, 'Waiting');
    await save(alice, 'Elsewhere', { list: 'work.tasks' });
    expect(await seenBy(alice)).toMatchObject([
      { name: 'Failing', query: 'q=phase%3AERROR', mine: true, shared: false, owner: 'alice' },
      { name: 'Waiting', mine: true },
    ]);
    expect((await seenBy(alice, 'work.tasks')).map(({ name }) => name)).toEqual(['Elsewhere']);
  });

  test('the one put first is the default from then on', async () => {
    await save(alice, 'One');
    await save(alice, 'Two');
    const three = await save(alice, 'Three');
    await ask(alice, 'PATCH', `/${three.id}`, { first: true });
    expect(await namesSeenBy(alice)).toEqual(['Three', 'One', 'Two']);
  });

  test('are one account’s own until it shares them; then all read them, behind their own', async () => {
    const view = await save(alice, 'a view');
    await save(bob, 'z view');
    expect(await namesSeenBy(bob)).toEqual(['z view']);
    await ask(alice, 'PATCH', `/${view.id}`, { shared: true });
    expect(await seenBy(bob)).toMatchObject([
      { name: 'z view', mine: true },
      { name: 'a view', mine: false, owner: 'alice', shared: true },
    ]);
    await ask(alice, 'PATCH', `/${view.id}`, { shared: false });
    expect(await namesSeenBy(bob)).toEqual(['z view']);
  });

  test('are renamed and given another query by their owner', async () => {
    const view = await save(alice, 'Old');
    const { status, json } = await ask(alice, 'PATCH', `/${view.id}`, { name: ' New ', query: 'q=y' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ id: view.id, name: 'New', query: 'q=y' });
  });

  test('have one name once in a list, in whatever case', async () => {
    await save(alice, 'Failing');
    expect(await ask(alice, 'POST', '', { list: 'uws.jobs', name: 'failing', query: '' })).toMatchObject({
      status: 409,
      code: 'views.name-taken',
    });
    const other = await save(alice, 'Other');
    expect(await ask(alice, 'PATCH', `/${other.id}`, { name: 'FAILING' })).toMatchObject({ status: 409 });
    expect((await ask(alice, 'PATCH', `/${other.id}`, { name: 'OTHER' })).status).toBe(200);
    await save(bob, 'Failing');
  });

  test('of others are not changed, and are not there unless they are shared', async () => {
    const own = await save(alice, 'own');
    const shared = await save(alice, 'shared', { shared: true });
    for (const [method, body] of [
      ['PATCH', { name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      expect(await ask(bob, method, `/${own.id}`, body)).toMatchObject({
        status: 404,
        code: 'views.view-unknown',
      });
      expect(await ask(bob, method, `/${shared.id}`, body)).toMatchObject({
        status: 403,
        code: 'views.view-of-another',
      });
    }
    expect(await namesSeenBy(alice)).toEqual(['own', 'shared']);
  });

  test('are deleted by their owner; a shared one by an operator too', async () => {
    const own = await save(alice, 'own');
    const shared = await save(alice, 'shared', { shared: true });
    expect((await ask(operator, 'DELETE', `/${own.id}`)).status).toBe(404);
    expect((await ask(operator, 'PATCH', `/${shared.id}`, { name: 'mine now' })).status).toBe(403);
    expect((await ask(operator, 'DELETE', `/${shared.id}`)).status).toBe(204);
    expect((await ask(alice, 'DELETE', `/${own.id}`)).status).toBe(204);
    expect((await ask(alice, 'DELETE', `/${own.id}`)).status).toBe(404);
    expect(await seenBy(alice)).toEqual([]);
  });

  test('of a disabled account are no longer offered', async () => {
    const carol = await tokenOf('carol', ['user']);
    await save(carol, 'of carol', { shared: true });
    expect(await namesSeenBy(alice)).toEqual(['of carol']);
    await setDisabled(core.auth.context, tester, 'carol', true);
    expect(await namesSeenBy(alice)).toEqual([]);
  });

  test('need an account', async () => {
    expect((await ask(null, 'GET', '?list=uws.jobs')).status).toBe(401);
    expect((await ask(null, 'POST', '', { list: 'uws.jobs', name: 'x', query: '' })).status).toBe(401);
  });

  test('are bounded in number, also when many are saved at once', async () => {
    const [account] = await core.db.sql<{ accountId: number }[]>`
      select account_id from core.account where name = 'alice'`;
    const accountId = account?.accountId ?? 0;
    const saveOne = (n: number) =>
      createView(core.db, accountId, { list: 'uws.jobs', name: `view ${n}`, query: '', shared: false });
    for (let n = 0; n < maxViewsPerAccount - 2; n += 1) await saveOne(n);
    const late = await Promise.allSettled([200, 201, 202, 203, 204].map(saveOne));
    expect(late.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await seenBy(alice)).toHaveLength(maxViewsPerAccount);
    expect(await ask(alice, 'POST', '', { list: 'uws.jobs', name: 'more', query: '' })).toMatchObject({
      status: 409,
      code: 'views.too-many',
    });
  });

  test.each([
    ['no name', { list: 'uws.jobs', name: '   ', query: '' }],
    ['a name too long', { list: 'uws.jobs', name: 'n'.repeat(61), query: '' }],
    ['a query too long', { list: 'uws.jobs', name: 'x', query: 'q'.repeat(2001) }],
    ['a list that is none', { list: '../x', name: 'x', query: '' }],
    ['a control character', { list: 'uws.jobs', name: 'a\u0000b', query: '' }],
    ['half a character', { list: 'uws.jobs', name: 'x', query: '\ud800' }],
    ['an unknown field', { list: 'uws.jobs', name: 'x', query: '', owner: 'bob' }],
    ['no list', { name: 'x', query: '' }],
  ])('%s is refused and nothing is saved', async (_what, body) => {
    expect((await ask(alice, 'POST', '', body)).status).toBe(400);
    expect(await seenBy(alice)).toEqual([]);
  });
});
