import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testAuth, testAuthContext, tester } from '../../../../test/support/auth.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { chainAudit, verifyAudit } from '../audit/index.ts';
import {
  createAccount,
  createToken,
  formatGrant,
  grantRole,
  issueToken,
  listTokens,
  revokeGrant,
  revokeToken,
  seedAdmin,
  setDisabled,
  signIn,
} from './index.ts';
import { getSigningKey } from './signing-key.ts';

const db = await testDatabase();
const context = await testAuthContext(db, { publicUrl: 'https://orrery.example.org/' });
const auth = testAuth(context);
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const ask = (token: string) => auth.authenticate(bearer(token));
const codeOf = (token: string) =>
  ask(token).then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  );

beforeAll(async () => {
  await seedAdmin(context, { password: 'correct horse battery', token: 'preset-token-of-the-tests' });
  await createAccount(context, tester, {
    name: 'rigel',
    displayName: 'rigel kent',
    roles: ['user', 'panda.pilot:local', 'panda.production:atlas,cms'],
  });
});

beforeEach(() => auth.forget());

describe('a token', () => {
  test('tells old clients who it is, for whom, and until when', async () => {
    const token = await createToken(context, tester, {
      user: 'rigel',
      roles: ['panda.pilot:local'],
      expires: '12h',
      vo: 'local',
    });
    const claims = decodeJwt(token);
    expect(claims).toEqual({
      iss: 'https://orrery.example.org',
      sub: expect.stringMatching(/^\d+$/),
      aud: 'orrery',
      name: 'rigel kent',
      preferred_username: 'rigel',
      groups: ['local/pilot'],
      vo: 'local',
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.stringMatching(/^[2-9a-z]{26}$/),
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeGreaterThan(12 * 3600 - 5);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThan(12 * 3600 + 5);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'EdDSA', typ: 'JWT' });
  });

  test('stays under one kilobyte however much it may do', async () => {
    const roles = Array.from(
      { length: 40 },
      (_, index) => `uws.run:a-definition-with-a-rather-long-name-${index}`,
    );
    await createAccount(context, tester, { name: 'x'.repeat(64), displayName: 'Ü'.repeat(100), roles });
    const token = await createToken(context, tester, { user: 'x'.repeat(64), vo: 'v'.repeat(64) });
    expect(token.length).toBeLessThan(1024);
    expect((await ask(token)).grants).toHaveLength(40);
  });

  test('gives the identity of its account, narrowed to what it was made for', async () => {
    const token = await createToken(context, tester, {
      user: 'RIGEL',
      roles: ['panda.production:cms'],
      vo: 'cms',
    });
    const identity = await ask(token);
    expect(identity).toMatchObject({
      kind: 'account',
      name: 'rigel',
      displayName: 'rigel kent',
      grants: [{ role: 'panda.production', scope: 'cms' }],
      via: 'bearer',
      vo: 'cms',
      tokenId: decodeJwt(token).jti,
    });
    expect(identity.may('core.own-account')).toBe(true);
    expect(identity.may('core.accounts')).toBe(false);
  });

  test('round trip: what is asked for is what it may do', async () => {
    const some = fc.subarray(
      ['user', 'panda.pilot:local', 'panda.production:atlas', 'panda.production:cms'],
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(some, async (roles) => {
        const identity = await ask(await createToken(context, tester, { user: 'rigel', roles }));
        expect(identity.grants.map(formatGrant).sort()).toEqual([...roles].sort());
      }),
      { numRuns: 15 },
    );
  });

  test('is not made for more than the account holds', async () => {
    for (const role of [
      'admin',
      'operator',
      'panda.pilot',
      'panda.pilot:other',
      'panda.production:atlas,lhcb',
    ]) {
      await expect(createToken(context, tester, { user: 'rigel', roles: [role] })).rejects.toMatchObject({
        code: 'auth.grant-missing',
        next: expect.stringContaining('orrery user grant rigel'),
      });
    }
  });

  test('of an administrator is made for any role, and only for that', async () => {
    const token = await createToken(context, tester, { user: 'admin', roles: ['panda.pilot:local'] });
    const identity = await ask(token);
    expect(identity.grants).toEqual([{ role: 'panda.pilot', scope: 'local' }]);
    expect(identity.may('core.accounts')).toBe(false);
  });

  test.each([
    [{ user: 'nobody' }, 'auth.account-unknown'],
    [{ user: 'rigel', expires: '0d' }, 'auth.duration-invalid'],
    [{ user: 'rigel', expires: 'soon' }, 'auth.duration-invalid'],
    [{ user: 'rigel', expires: '11y' }, 'auth.duration-invalid'],
    [{ user: 'rigel', roles: ['pilot'] }, 'auth.role-unknown'],
    [{ user: 'rigel', vo: 'a b' }, 'auth.vo-invalid'],
  ])('is refused for %o with %s', async (wish, code) => {
    await expect(createToken(context, tester, wish)).rejects.toMatchObject({ code });
  });
});

