import type { AccountRow, Session, TokenCreated, TokenList } from '@orrery/contracts/auth';
import { decodeJwt } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';

const server = await testServer([]);
const adminPassword = 'a long enough password';
const admin = { authorization: `Bearer ${server.adminToken}` };

interface Ask {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: object | string;
  headers?: Record<string, string>;
  from?: string;
}

/** One request; cookies are passed as a header, as a browser does. */
async function ask(url: string, { method = 'GET', body, headers = {}, from = '127.0.0.1' }: Ask = {}) {
  const response = await server.app.inject({
    url,
    method,
    headers,
    remoteAddress: from,
    ...(body === undefined ? {} : { payload: body }),
  });
  const json = (response.body === '' ? {} : response.json()) as Record<string, unknown>;
  return { status: response.statusCode, json, headers: response.headers, cookies: response.cookies };
}

const ownPage = { 'sec-fetch-site': 'same-origin' };

async function signIn(name: string, password: string, more: Ask = {}) {
  return ask('/api/core/session', { method: 'POST', body: { name, password }, ...more });
}

async function cookieOf(name: string, password: string): Promise<Record<string, string>> {
  const { cookies } = await signIn(name, password);
  return { cookie: `orrery=${cookies[0]?.value}`, ...ownPage };
}

/** An account whose owner has chosen the password. */
async function person(name: string, roles: string[] = ['user']) {
  const made = await ask('/api/core/accounts', { method: 'POST', headers: admin, body: { name, roles } });
  const given = String(made.json.password);
  const headers = await cookieOf(name, given);
  const password = `the password of ${name}`;
  const changed = await ask('/api/core/password', {
    method: 'POST',
    headers,
    body: { currentPassword: given, newPassword: password },
  });
  return { password, given, headers: { cookie: `orrery=${changed.cookies[0]?.value}`, ...ownPage } };
}

beforeEach(async () => {
  await server.core.db.sql`delete from core.login_attempt`;
});

describe('the session', () => {
  test('of a caller without credentials is nobody', async () => {
    const { status, json } = await ask('/api/core/session');
    expect([status, json]).toEqual([
      200,
      {
        name: 'anonymous',
        displayName: 'Anonymous',
        anonymous: true,
        mustChangePassword: false,
        grants: [],
        permissions: [],
      },
    ]);
  });

  test('is opened by name and password, kept in a cookie no script reads, and closed', async () => {
    const { status, json, cookies } = await signIn('admin', adminPassword);
    expect(status).toBe(200);
    const session = json as Session;
    expect(session).toMatchObject({
      name: 'admin',
      anonymous: false,
      grants: [{ role: 'admin', scope: null }],
    });
    expect(session.permissions).toContain('core.accounts');
    expect(cookies).toMatchObject([
      { name: 'orrery', path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 2_592_000 },
    ]);
    const headers = { cookie: `orrery=${cookies[0]?.value}`, ...ownPage };
    expect((await ask('/api/core/session', { headers })).json.name).toBe('admin');
    const closed = await ask('/api/core/session', { method: 'DELETE', headers });
    expect([closed.status, closed.cookies[0]?.value]).toEqual([204, '']);
    expect((await ask('/api/core/session', { headers })).json.anonymous).toBe(true);
    const refused = await ask('/api/core/tokens', { headers });
    expect([refused.status, refused.json.code]).toEqual([401, 'auth.session-ended']);
  });

  test('can be opened again by somebody whose last one has ended', async () => {
    const { status } = await signIn('admin', adminPassword, {
      headers: { cookie: 'orrery=gone', ...ownPage },
    });
    expect(status).toBe(200);
    expect(
      (await ask('/api/core/session', { method: 'DELETE', headers: { cookie: 'orrery=gone' } })).status,
    ).toBe(204);
  });

  test.each([
    [{ name: 'admin', password: 'wrong' }, 401, 'auth.password-wrong'],
    [{ name: 'admin' }, 400, 'http.input-refused'],
    [{ name: '', password: 'x' }, 400, 'http.input-refused'],
    [{ name: 'a'.repeat(65), password: 'x' }, 400, 'http.input-refused'],
    [{ name: ['admin', 'b'], password: 'x' }, 400, 'http.input-refused'],
    [{ name: 'admin\0', password: 'x' }, 400, 'http.text-refused'],
    [{ name: 'admin', password: 'x'.repeat(20_000) }, 413, 'http.body-too-large'],
  ])('is not opened by %o', async (body, status, code) => {
    const answer = await ask('/api/core/session', { method: 'POST', body });
    expect([answer.status, answer.json.code, answer.cookies]).toEqual([status, code, []]);
    expect(answer.json.next).toEqual(expect.any(String));
  });

  test('is not opened by a form or by a page of another site', async () => {
    const body = `name=admin&password=${encodeURIComponent(adminPassword)}`;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await ask('/api/core/session', { method: 'POST', body, headers: form })).status).toBe(415);
    const foreign = await signIn('admin', adminPassword, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect([foreign.status, foreign.json.code]).toEqual([403, 'auth.origin-foreign']);
  });

  test('says how long to wait after too many tries', async () => {
    for (let count = 0; count < 10; count += 1) await signIn('vindemiatrix', 'wrong password');
    const { status, json, headers } = await signIn('vindemiatrix', 'wrong password');
    expect([status, json.code]).toEqual([429, 'auth.tries-exceeded']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(800);
  });
});

