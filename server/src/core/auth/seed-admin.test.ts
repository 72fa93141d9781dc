import { access, readFile, stat } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { testAuth, testAuthContext, tester } from '../../../../test/support/auth.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { firstPasswordFile } from './first-password.ts';
import {
  changePassword,
  createAccount,
  formatGrant,
  getAccount,
  resetPassword,
  seedAdmin,
  signIn,
} from './index.ts';

const db = await testDatabase();
const context = await testAuthContext(db);
const auth = testAuth(context);
const local = { address: '127.0.0.1', userAgent: 'test', isLocal: true };
const remote = { address: '192.0.2.7', userAgent: 'test', isLocal: false };

beforeEach(async () => {
  auth.forget();
  await db.sql`truncate core.account restart identity cascade`;
  await db.sql`delete from core.login_attempt`;
});

describe('the first start', () => {
  test('makes an administrator with a one-time password, in a file that only its owner reads', async () => {
    const { password = '' } = await seedAdmin(context);
    expect(password).toMatch(/^[2-9a-z]{20}$/);
    const file = firstPasswordFile(context.data);
    expect(await readFile(file, 'utf8')).toBe(`${password}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const admin = await getAccount(db.sql, 'admin');
    expect([admin.passwordState, admin.grants.map(formatGrant)]).toEqual(['first', ['admin']]);
  });

  test('by processes that start together makes one, and tells one of them', async () => {
    const told = await Promise.all(Array.from({ length: 4 }, () => seedAdmin(context)));
    const passwords = told.flatMap(({ password }) => password ?? []);
    expect(passwords).toHaveLength(1);
    expect(await readFile(firstPasswordFile(context.data), 'utf8')).toBe(`${passwords[0]}\n`);
    await expect(
      signIn(context, { ...local, name: 'admin', password: passwords[0] ?? '' }),
    ).resolves.toHaveLength(43);
  });

  test('is the first one only', async () => {
    await seedAdmin(context);
    expect(await seedAdmin(context)).toEqual({});
    expect(await seedAdmin(context, { password: 'a preset password' })).toEqual({});
    expect((await getAccount(db.sql, 'admin')).passwordState).toBe('first');
  });

  test('makes an administrator also when other accounts were made before', async () => {
    await createAccount(context, tester, { name: 'vega', roles: ['user'] });
    expect(await seedAdmin(context)).toHaveProperty('password');
  });

  test('leaves it alone when somebody administers already', async () => {
    await createAccount(context, tester, { name: 'vega', roles: ['admin'] });
    expect(await seedAdmin(context)).toEqual({});
  });

  test('takes a preset password, which is told to nobody and need not be changed', async () => {
    expect(await seedAdmin(context, { password: 'a preset password' })).toEqual({});
    const cookie = await signIn(context, { ...remote, name: 'admin', password: 'a preset password' });
    const identity = await auth.authenticate({ headers: {}, cookies: { orrery: cookie } });
    expect([identity.passwordDue, identity.may('core.accounts')]).toEqual([false, true]);
  });

  test('refuses a preset password that anybody guesses', async () => {
    await expect(seedAdmin(context, { password: 'admin' })).rejects.toMatchObject({
      code: 'auth.password-weak',
    });
  });
});

describe('the one-time password', () => {
  test('works on the machine itself only, and for nothing but being changed', async () => {
    const { password = '' } = await seedAdmin(context);
    await expect(signIn(context, { ...remote, name: 'admin', password })).rejects.toMatchObject({
      code: 'auth.first-password-remote',
      status: 403,
    });
    const cookie = await signIn(context, { ...local, name: 'admin', password });
    const identity = await auth.authenticate({ headers: {}, cookies: { orrery: cookie } });
    expect(identity.passwordDue).toBe(true);
    expect(auth.permissions.names.filter((name) => identity.may(name))).toEqual(['core.own-password']);
  });

  test('is gone with its file once it is changed, and then one signs in from anywhere', async () => {
    const { password = '' } = await seedAdmin(context);
    const next = 'chosen by its owner';
    await changePassword(context, { ...local, name: 'admin', current: password, next });
    await expect(access(firstPasswordFile(context.data))).rejects.toMatchObject({ code: 'ENOENT' });
    const cookie = await signIn(context, { ...remote, name: 'admin', password: next });
    const identity = await auth.authenticate({ headers: {}, cookies: { orrery: cookie } });
    expect(identity.may('core.accounts')).toBe(true);
    await expect(signIn(context, { ...local, name: 'admin', password })).rejects.toMatchObject({
      code: 'auth.password-wrong',
    });
  });

  test('that is set anew on the command line works from anywhere, and the file is gone', async () => {
    await seedAdmin(context);
    const password = await resetPassword(context, tester, 'admin');
    await expect(access(firstPasswordFile(context.data))).rejects.toMatchObject({ code: 'ENOENT' });
    const cookie = await signIn(context, { ...remote, name: 'admin', password });
    const identity = await auth.authenticate({ headers: {}, cookies: { orrery: cookie } });
    expect(identity.passwordDue).toBe(true);
  });
});

test('processes that start together store the same preset token', async () => {
  for (let round = 0; round < 5; round++) {
    const token = `together-preset-token-${round}`;
    await db.sql`delete from core.api_token`;
    await Promise.all(Array.from({ length: 8 }, () => seedAdmin(context, { token })));
    expect(await db.sql`select token_id from core.api_token`).toHaveLength(1);
  }
});
