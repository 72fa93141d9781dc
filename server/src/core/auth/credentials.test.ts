import { beforeAll, describe, expect, test } from 'vitest';
import { testAuth, testAuthContext, tester } from '../../../../test/support/auth.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { createAccount, createToken, seedAdmin } from './index.ts';
import { createRecent } from './recent.ts';

const db = await testDatabase();
const context = await testAuthContext(db);
const auth = testAuth(context);
let token = '';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

beforeAll(async () => {
  await seedAdmin(context, { password: 'correct horse battery' });
  await createAccount(context, tester, { name: 'vega', roles: ['user'], password: 'a-long-password' });
  token = await createToken(context, tester, { user: 'vega' });
});

describe('a token is accepted', () => {
  test.each(['Bearer', 'bearer', 'BEARER'])('after %s', async (scheme) => {
    const identity = await auth.authenticate({ headers: { authorization: `${scheme} ${token}` } });
    expect(identity).toMatchObject({ name: 'vega', via: 'bearer' });
  });

  test.each(['vega', '', 'x-token', 'admin'])('as the password of "%s"', async (name) => {
    const identity = await auth.authenticate({ headers: { authorization: basic(`${name}:${token}`) } });
    expect(identity).toMatchObject({ name: 'vega', via: 'basic' });
  });

  test('in a header or cookie of an old client, where the route says so and only there', async () => {
    const request = { headers: { 'x-apikey': token }, cookies: { crds_token: token } };
    const nobody = await auth.authenticate(request);
    expect(nobody).toMatchObject({ kind: 'anonymous', name: 'anonymous', via: 'none', accountId: null });
    const header = await auth.authenticate(request, { session: false, tokenHeaders: ['x-apikey'] });
    expect(header).toMatchObject({ name: 'vega', via: 'bearer' });
    const cookie = await auth.authenticate(request, { session: false, tokenCookies: ['crds_token'] });
    expect(cookie).toMatchObject({ name: 'vega', via: 'cookie-token' });
  });
});

describe('credentials that are not good are refused, never passed over', () => {
  const bad: Array<[string, string, string]> = [
    ['the password of the account', basic('vega:a-long-password'), 'auth.token-unknown'],
    ['a password with a blank', basic('vega:a long password'), 'auth.credential-malformed'],
    ['an unknown token', 'Bearer abcdefgh', 'auth.token-unknown'],
    ['a token of somewhere else', 'Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.c2ln', 'auth.token-foreign'],
    ['no token', 'Bearer', 'auth.credential-malformed'],
    ['two tokens', 'Bearer a b', 'auth.credential-malformed'],
    ['no scheme', 'abcdefgh', 'auth.credential-malformed'],
    ['another scheme', 'Negotiate abcdefgh', 'auth.credential-malformed'],
    ['a name without a password', basic('vega'), 'auth.credential-malformed'],
    ['an empty password', basic('vega:'), 'auth.credential-malformed'],
    ['a NUL', basic('vega:a\0b'), 'auth.credential-malformed'],
    ['an endless token', `Bearer ${'a'.repeat(5000)}`, 'auth.credential-malformed'],
    ['nothing', '', 'auth.credential-malformed'],
  ];

  test.each(bad)('%s', async (_name, authorization, code) => {
    const request = { headers: { authorization, 'x-apikey': token }, cookies: { orrery: 'x', t: token } };
    const places = { session: true, tokenHeaders: ['x-apikey'], tokenCookies: ['t'] };
    await expect(auth.authenticate(request, places)).rejects.toMatchObject({
      code,
      kind: 'unauthenticated',
      next: expect.stringMatching(/\.$/),
    });
  });

  test('a cookie of a session that has ended makes nobody, and says so', async () => {
    const identity = await auth.authenticate({ headers: {}, cookies: { orrery: 'gone' } });
    expect(identity).toMatchObject({ kind: 'anonymous', sessionEnded: true });
    expect(
      await auth.authenticate({ headers: {}, cookies: { orrery: 'gone' } }, { session: false }),
    ).not.toHaveProperty('sessionEnded');
  });
});

describe('a caller may say that it is nobody, where the route takes that from old clients', () => {
  const places = { session: true, saysAnonymous: true };
  const ask = (authorization: string, cookies: Record<string, string> = {}) =>
    auth.authenticate({ headers: { authorization }, cookies }, places);

  test.each([basic('anonymous:anonymous'), `basic  ${btoa('anonymous:anonymous')} `, '', '  '])(
    'with "%s"',
    async (header) => {
      expect(await ask(header)).toMatchObject({ kind: 'anonymous', via: 'none' });
    },
  );

  test('in these words alone: everything else is refused as ever', async () => {
    const others = ['anonymous:', ':anonymous', 'Anonymous:anonymous', 'vega:anonymous', 'anonymous:x', ':'];
    for (const text of others)
      await expect(ask(basic(text))).rejects.toMatchObject({ kind: 'unauthenticated' });
    await expect(ask('Bearer anonymous')).rejects.toMatchObject({ code: 'auth.token-unknown' });
    await expect(ask('Basic')).rejects.toMatchObject({ code: 'auth.credential-malformed' });
    expect(await ask(basic(`anonymous:${token}`))).toMatchObject({ name: 'vega' });
  });

  test('and nowhere else', async () => {
    const request = { headers: { authorization: basic('anonymous:anonymous') } };
    await expect(auth.authenticate(request)).rejects.toMatchObject({ code: 'auth.token-unknown' });
  });

  test('a session is not asked for by who names himself anonymous, but by who only leaves the header empty', async () => {
    const cookies = { orrery: 'gone' };
    expect(await ask('', cookies)).toMatchObject({ sessionEnded: true });
    expect(await ask(basic('anonymous:anonymous'), cookies)).not.toHaveProperty('sessionEnded');
  });
});

describe('answers are remembered', () => {
  test('for a time that is counted from the question, and asked once for all who come together', async () => {
    let now = 0;
    let asked = 0;
    const recent = createRecent<number>({ forMs: 100, atMost: 2, now: () => now });
    const ask = async () => (asked += 1);
    expect(await Promise.all([recent.get('a', ask), recent.get('a', ask)])).toEqual([1, 1]);
    now = 99;
    expect(await recent.get('a', ask)).toBe(1);
    now = 100;
    expect(await recent.get('a', ask)).toBe(2);
    recent.clear();
    expect(await recent.get('a', ask)).toBe(3);
  });

  test('not when they failed, and not beyond the limit', async () => {
    const recent = createRecent<string>({ forMs: 1e9, atMost: 2 });
    await expect(recent.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await recent.get('a', async () => 'yes')).toBe('yes');
    await recent.get('b', async () => 'b');
    await recent.get('c', async () => 'c');
    expect(await recent.get('a', async () => 'again')).toBe('again');
    expect(await recent.get('c', async () => 'other')).toBe('c');
  });
});
