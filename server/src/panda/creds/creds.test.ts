import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken, revokeToken } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { secretsOf } from './secrets.ts';

const { app, core } = await testServer([panda]);
const actor = { name: 'test' };
const accountOf = async (name: string, roles: string[]) =>
  await createAccount(core.auth.context, actor, { name, roles });
const tokenOf = async (name: string, roles: string[] = [], expires = '1h') =>
  await createToken(core.auth.context, actor, { user: name, roles, expires, vo: 'local' });

await accountOf('robot', ['panda.pilot:local', 'user']);
await accountOf('rigel', ['user']);
await accountOf('bellatrix', ['user']);
const pilot = await tokenOf('robot', ['panda.pilot:local']);
const [user, other] = [await tokenOf('rigel'), await tokenOf('bellatrix')];

const headers = (token: string | null) =>
  token === null ? {} : { authorization: `Bearer ${token}`, origin: 'local' };
const old = (query: string, token: string | null, more: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url: `/server/panda/${query}`, headers: { ...headers(token), ...more } });
const v1 = async (query: string, token: string | null) =>
  (await app.inject({ method: 'GET', url: `/api/v1/creds/${query}`, headers: headers(token) })).json();
const set = async (body: object, token: string | null = user) =>
  (
    await app.inject({
      method: 'POST',
      url: '/api/v1/creds/set_user_secrets',
      headers: headers(token),
      payload: body,
    })
  ).json();

async function newKey(): Promise<string> {
  return (await v1('get_token_key?client_name=pilot_server', pilot)).data.tokenKey;
}

test('a pilot has its token renewed as pilot3 asks, and reads the answer as Python', async () => {
  const key = await newKey();
  const answer = await old(`get_access_token?client_name=pilot_server&token_key=${key}`, pilot, {
    'user-agent': 'pilot/3.11.5.1',
  });
  const [, token = ''] = /^\{'StatusCode': 0, 'userProxy': '([\w.-]+)'\}$/.exec(answer.body) ?? [];
  const claims = decodeJwt(token);
  expect(claims).toMatchObject({ preferred_username: 'robot', vo: 'local', groups: ['local/pilot'] });
  expect(claims.exp).toBeGreaterThan(Number(decodeJwt(pilot).exp));
  const identity = await core.auth.authenticate({ headers: headers(token) });
  // Exactly what the old one held: the account holds more.
  expect(identity.grants).toEqual([{ role: 'panda.pilot', scope: 'local' }]);
});

test('pilots that show one token get one new one, and that one is renewed in turn', async () => {
  const key = await newKey();
  const ask = async (token: string) =>
    (await v1(`get_access_token?client_name=pilot_server&token_key=${key}`, token)).data.user_proxy as string;
  const [first, second] = await Promise.all([ask(pilot), ask(pilot)]);
  expect(first).toBe(second);
  const next = await ask(first);
  expect(next).not.toBe(first);
});

test('revoking a token ends all that were renewed from it', async () => {
  const leaked = await tokenOf('robot', ['panda.pilot:local']);
  const key = await newKey();
  const ask = async (token: string) =>
    (await v1(`get_access_token?client_name=pilot_server&token_key=${key}`, token)).data.user_proxy as string;
  const renewed = await ask(await ask(leaked));
  await revokeToken(core.auth.context, actor, String(decodeJwt(leaked).jti));
  core.auth.forget();
  await expect(core.auth.authenticate({ headers: headers(renewed) })).rejects.toMatchObject({
    code: 'auth.token-revoked',
  });
});

