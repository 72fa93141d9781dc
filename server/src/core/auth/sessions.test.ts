import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testAuth, testAuthContext, tester } from '../../../../test/support/auth.ts';
import { createTestDatabase, testConnection } from '../../../../test/support/database.ts';
import { createDb } from '../db/index.ts';
import { changePassword, createAccount, endSession, resetPassword, setDisabled, signIn } from './index.ts';
import { claimLoginTry, loginLimits, networkOf, returnLoginTry } from './login-limits.ts';
import { listSessions } from './session.store.ts';

const database = await createTestDatabase();
const db = createDb({ ...testConnection(database.name), poolSize: 8, name: 'test' });
afterAll(async () => {
  await db.close();
  await database.drop();
});
const context = await testAuthContext(db);
const auth = testAuth(context);
const from = { address: '192.0.2.7', userAgent: 'Firefox', isLocal: false };
const password = 'a quite long password';

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );
}
const who = (cookie: string) => auth.authenticate({ headers: {}, cookies: { orrery: cookie } });

beforeAll(async () => {
  for (const name of ['vega', 'mira', 'algol']) {
    await createAccount(context, tester, { name, roles: ['user'], password, passwordChosen: true });
  }
});

beforeEach(async () => {
  auth.forget();
  await db.sql`delete from core.login_attempt`;
});

describe('signing in', () => {
  test('opens a session that says who it is and cannot be found in the database', async () => {
    const cookie = await signIn(context, { ...from, name: 'VEGA', password });
    expect(cookie).toMatch(/^[\w-]{43}$/);
    expect(await who(cookie)).toMatchObject({ name: 'vega', via: 'session', passwordDue: false });
    const [row] = await db.sql`select s::text as line from core.session s`;
    expect(String(row?.line)).not.toContain(cookie);
  });

  test('with a wrong password and with an unknown name fails in the same words', async () => {
    const failures = await Promise.all(
      [
        { name: 'vega', password: 'wrong password' },
        { name: 'nobody', password },
        { name: 'tester', password: '' },
      ].map((wish) =>
        signIn(context, { ...from, ...wish }).catch((error: Error & { code: string }) => [
          error.code,
          error.message,
        ]),
      ),
    );
    expect(new Set(failures.map(String)).size).toBe(1);
    expect(failures[0]).toEqual(['auth.password-wrong', 'The name or the password is wrong.']);
  });

  test('of a closed account fails, and its sessions end', async () => {
    const cookie = await signIn(context, { ...from, name: 'algol', password });
    await setDisabled(context, tester, 'algol', true);
    expect(await who(cookie)).toMatchObject({ kind: 'anonymous', sessionEnded: true });
    expect(await codeOf(signIn(context, { ...from, name: 'algol', password }))).toBe('auth.account-disabled');
  });
});

test('a session that was opened while its account was being closed opens nothing', async () => {
  await createAccount(context, tester, { name: 'castor', roles: ['user'], password, passwordChosen: true });
  const cookie = await signIn(context, { ...from, name: 'castor', password });
  await db.sql`update core.account set disabled_at = clock_timestamp() where name = 'castor'`;
  expect(await who(cookie)).toMatchObject({ kind: 'anonymous', sessionEnded: true });
});

describe('a session', () => {
  test('slides with use, at most once a minute, and never beyond thirty days', async () => {
    const cookie = await signIn(context, { ...from, name: 'mira', password });
    const { accountId, sessionId = '' } = await who(cookie);
    const read = async () =>
      (await listSessions(db.sql, accountId ?? 0)).find((row) => row.sessionId === sessionId);
    const first = await read();
    expect(((first?.expiresAt.getTime() ?? 0) - (first?.createdAt.getTime() ?? 0)) / 3_600_000).toBeCloseTo(
      12,
      2,
    );
    auth.forget();
    await who(cookie);
    expect((await read())?.seenAt).toEqual(first?.seenAt);
    await db.sql`update core.session set seen_at = seen_at - interval '2 minutes',
      expires_at = expires_at - interval '2 minutes', ends_at = clock_timestamp() + interval '1 hour' where session_id = ${sessionId}`;
    auth.forget();
    await who(cookie);
    const [row] =
      await db.sql`select expires_at = ends_at as capped from core.session where session_id = ${sessionId}`;
    expect(row?.capped).toBe(true);
  });

  test.each(['expires_at', 'ends_at'])('has ended when %s has passed', async (column) => {
    const cookie = await signIn(context, { ...from, name: 'mira', password });
    const { sessionId = '' } = await who(cookie);
    await db.sql`update core.session set ${db.sql(column)} = clock_timestamp() - interval '1 second' where session_id = ${sessionId}`;
    auth.forget();
    expect(await who(cookie)).toMatchObject({ kind: 'anonymous', sessionEnded: true });
  });

  test('is listed, and ended by its owner only', async () => {
    await db.sql`delete from core.session`;
    const mine = await who(await signIn(context, { ...from, name: 'mira', password }));
    const other = await who(await signIn(context, { ...from, name: 'vega', password }));
    const sessions = await listSessions(db.sql, mine.accountId ?? 0);
    expect(sessions).toMatchObject([
      { sessionId: mine.sessionId, address: '192.0.2.7', userAgent: 'Firefox' },
    ]);
    const end = (id = '') => endSession(context, { name: 'mira' }, mine.accountId ?? 0, id);
    expect(await codeOf(end(other.sessionId))).toBe('auth.session-unknown');
    expect(await codeOf(end(mine.sessionId))).toBe('done');
    expect(await listSessions(db.sql, mine.accountId ?? 0)).toEqual([]);
  });
});

