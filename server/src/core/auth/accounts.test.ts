import { describe, expect, test } from 'vitest';
import { testAuthContext, tester } from '../../../../test/support/auth.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import {
  createAccount,
  findAccount,
  formatGrant,
  getAccount,
  grantRole,
  listAccounts,
  revokeGrant,
  setDisabled,
} from './index.ts';

const db = await testDatabase();
const context = await testAuthContext(db);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );

describe('an account', () => {
  test('holds what it was made with, once each, and stands in the audit trail', async () => {
    const made = await createAccount(context, tester, {
      name: 'Vega',
      roles: ['uws.run:hello', 'user', 'user'],
    });
    expect(made).toMatchObject({
      name: 'Vega',
      displayName: 'Vega',
      passwordState: 'none',
      disabledAt: null,
    });
    expect(made.grants.map(formatGrant)).toEqual(['user', 'uws.run:hello']);
    const [row] = await db.sql`select actor, action, details from core.audit where object_id = 'Vega'`;
    expect({ ...row }).toEqual({
      actor: 'tester',
      action: 'auth.account-created',
      details: { grants: ['uws.run:hello', 'user', 'user'] },
    });
  });

  test('is one whatever letters are capital', async () => {
    await createAccount(context, tester, { name: 'sirius' });
    expect(await codeOf(createAccount(context, tester, { name: 'SIRIUS' }))).toBe('auth.account-taken');
    expect((await findAccount(db.sql, 'Sirius'))?.name).toBe('sirius');
  });

  test('made twice at once is made once', async () => {
    const codes = await Promise.all(
      Array.from({ length: 5 }, () => codeOf(createAccount(context, tester, { name: 'capella' }))),
    );
    expect(codes.sort()).toEqual([...Array<string>(4).fill('auth.account-taken'), 'done']);
  });

  test.each([
    '',
    ' ',
    'a b',
    '.a',
    '-x',
    'a:b',
    'a/b',
    'ä',
    'a'.repeat(65),
    'anonymous',
    'System',
    'a\0',
    "a'--",
  ])('cannot be called "%s"', async (name) => {
    expect(await codeOf(createAccount(context, tester, { name }))).toBe('auth.account-name-invalid');
  });

  test('is not made at all when one of its roles is wrong', async () => {
    expect(await codeOf(createAccount(context, tester, { name: 'deneb', roles: ['user', 'boss'] }))).toBe(
      'auth.role-unknown',
    );
    expect(await findAccount(db.sql, 'deneb')).toBeNull();
  });

  test('that does not exist is said so', async () => {
    expect(await codeOf(getAccount(db.sql, 'nobody'))).toBe('auth.account-unknown');
    expect(await codeOf(grantRole(context, tester, 'nobody', 'user'))).toBe('auth.account-unknown');
    expect(await codeOf(setDisabled(context, tester, 'nobody', true))).toBe('auth.account-unknown');
  });
});

describe('grants', () => {
  test('are given once and taken away once', async () => {
    await createAccount(context, tester, { name: 'mira' });
    await grantRole(context, tester, 'mira', 'panda.pilot:local');
    const twice = await grantRole(context, tester, 'mira', 'panda.pilot:local');
    expect(twice.grants.map(formatGrant)).toEqual(['panda.pilot:local']);
    await grantRole(context, tester, 'mira', 'panda.pilot');
    const left = await revokeGrant(context, tester, 'mira', 'panda.pilot');
    expect(left.grants.map(formatGrant)).toEqual(['panda.pilot:local']);
    expect(await codeOf(revokeGrant(context, tester, 'mira', 'panda.pilot'))).toBe('auth.grant-unknown');
    const changes = await db.sql`
      select action, details ->> 'grant' as grant from core.audit
      where object_id = 'mira' and action like 'auth.grant%' order by audit_id`;
    expect(changes.map((row) => [row.action, row.grant])).toEqual([
      ['auth.grant-added', 'panda.pilot:local'],
      ['auth.grant-added', 'panda.pilot'],
      ['auth.grant-removed', 'panda.pilot'],
    ]);
  });

  test('of a role that this release does not know give nothing', async () => {
    const { accountId } = await createAccount(context, tester, { name: 'polaris', roles: ['user'] });
    await db.sql`insert into core.account_grant (account_id, role, granted_by) values (${accountId}, 'wizard', 'x')`;
    expect((await getAccount(db.sql, 'polaris')).grants.map(formatGrant)).toEqual(['user']);
  });
});

describe('the last administrator', () => {
  test('stays, also when two of them remove each other at once', async () => {
    await createAccount(context, tester, { name: 'one', roles: ['admin'] });
    expect(await codeOf(setDisabled(context, tester, 'one', true))).toBe('auth.last-admin');
    expect(await codeOf(revokeGrant(context, tester, 'one', 'admin'))).toBe('auth.last-admin');
    for (let round = 0; round < 5; round += 1) {
      await createAccount(context, tester, { name: `other-${round}`, roles: ['admin'] });
      const codes = await Promise.all([
        codeOf(setDisabled(context, tester, 'one', true)),
        codeOf(revokeGrant(context, tester, `other-${round}`, 'admin')),
      ]);
      expect(codes.sort()).toEqual(['auth.last-admin', 'done']);
      await setDisabled(context, tester, 'one', false);
      await db.sql`delete from core.account_grant g using core.account a
        where a.account_id = g.account_id and a.name like 'other-%'`;
    }
  });

  test('may go when there is another one', async () => {
    await createAccount(context, tester, { name: 'two', roles: ['admin'] });
    expect((await setDisabled(context, tester, 'one', true)).disabledAt).toBeInstanceOf(Date);
    expect(await codeOf(setDisabled(context, tester, 'two', true))).toBe('auth.last-admin');
  });
});

test('the list has pages without gaps, in the order of names', async () => {
  const names: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await listAccounts(db.sql, { limit: 3, ...(after === undefined ? {} : { after }) });
    names.push(...page.map((account) => account.name));
    after = page.at(-1)?.name;
    if (page.length < 3) break;
  }
  const all = await listAccounts(db.sql, { limit: 1000 });
  expect(names).toEqual(all.map((account) => account.name));
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain('Vega');
});