test('who may not gets 70, a bad key 50, a client that is not known 90', async () => {
  const key = await newKey();
  const code = async (query: string, token: string | null) =>
    Number(/^\{'StatusCode': (\d+)/.exec((await old(`get_access_token?${query}`, token)).body)?.[1]);
  const good = `client_name=pilot_server&token_key=${key}`;
  expect(await code(good, null)).toBe(70);
  expect(await code(good, user)).toBe(70);
  for (const bad of [
    '',
    '&token_key=',
    '&token_key=guess',
    '&token_key=%00',
    `&token_key=${'x'.repeat(5000)}`,
  ]) {
    expect(await code(`client_name=pilot_server${bad}`, pilot)).toBe(50);
  }
  expect(await code(`client_name=another&token_key=${key}`, pilot)).toBe(90);
  expect(await code(`client_name=%00&token_key=${key}`, pilot)).toBe(90);
  expect(await v1(`get_access_token?${good}`, null)).toMatchObject({
    message: 'SSL secure connection is required',
  });
  expect(await v1(`get_access_token?${good}`, user)).toMatchObject({
    success: false,
    message: expect.stringContaining("'p' in GRIDPREF"),
  });
  expect(await v1('get_access_token?client_name=pilot_server', pilot)).toMatchObject({
    message: 'failed since token key is invalid for pilot_server',
  });
  expect(await v1(`get_access_token?client_name=another&token_key=${key}`, pilot)).toMatchObject({
    message: "'token' not found for another",
  });
});

test('a key lives for 96 hours, and is stored nowhere', async () => {
  const key = await newKey();
  const [row] = await core.db.sql<{ hours: number; text: string }[]>`
    select round(extract(epoch from expires_at - created_at) / 3600)::int as hours, k::text as text
    from panda.token_key k limit 1`;
  expect(row?.hours).toBe(96);
  expect(row?.text).not.toContain(key);
  await core.db.sql`update panda.token_key set expires_at = clock_timestamp()`;
  const answer = await old(`get_access_token?client_name=pilot_server&token_key=${key}`, pilot);
  expect(answer.body).toMatch(/^\{'StatusCode': 50, 'errorDialog': 'failed since token key is invalid/);
});

test('a key is given to pilots alone, for a client that is known', async () => {
  const json = { accept: 'application/json' };
  expect((await old('get_token_key?client_name=pilot_server', pilot, json)).json()).toEqual({
    StatusCode: 0,
    tokenKey: await newKey(),
  });
  expect((await old('get_token_key?client_name=pilot_server', user)).body).toMatch(
    /^StatusCode=70&errorDialog=/,
  );
  expect((await old('get_token_key?client_name=x', pilot, json)).json()).toMatchObject({ StatusCode: 80 });
  expect(await v1('get_token_key?client_name=x', pilot)).toMatchObject({
    success: false,
    message: "Token key is missing for 'x'",
  });
});

test('key pairs and proxies are refused with the codes of PanDA, since there are none', async () => {
  const json = { accept: 'application/json' };
  const ask = async (query: string, token: string | null) =>
    (await old(query, token, json)).json().StatusCode;
  expect(await ask('getKeyPair?publicKeyName=a&privateKeyName=b', null)).toBe(70);
  expect(await ask('getKeyPair?publicKeyName=a&privateKeyName=b', user)).toBe(70);
  expect(await ask('getKeyPair?publicKeyName=a&privateKeyName=b', pilot)).toBe(80);
  expect(await ask('getProxy', user)).toBe(70);
  expect(await ask('getProxy?role=production', pilot)).toBe(90);
  expect(await v1('get_key_pair?public_key_name=a&private_key_name=b', pilot)).toMatchObject({
    success: false,
  });
  expect(await v1('get_key_pair?public_key_name=a', pilot)).toMatchObject({
    message: "Argument error: missing a required argument: 'private_key_name'",
  });
  expect(await v1('get_proxy?dn=/CN=x', pilot)).toMatchObject({ message: "'proxy' not found for /CN=x" });
});

test('a user sets, reads and deletes secrets, in the words of both generations of clients', async () => {
  const read = async () => (await v1('get_user_secrets', user)).data;
  expect(await set({ key: 'RIGKEY', value: 'value' })).toEqual({ success: true, message: 'OK', data: null });
  expect(await read()).toBe('{"RIGKEY": "value"}');
  await set({ key: '___file___:cert', value: 'AAAA' });
  await set({ key: 'ü"', value: 'a\0b\ud800' });
  expect(JSON.parse(await read())).toMatchObject({ RIGKEY: 'value', '___file___:cert': 'AAAA' });
  expect((await v1('get_user_secrets?keys=RIGKEY,x', user)).data).toBe('{"RIGKEY": "value"}');
  expect((await v1('get_user_secrets?keys=RIGKEY&keys=___file___:cert', user)).data).toContain('AAAA');
  await set({ key: 'cert', value: null });
  expect(await read()).not.toContain('cert');
  const oldSet = async (payload: string) =>
    (
      await app.inject({
        method: 'POST',
        url: '/server/panda/set_user_secret',
        headers: { ...headers(user), 'content-type': 'application/x-www-form-urlencoded' },
        payload,
      })
    ).json();
  expect(await oldSet('key=K&value=V')).toEqual([true, 'OK']);
  expect((await old('get_user_secrets?keys=K', user)).json()).toEqual([true, '{"K": "V"}']);
  expect((await old('get_user_secrets?keys=K&get_json=True', user)).json()).toEqual([true, { K: 'V' }]);
  expect(await set({ key: null })).toMatchObject({ success: true });
  expect(await read()).toBe('{}');
});

test('secrets are their owner’s alone, and lie sealed', async () => {
  await set({ key: 'password', value: 'correct horse' });
  expect((await v1('get_user_secrets', other)).data).toBe('{}');
  expect(await v1('get_user_secrets', null)).toMatchObject({ message: 'SSL secure connection is required' });
  expect((await old('get_user_secrets', null)).json()).toEqual([
    false,
    'SSL_CLIENT_S_DN is missing in HTTP request',
  ]);
  const rows = await core.db.sql<{ accountId: number; sealed: Uint8Array }[]>`
    select account_id, sealed from panda.secret`;
  expect(rows).toHaveLength(1);
  expect(Buffer.from(rows[0]?.sealed ?? []).toString('latin1')).not.toContain('horse');
  // A row that somebody moves to another account does not open there.
  const [thief] = await core.db.sql<{ accountId: number }[]>`
    insert into panda.secret select account_id + 1000, key, sealed from panda.secret returning account_id`;
  await expect(secretsOf(core.auth.context, thief?.accountId ?? 0)).rejects.toThrow("another's place");
});

test('secrets that are too large or too many are refused', async () => {
  expect(await set({ key: 'big', value: 'x'.repeat(1_600_000) })).toMatchObject({ success: false });
  expect(await set({ key: 'k'.repeat(5000), value: 'x' })).toMatchObject({ success: false });
  expect(await set({ key: 'a\0b', value: 'x' })).toMatchObject({ success: false });
  expect(await set({ key: '', value: 'x' })).toMatchObject({ success: false });
  expect(await set({ key: 'n', value: 5 })).toMatchObject({
    message: "Type error: 'value' must be of type str, got int.",
  });
  for (let n = 0; n < 101; n++) await set({ key: `key${n}`, value: 'x' }, other);
  expect(Object.keys(JSON.parse((await v1('get_user_secrets', other)).data))).toHaveLength(100);
  expect(await set({ key: 'key1', value: 'y' }, other)).toMatchObject({ success: true });
});