describe('a password', () => {
  test('that is changed ends all sessions but opens a new one', async () => {
    const before = await signIn(context, { ...from, name: 'mira', password });
    const next = 'another long password';
    const after = await changePassword(context, { ...from, name: 'mira', current: password, next });
    expect(await who(before)).toMatchObject({ sessionEnded: true });
    expect(await who(after)).toMatchObject({ name: 'mira' });
    expect(await codeOf(signIn(context, { ...from, name: 'mira', password }))).toBe('auth.password-wrong');
    await changePassword(context, { ...from, name: 'mira', current: next, next: password });
  });

  test.each([
    ['wrong password', 'another long password', 'auth.password-wrong'],
    [password, 'short', 'auth.password-weak'],
    [password, password, 'auth.password-same'],
  ])('is not changed from "%s" to "%s"', async (current, next, code) => {
    expect(await codeOf(changePassword(context, { ...from, name: 'vega', current, next }))).toBe(code);
    expect(await codeOf(signIn(context, { ...from, name: 'vega', password }))).toBe('done');
  });

  test('set by an administrator must be changed first, from anywhere', async () => {
    const given = await resetPassword(context, tester, 'vega');
    const cookie = await signIn(context, { ...from, name: 'vega', password: given });
    const identity = await who(cookie);
    expect(identity.passwordDue).toBe(true);
    expect([identity.may('core.own-password'), identity.may('core.own-account')]).toEqual([true, false]);
    const after = await who(
      await changePassword(context, { ...from, name: 'vega', current: given, next: password }),
    );
    expect(after.may('core.own-account')).toBe(true);
  });
});

describe('tries to sign in are limited', () => {
  const tryOnce = (name: string, address: string) =>
    codeOf(signIn(context, { ...from, name, address, password: 'wrong password' }));

  test('per name, from whatever address, and say how long to wait', async () => {
    for (let count = 0; count < loginLimits.perName; count += 1) {
      expect(await tryOnce('vega', `192.0.2.${count}`)).toBe('auth.password-wrong');
    }
    const refused = signIn(context, { ...from, name: 'Vega', address: '192.0.2.99', password });
    await expect(refused).rejects.toMatchObject({ code: 'auth.tries-exceeded', status: 429 });
    const { retryAfterSeconds } = (await refused.catch((error: unknown) => error)) as {
      retryAfterSeconds: number;
    };
    expect(retryAfterSeconds).toBeGreaterThan(14 * 60);
    expect(retryAfterSeconds).toBeLessThanOrEqual(15 * 60);
    expect(await codeOf(signIn(context, { ...from, name: 'mira', address: '192.0.2.99', password }))).toBe(
      'done',
    );
  });

  test('per address, whatever the names', async () => {
    for (let count = 0; count < loginLimits.perAddress; count += 1) {
      await claimLoginTry(db.sql, { name: `name-${count}`, address: '198.51.100.1' });
    }
    expect(await tryOnce('vega', '198.51.100.1')).toBe('auth.tries-exceeded');
    expect(await tryOnce('vega', '198.51.100.2')).toBe('auth.password-wrong');
  });

  test('until the quarter of an hour is over', async () => {
    for (let count = 0; count <= loginLimits.perName; count += 1) {
      await claimLoginTry(db.sql, { name: 'vega', address: `192.0.2.${count}` }).catch(() => {});
    }
    expect(await tryOnce('vega', '192.0.2.50')).toBe('auth.tries-exceeded');
    await db.sql`update core.login_attempt set window_ends_at = clock_timestamp() - interval '1 second'`;
    expect(await codeOf(signIn(context, { ...from, name: 'vega', password }))).toBe('done');
  });

  test('and a right password gives the tries back', async () => {
    for (let round = 0; round < 3 * loginLimits.perAddress; round += 1) {
      await claimLoginTry(db.sql, { name: 'vega', address: '192.0.2.7' });
      await returnLoginTry(db.sql, { name: 'vega', address: '192.0.2.7' }, true);
    }
    expect(await codeOf(signIn(context, { ...from, name: 'vega', password }))).toBe('done');
  });

  test('together over two processes that try at once', async () => {
    const script = `
      import { createDb } from ${JSON.stringify(new URL('../db/index.ts', import.meta.url).href)};
      import { claimLoginTry } from ${JSON.stringify(new URL('./login-limits.ts', import.meta.url).href)};
      const db = createDb(JSON.parse(process.argv[1]));
      const tries = Array.from({ length: 12 }, (_, count) =>
        claimLoginTry(db.sql, { name: 'vega', address: '192.0.2.' + count }).then(() => 1, () => 0));
      const passed = (await Promise.all(tries)).reduce((sum, one) => sum + one, 0);
      process.stdout.write(String(passed));
      await db.close();`;
    const options = JSON.stringify({
      ...testConnection(database.name),
      poolSize: 4,
      name: 'test other',
    });
    const run = promisify(execFile);
    const child = () =>
      run(process.execPath, ['--input-type=module', '--eval', script, options], { timeout: 15_000 });
    const passed = (await Promise.all([child(), child()])).map(({ stdout }) => Number(stdout));
    expect(passed.reduce((sum, one) => sum + one, 0)).toBe(loginLimits.perName);
  });

  test('and what was typed as a name is not kept', async () => {
    await tryOnce('my secret password', '192.0.2.1');
    const rows = await db.sql`select subject from core.login_attempt`;
    expect(rows.map((row) => row.subject).join(' ')).not.toContain('secret');
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001::9', '2001:db8:1:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