describe('a page of another site', () => {
  test('changes nothing with the cookie of its visitor', async () => {
    const { headers } = await person('spica');
    const { cookie } = headers;
    for (const bad of [{}, { 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
      const answer = await ask('/api/core/tokens', { method: 'POST', body: {}, headers: { cookie, ...bad } });
      expect([answer.status, answer.json.code]).toEqual([403, 'auth.origin-foreign']);
    }
    expect((await ask('/api/core/tokens', { headers })).json).toEqual({ rows: [] });
    const origin = await ask('/api/core/tokens', {
      method: 'POST',
      body: {},
      headers: { cookie, origin: 'http://localhost' },
    });
    expect(origin.status).toBe(201);
  });

  test('gets nothing in the way of a program with a token', async () => {
    const headers = { ...admin, origin: 'https://a-notebook.example' };
    expect(
      (await ask('/api/core/tokens', { method: 'POST', body: { roles: ['user'] }, headers })).status,
    ).toBe(201);
  });
});

describe('a password that somebody else set', () => {
  test('must be changed before anything else', async () => {
    const made = await ask('/api/core/accounts', {
      method: 'POST',
      headers: admin,
      body: { name: 'mira', roles: ['operator'] },
    });
    expect(made.status).toBe(201);
    const given = String(made.json.password);
    const { json, cookies } = await signIn('mira', given);
    expect(json).toMatchObject({ mustChangePassword: true, permissions: ['core.own-password'] });
    const headers = { cookie: `orrery=${cookies[0]?.value}`, ...ownPage };
    for (const url of ['/api/core/tokens', '/api/core/accounts', '/api/core/audit', '/api/core/board']) {
      const refused = await ask(url, { headers });
      expect([url, refused.status, refused.json.code]).toEqual([url, 403, 'auth.password-due']);
    }
    const change = (currentPassword: string, newPassword: string) =>
      ask('/api/core/password', { method: 'POST', headers, body: { currentPassword, newPassword } });
    expect((await change('wrong', 'a password of mine')).json.code).toBe('auth.password-wrong');
    expect((await change(given, 'short')).json.code).toBe('auth.password-weak');
    const changed = await change(given, 'a password of mine');
    expect([changed.status, changed.json.mustChangePassword]).toEqual([200, false]);
    const after = { cookie: `orrery=${changed.cookies[0]?.value}`, ...ownPage };
    expect((await ask('/api/core/tokens', { headers: after })).status).toBe(200);
    expect((await ask('/api/core/tokens', { headers })).json.code).toBe('auth.session-ended');
  });
});

describe('the first password of the administrator', () => {
  test.each([
    ['on the machine itself', { from: '127.0.0.1' }, 200],
    ['on the machine itself, IPv6', { from: '::1', headers: { host: '[::1]:80' } }, 200],
    ['from another machine', { from: '192.0.2.7' }, 403],
    [
      'through a proxy nobody trusts',
      { from: '127.0.0.1', headers: { 'x-forwarded-for': '192.0.2.7' } },
      403,
    ],
    [
      'through a proxy that hides it behind a name',
      { from: '127.0.0.1', headers: { via: '1.1 proxy' } },
      403,
    ],
  ])('works or not %s', async (_where, more, status) => {
    const { sql } = server.core.db;
    await sql`update core.account set password_state = 'first' where name = 'admin'`;
    const answer = await signIn('admin', adminPassword, more);
    await sql`update core.account set password_state = 'chosen' where name = 'admin'`;
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.json.code).toBe('auth.first-password-remote');
  });
});

describe('tokens', () => {
  test('are made, used, listed and revoked by their owner', async () => {
    const { headers } = await person('vega', ['user', 'uws.run:hello']);
    const body = { roles: ['uws.run:hello'], expires: '1h', label: 'notebook', vo: 'local' };
    const made = await ask('/api/core/tokens', { method: 'POST', headers, body });
    expect([made.status, made.headers['cache-control']]).toEqual([201, 'no-store']);
    const { token, id } = made.json as TokenCreated;
    expect(decodeJwt(token)).toMatchObject({ jti: id, preferred_username: 'vega', vo: 'local' });
    const bearer = { authorization: `Bearer ${token}` };
    expect((await ask('/api/core/session', { headers: bearer })).json).toMatchObject({
      name: 'vega',
      grants: [{ role: 'uws.run', scope: 'hello' }],
    });
    const { rows } = (await ask('/api/core/tokens', { headers })).json as TokenList;
    expect(rows).toMatchObject([
      { id, account: 'vega', label: 'notebook', grants: ['uws.run:hello'], state: 'good', createdBy: 'vega' },
    ]);
    expect((await ask(`/api/core/tokens/${id}`, { method: 'DELETE', headers })).status).toBe(204);
    const refused = await ask('/api/core/session', { headers: bearer });
    expect([refused.status, refused.json.code, refused.headers['www-authenticate']]).toEqual([
      401,
      'auth.token-revoked',
      'Bearer realm="orrery", Basic realm="orrery"',
    ]);
  });

  test('of others are not revoked, nor seen', async () => {
    const one = await person('castor');
    const two = await person('pollux');
    const { json } = await ask('/api/core/tokens', { method: 'POST', headers: one.headers, body: {} });
    const id = String(json.id);
    const refused = await ask(`/api/core/tokens/${id}`, { method: 'DELETE', headers: two.headers });
    expect([refused.status, refused.json.code]).toEqual([404, 'auth.token-missing']);
    expect((await ask('/api/core/tokens', { headers: two.headers })).json).toEqual({ rows: [] });
    expect(
      (await ask(`/api/core/accounts/castor/tokens/${id}`, { method: 'DELETE', headers: admin })).status,
    ).toBe(204);
  });

  test('make tokens that can do no more than they can', async () => {
    const narrow = (
      await ask('/api/core/tokens', {
        method: 'POST',
        headers: admin,
        body: { roles: ['uws.run:hello', 'archive'] },
      })
    ).json as TokenCreated;
    const bearer = { authorization: `Bearer ${narrow.token}` };
    const refused = await ask('/api/core/tokens', {
      method: 'POST',
      headers: bearer,
      body: { roles: ['operator'] },
    });
    expect([refused.status, refused.json.code]).toEqual([403, 'auth.grant-missing']);
    const child = (await ask('/api/core/tokens', { method: 'POST', headers: bearer, body: {} }))
      .json as TokenCreated;
    const { json } = await ask('/api/core/session', { headers: { authorization: `Bearer ${child.token}` } });
    expect(json.grants).toEqual([
      { role: 'uws.run', scope: 'hello' },
      { role: 'archive', scope: null },
    ]);
  });

  test('end with the token that asked for them', async () => {
    const make = async (headers: Record<string, string>, expires: string) =>
      (await ask('/api/core/tokens', { method: 'POST', headers, body: { expires } })).json as TokenCreated;
    const parent = await make(admin, '1h');
    const child = await make({ authorization: `Bearer ${parent.token}` }, '1y');
    const grandchild = await make({ authorization: `Bearer ${child.token}` }, '30m');
    expect(child.expiresAt).toBe(parent.expiresAt);
    expect(decodeJwt(child.token).exp).toBe(decodeJwt(parent.token).exp);
    expect(Date.parse(grandchild.expiresAt)).toBeLessThan(Date.parse(child.expiresAt));
    const revoked = await ask(`/api/core/tokens/${parent.id}`, { method: 'DELETE', headers: admin });
    expect(revoked.status).toBe(204);
    for (const { token } of [parent, child, grandchild]) {
      const { json } = await ask('/api/core/session', { headers: { authorization: `Bearer ${token}` } });
      expect(json.code).toBe('auth.token-revoked');
    }
  });
});

describe('accounts', () => {
  test('are the administrators matter', async () => {
    const { headers } = await person('algol', ['operator']);
    for (const [method, url] of [
      ['GET', '/api/core/accounts'],
      ['POST', '/api/core/accounts'],
      ['GET', '/api/core/accounts/admin'],
      ['POST', '/api/core/accounts/algol/grants'],
      ['DELETE', '/api/core/accounts/admin/grants/admin'],
      ['POST', '/api/core/accounts/admin/disable'],
      ['POST', '/api/core/accounts/admin/password'],
      ['GET', '/api/core/accounts/admin/tokens'],
    ] as const) {
      const refused = await ask(url, {
        method,
        headers,
        ...(method === 'POST' ? { body: { name: 'x', grant: 'admin' } } : {}),
      });
      expect([url, refused.status, refused.json.code]).toEqual([url, 403, 'auth.permission-missing']);
      const nobody = await ask(url, {
        method,
        ...(method === 'POST' ? { body: { name: 'x', grant: 'admin' } } : {}),
      });
      expect([url, nobody.status, nobody.json.code]).toEqual([url, 401, 'auth.required']);
    }
  });

  test('are changed, closed and opened', async () => {
    const { headers } = await person('deneb');
    const post = (what: string, body: object = {}) =>
      ask(`/api/core/accounts/deneb/${what}`, { method: 'POST', headers: admin, body });
    expect((await post('grants', { grant: 'uws.run:hello' })).json.grants).toEqual([
      { role: 'user', scope: null },
      { role: 'uws.run', scope: 'hello' },
    ]);
    expect((await ask('/api/core/session', { headers })).json.grants).toHaveLength(2);
    const taken = await ask('/api/core/accounts/deneb/grants/uws.run%3Ahello', {
      method: 'DELETE',
      headers: admin,
    });
    expect(taken.json.grants).toEqual([{ role: 'user', scope: null }]);
    expect((await post('disable')).json.disabledAt).toEqual(expect.any(String));
    expect((await ask('/api/core/tokens', { headers })).json.code).toBe('auth.session-ended');
    expect((await post('enable')).json.disabledAt).toBeNull();
    const { json } = await post('password');
    expect((await signIn('deneb', String(json.password))).json.mustChangePassword).toBe(true);
    const trail = await server.core.db.sql`
      select action from core.audit where object_id = 'deneb' and actor = 'admin' order by audit_id`;
    expect(trail.map((row) => row.action)).toEqual([
      'auth.account-created',
      'auth.grant-added',
      'auth.grant-removed',
      'auth.account-disabled',
      'auth.account-enabled',
      'auth.password-reset',
    ]);
  });

  test('for programs have no password', async () => {
    const made = await ask('/api/core/accounts', {
      method: 'POST',
      headers: admin,
      body: { name: 'pilot', signsIn: false, roles: ['panda.pilot:local'] },
    });
    expect(made.json).toMatchObject({ password: null, account: { name: 'pilot', password: 'none' } });
    expect((await signIn('pilot', 'anything at all')).json.code).toBe('auth.password-wrong');
  });

  test('are listed by pages', async () => {
    const names: string[] = [];
    let after: string | null = '';
    while (after !== null) {
      const { json } = await ask(`/api/core/accounts?limit=2&after=${after}`, { headers: admin });
      names.push(...(json.rows as AccountRow[]).map((row) => row.name));
      after = json.next as string | null;
    }
    expect(names).toContain('admin');
    expect(names).toEqual([...new Set(names)].sort());
  });

  test.each([
    ['POST', '/api/core/accounts', { name: 'a b' }, 400, 'auth.account-name-invalid'],
    ['POST', '/api/core/accounts', { name: 'admin' }, 409, 'auth.account-taken'],
    ['POST', '/api/core/accounts', { name: 'new', roles: ['boss'] }, 400, 'auth.role-unknown'],
    ['POST', '/api/core/accounts', { roles: [] }, 400, 'http.input-refused'],
    ['POST', '/api/core/accounts/nobody/grants', { grant: 'user' }, 404, 'auth.account-unknown'],
    ['POST', '/api/core/accounts/admin/grants', { grant: 'uws.run:a b' }, 400, 'auth.scope-invalid'],
    ['POST', '/api/core/accounts/admin/disable', {}, 409, 'auth.last-admin'],
    ['DELETE', '/api/core/accounts/admin/grants/admin', undefined, 409, 'auth.last-admin'],
    ['GET', '/api/core/accounts?limit=0', undefined, 400, 'http.input-refused'],
    ['GET', '/api/core/accounts/nobody', undefined, 404, 'auth.account-unknown'],
  ] as const)('%s %s %o is refused', async (method, url, body, status, code) => {
    const answer = await ask(url, { method, headers: admin, ...(body === undefined ? {} : { body }) });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });
});

test('me tells who asks and what the server is, and strangers little of it', async () => {
  const { json } = await ask('/api/core/me', { headers: admin });
  expect(json).toMatchObject({
    name: 'admin',
    mustChangePassword: false,
    services: [],
    server: { version: expect.any(String), database: expect.stringMatching(/^PostgreSQL \d+/) },
  });
  expect((await ask('/api/core/me')).json).toMatchObject({
    anonymous: true,
    server: { host: '', database: '' },
  });
});