describe('what the account holds now decides', () => {
  test('a grant taken away is taken from the token, one given comes to a token for everything', async () => {
    await createAccount(context, tester, { name: 'mira', roles: ['user', 'uws.run:hello'] });
    const narrow = await createToken(context, tester, { user: 'mira', roles: ['uws.run:hello'] });
    const wide = await createToken(context, tester, { user: 'mira' });
    await revokeGrant(context, tester, 'mira', 'uws.run:hello');
    await grantRole(context, tester, 'mira', 'archive');
    expect((await ask(narrow)).grants).toEqual([]);
    expect((await ask(wide)).grants.map(formatGrant)).toEqual(['archive', 'user']);
  });

  test('a closed account has no good token', async () => {
    await createAccount(context, tester, { name: 'algol', roles: ['user'] });
    const token = await createToken(context, tester, { user: 'algol' });
    await setDisabled(context, tester, 'algol', true);
    expect(await codeOf(token)).toBe('auth.account-disabled');
    await expect(createToken(context, tester, { user: 'algol' })).rejects.toMatchObject({
      code: 'auth.account-disabled',
    });
    await setDisabled(context, tester, 'algol', false);
    expect(await codeOf(token)).toBe('accepted');
  });
});

describe('a token is refused', () => {
  test('when it is revoked, at once here and within two seconds in a process that has just used it', async () => {
    const other = testAuth(context);
    const { token, tokenId } = await issueToken(context, tester, { user: 'rigel' });
    await other.authenticate(bearer(token));
    await revokeToken(context, tester, tokenId);
    const revokedAt = performance.now();
    expect(await codeOf(token)).toBe('auth.token-revoked');
    await expect
      .poll(
        () =>
          other.authenticate(bearer(token)).then(
            () => 'accepted',
            (error: { code: string }) => error.code,
          ),
        {
          timeout: 2000 - (performance.now() - revokedAt),
          interval: 50,
        },
      )
      .toBe('auth.token-revoked');
  });

  test('when it has expired', async () => {
    const { token, tokenId } = await issueToken(context, tester, { user: 'rigel' });
    await db.sql`update core.api_token set expires_at = clock_timestamp() - interval '1 second' where token_id = ${tokenId}`;
    expect(await codeOf(token)).toBe('auth.token-expired');
  });

  test('when its row is gone', async () => {
    const { token, tokenId } = await issueToken(context, tester, { user: 'rigel' });
    await db.sql`delete from core.api_token where token_id = ${tokenId}`;
    expect(await codeOf(token)).toBe('auth.token-unknown');
  });

  test('when any of its bits is changed', async () => {
    const token = await createToken(context, tester, { user: 'rigel' });
    const [header = '', payload = '', signature = ''] = token.split('.');
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.integer({ min: 1, max: 255 }), async (part, at, flip) => {
        const bytes = Buffer.from([header, payload, signature][part] ?? '', 'base64url');
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ flip;
        const parts = [header, payload, signature].with(part, bytes.toString('base64url'));
        expect(await codeOf(parts.join('.'))).toMatch(/^auth\.token-(foreign|unknown)$/);
      }),
      { numRuns: 100 },
    );
  });

  test('when somebody else signed it, with our key id or theirs', async () => {
    const claims = decodeJwt(await createToken(context, tester, { user: 'admin' }));
    const { keyId } = await getSigningKey(context);
    const forger = generateKeyPairSync('ed25519').privateKey;
    for (const kid of [keyId, 'theirs']) {
      const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid }).sign(forger);
      expect(await codeOf(forged)).toBe('auth.token-foreign');
    }
  });

  test('when its algorithm is none, or HMAC with the public key', async () => {
    const claims = decodeJwt(await createToken(context, tester, { user: 'admin' }));
    const { keyId } = await getSigningKey(context);
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'None', 'NONE']) {
      const bare = `${encode({ alg, kid: keyId })}.${encode(claims)}.`;
      expect(await codeOf(bare)).toBe('auth.token-foreign');
    }
    const [row] = await db.sql<{ publicKey: { x: string } }[]>`select public_key from core.signing_key`;
    const secret = Buffer.from(row?.publicKey.x ?? '', 'base64url');
    const mixed = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: keyId }).sign(secret);
    expect(await codeOf(mixed)).toBe('auth.token-foreign');
  });

  test('when our key signed it for another audience', async () => {
    const { keyId, privateKey } = await getSigningKey(context);
    const claims = decodeJwt(await createToken(context, tester, { user: 'admin' }));
    const other = await new SignJWT({ ...claims, aud: 'somebody' })
      .setProtectedHeader({ alg: 'EdDSA', kid: keyId })
      .sign(privateKey);
    expect(await codeOf(other)).toBe('auth.token-foreign');
  });

  test('when it is a number of a token instead of a token', async () => {
    const { tokenId } = await issueToken(context, tester, { user: 'rigel' });
    expect(await codeOf(tokenId)).toBe('auth.token-unknown');
  });
});

test('a token that was just revoked gets no child, even where it still counts as good', async () => {
  const parent = await issueToken(context, tester, { user: 'rigel' });
  const identity = await ask(parent.token);
  await revokeToken(context, tester, parent.tokenId);
  const within = { tokenId: parent.tokenId, grants: identity.grants };
  await expect(createToken(context, tester, { user: 'rigel', within })).rejects.toMatchObject({
    code: 'auth.token-revoked',
  });
});

