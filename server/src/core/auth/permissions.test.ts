import { describe, expect, test } from 'vitest';
import {
  anonymousIdentity,
  anyAccount,
  authPermissions,
  createIdentity,
  createPermissions,
  demandPermission,
  type Grant,
  type IdentityFields,
} from './index.ts';

const rules = {
  'jobs.run': { roles: ['uws.run'], scope: 'definition' },
  'jobs.read': { roles: [anyAccount] },
  'jobs.open': { roles: [anyAccount], anonymous: () => true },
};
const permissions = createPermissions([authPermissions, rules], {
  isOpen: (rule) => rule.anonymous !== undefined,
});

function someone(grants: Grant[], more: Partial<IdentityFields> = {}) {
  return createIdentity(permissions, {
    kind: 'account',
    accountId: 7,
    name: 'alice',
    displayName: 'Alice',
    grants,
    via: 'session',
    ...more,
  });
}

describe('the table of permissions', () => {
  test('a permission that does not exist is a mistake of ours and throws', () => {
    expect(() => permissions.ruleOf('jobs.fly')).toThrow('"jobs.fly" does not exist');
    expect(() => someone([]).may('jobs.fly')).toThrow('"jobs.fly" does not exist');
    expect(() => anonymousIdentity(permissions).scopesOf('constructor')).toThrow('does not exist');
  });

  test('a rule with a role that does not exist stops the start', () => {
    expect(() => createPermissions([{ 'a.b': { roles: ['bosses'] } }])).toThrow('unknown role "bosses"');
  });

  test('two modules with one permission stop the start', () => {
    expect(() => createPermissions([rules, rules])).toThrow('"jobs.run" is defined twice');
  });

  test('lists every permission', () => {
    expect(permissions.names).toEqual([
      'core.accounts',
      'core.audit',
      'core.own-account',
      'core.own-password',
      'jobs.open',
      'jobs.read',
      'jobs.run',
    ]);
  });
});

describe('who may', () => {
  test('callers without an account only what is open', () => {
    const nobody = anonymousIdentity(permissions);
    expect(permissions.names.filter((name) => nobody.may(name))).toEqual(['jobs.open']);
  });

  test('an account without grants what every account may', () => {
    const alice = someone([]);
    expect(permissions.names.filter((name) => alice.may(name))).toEqual([
      'core.own-account',
      'core.own-password',
      'jobs.open',
      'jobs.read',
    ]);
  });

  test('an administrator everything, everywhere', () => {
    const admin = someone([{ role: 'admin', scope: null }]);
    expect(permissions.names.every((name) => admin.may(name, 'anywhere'))).toBe(true);
    expect(admin.scopesOf('jobs.run')).toBe('all');
  });

  test('an account whose password is due changes it and does nothing else', () => {
    const admin = someone([{ role: 'admin', scope: null }], { passwordDue: true });
    expect(permissions.names.filter((name) => admin.may(name))).toEqual(['core.own-password', 'jobs.open']);
  });

  test('a scoped grant opens the door and counts in its scope only', () => {
    const alice = someone([{ role: 'uws.run', scope: 'hello,fits-summary' }]);
    expect(alice.may('jobs.run')).toBe(true);
    expect(alice.may('jobs.run', 'hello')).toBe(true);
    expect(alice.may('jobs.run', 'hello2')).toBe(false);
    expect(alice.scopesOf('jobs.run')).toEqual(['hello', 'fits-summary']);
    expect(someone([]).scopesOf('jobs.run')).toEqual([]);
  });
});

describe('a refusal says what to do', () => {
  const refusal = (identity: ReturnType<typeof someone>, permission: string, scope?: string) => {
    try {
      demandPermission(identity, permission, scope);
    } catch (error) {
      return error;
    }
    return null;
  };

  test('by its code', () => {
    const code = (value: unknown) => (value as { code: string; status: number }).code;
    expect(refusal(someone([]), 'jobs.read')).toBeNull();
    expect(code(refusal(anonymousIdentity(permissions), 'jobs.run'))).toBe('auth.required');
    expect(code(refusal(anonymousIdentity(permissions, true), 'jobs.run'))).toBe('auth.session-ended');
    expect(code(refusal(someone([], { passwordDue: true }), 'jobs.read'))).toBe('auth.password-due');
    expect(refusal(someone([]), 'jobs.run', 'hello')).toMatchObject({
      status: 403,
      code: 'auth.permission-missing',
      message: 'The account alice does not hold jobs.run for hello.',
      details: { permission: 'jobs.run', scope: 'hello' },
    });
  });
});