describe('a preset token', () => {
  test('is good from the first start, and its number is none', async () => {
    expect(await ask('preset-token-of-the-tests')).toMatchObject({
      name: 'admin',
      grants: [{ role: 'admin', scope: null }],
    });
    expect(await codeOf('admin-preset')).toBe('auth.token-unknown');
  });

  test('is never stood in for by a JWT with its number, even under our key', async () => {
    const { keyId, privateKey } = await getSigningKey(context);
    const forged = await new SignJWT({ aud: 'orrery', jti: 'admin-preset' })
      .setProtectedHeader({ alg: 'EdDSA', kid: keyId })
      .sign(privateKey);
    expect(await codeOf(forged)).toBe('auth.token-unknown');
  });

  test('is stored once, however often the server starts, and stays revoked', async () => {
    await seedAdmin(context, { token: 'preset-token-of-the-tests' });
    const rows = await db.sql`select token_id, token_hash from core.api_token where label like 'Preset%'`;
    expect(rows).toHaveLength(1);
    expect(Buffer.from(rows[0]?.tokenHash).toString()).not.toContain('preset');
    await revokeToken(context, tester, 'admin-preset');
    await seedAdmin(context, { token: 'preset-token-of-the-tests' });
    expect(await codeOf('preset-token-of-the-tests')).toBe('auth.token-revoked');
  });

  test('takes the place of the one before', async () => {
    await seedAdmin(context, { token: 'another-preset-token' });
    expect(await codeOf('another-preset-token')).toBe('accepted');
    expect(await codeOf('preset-token-of-the-tests')).toBe('auth.token-unknown');
  });
});

describe('what is stored of tokens', () => {
  test('their use, at most once a minute', async () => {
    const { token, tokenId } = await issueToken(context, tester, { user: 'rigel' });
    const lastUsed = async () =>
      (await listTokens(context, 'rigel')).find((row) => row.tokenId === tokenId)?.lastUsedAt;
    expect(await lastUsed()).toBeNull();
    await ask(token);
    const first = await lastUsed();
    expect(first).toBeInstanceOf(Date);
    auth.forget();
    await ask(token);
    expect(await lastUsed()).toEqual(first);
    await db.sql`update core.api_token set last_used_at = last_used_at - interval '2 minutes' where token_id = ${tokenId}`;
    auth.forget();
    await ask(token);
    expect((await lastUsed())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Number.NaN);
  });

  test('never the token, nor the open private key', async () => {
    const token = await createToken(context, tester, { user: 'rigel' });
    const signature = token.split('.')[2] ?? '';
    const rows = await db.sql`
      select t::text as line from core.api_token t union all select a::text from core.audit a
      union all select k::text from core.signing_key k`;
    const everything = rows.map((row) => String(row.line)).join('\n');
    expect(everything).not.toContain(signature);
    const { privateKey } = await getSigningKey(context);
    const seed = Buffer.from(String(privateKey.export({ format: 'jwk' }).d), 'base64url').toString('hex');
    expect(everything).not.toContain(seed);
  });

  test('who made and who ended them, in the audit trail', async () => {
    const { tokenId } = await issueToken(context, { name: 'cli:operator' }, { user: 'rigel' });
    await revokeToken(context, tester, tokenId);
    const rows =
      await db.sql`select actor, action from core.audit where object_id = ${tokenId} order by audit_id`;
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { actor: 'cli:operator', action: 'auth.token-created' },
      { actor: 'tester', action: 'auth.token-revoked' },
    ]);
  });

  test('processes that make the first key at once make one', async () => {
    await db.sql`delete from core.signing_key`;
    const keys = await Promise.all(Array.from({ length: 6 }, () => getSigningKey(context)));
    expect(new Set(keys.map((key) => key.keyId)).size).toBe(1);
  });
});

test('all of it works without prepared statements, as behind a pooler', async () => {
  const pooled = await testAuthContext(await testDatabase({ prepare: false }));
  await seedAdmin(pooled, { password: 'correct horse battery', token: 'preset-token-of-the-tests' });
  const token = await createToken(pooled, tester, { user: 'admin', roles: ['user', 'uws.run:a,b'] });
  const other = testAuth(pooled);
  expect((await other.authenticate(bearer(token))).grants.map(formatGrant)).toEqual(['user', 'uws.run:a,b']);
  await expect(other.authenticate(bearer('preset-token-of-the-tests'))).resolves.toMatchObject({
    name: 'admin',
  });
  const cookie = await signIn(pooled, {
    name: 'admin',
    password: 'correct horse battery',
    address: '192.0.2.7',
    userAgent: 'test',
    isLocal: false,
  });
  await expect(other.authenticate({ headers: {}, cookies: { orrery: cookie } })).resolves.toMatchObject({
    via: 'session',
  });
  expect(await chainAudit(pooled.db)).toBe(3);
  expect(await verifyAudit(pooled.db.sql)).toMatchObject({ proven: 3, broken: null });
});
