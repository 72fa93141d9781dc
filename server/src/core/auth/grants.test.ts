import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createIdentity,
  createPermissions,
  formatGrant,
  type Grant,
  holds,
  intersectGrants,
  parseGrant,
  type Role,
  roles,
} from './index.ts';

/** Few words, so that random grants meet each other often. */
const word = fc.constantFrom('atlas', 'cms', 'atlas/higgs', 'atlas/top', 'atlasX');
const scopes = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(','));
const someRoles: readonly Role[] = ['panda.production', 'panda.pilot', 'uws.run', 'user'];
const grant: fc.Arbitrary<Grant> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ role: fc.constantFrom(...someRoles), scope: fc.option(scopes) }) },
  { weight: 1, arbitrary: fc.constant<Grant>({ role: 'admin', scope: null }) },
);
const grants = fc.array(grant, { maxLength: 5 });

/** The rule as one would say it, without any shortcut. */
function modelHolds(held: readonly Grant[], role: Role, place: string): boolean {
  for (const one of held) {
    if (one.role === 'admin') return true;
    if (one.role !== role) continue;
    if (one.scope === null) return true;
    for (const part of one.scope.split(',')) {
      const steps = place.split('/');
      for (let length = 1; length <= steps.length; length += 1) {
        if (steps.slice(0, length).join('/') === part) return true;
      }
    }
  }
  return false;
}

describe('grants', () => {
  test('are held as a plain reading of the rule says', () => {
    fc.assert(
      fc.property(grants, fc.constantFrom(...someRoles), word, (held, role, place) => {
        expect(holds(held, role, place)).toBe(modelHolds(held, role, place));
      }),
      { numRuns: 2000 },
    );
  });

  test('of a token and its account give what both hold, no more and no less', () => {
    fc.assert(
      fc.property(grants, grants, fc.constantFrom(...someRoles), word, (account, token, role, place) => {
        const both = modelHolds(account, role, place) && modelHolds(token, role, place);
        expect(holds(intersectGrants(account, token), role, place)).toBe(both);
      }),
      { numRuns: 3000 },
    );
  });

  test('a token made by an administrator loses with the administrator', () => {
    const made: Grant[] = [{ role: 'panda.pilot', scope: 'local' }];
    expect(intersectGrants([{ role: 'admin', scope: null }], made)).toEqual(made);
    expect(intersectGrants([{ role: 'operator', scope: null }], made)).toEqual([]);
  });

  test('everywhere is more than somewhere', () => {
    expect(holds([{ role: 'uws.run', scope: 'hello' }], 'uws.run', null)).toBe(false);
    expect(holds([{ role: 'uws.run', scope: null }], 'uws.run', null)).toBe(true);
  });
});

describe('writing grants', () => {
  test('and reading them gives the same', () => {
    fc.assert(
      fc.property(grant, (one) => {
        expect(parseGrant(formatGrant(one))).toEqual(one);
      }),
    );
  });

  test.each([
    ['boss', 'auth.role-unknown'],
    ['Admin', 'auth.role-unknown'],
    ['', 'auth.role-unknown'],
    ['__proto__', 'auth.role-unknown'],
    ['toString', 'auth.role-unknown'],
    ['admin:atlas', 'auth.scope-invalid'],
    ['scan.admin:clamd', 'auth.scope-invalid'],
    ['uws.run:', 'auth.scope-invalid'],
    ['uws.run:a,', 'auth.scope-invalid'],
    ['uws.run:a b', 'auth.scope-invalid'],
    ['uws.run:/a', 'auth.scope-invalid'],
    ['uws.run:a:b', 'auth.scope-invalid'],
    [`uws.run:${'a'.repeat(201)}`, 'auth.scope-invalid'],
  ])('%s is refused with %s', (text, code) => {
    expect(() => parseGrant(text)).toThrow(expect.objectContaining({ code }));
  });

  test('the roles are those of the contract', () => {
    expect(roles).toEqual([
      'admin',
      'operator',
      'user',
      'panda.production',
      'panda.pilot',
      'uws.author',
      'uws.run',
      'scan.analyst',
      'scan.admin',
      'scan.worker',
      'crds.submitter',
      'crds.operator',
      'archive',
    ]);
  });
});

describe('permissions against a plain model', () => {
  const rules = {
    'x.scoped': { roles: ['panda.production', 'panda.pilot'], scope: 'VO' },
    'x.plain': { roles: ['user'] },
    'x.nobody': { roles: [] },
  };
  const permissions = createPermissions([rules]);
  const fields = { kind: 'account', accountId: 1, name: 'a', displayName: 'A', via: 'bearer' } as const;

  test('a permission is held where one of its roles is', () => {
    fc.assert(
      fc.property(grants, word, (held, place) => {
        const identity = createIdentity(permissions, { ...fields, grants: held });
        const isAdmin = held.some((one) => one.role === 'admin');
        const scoped = rules['x.scoped'].roles as Role[];
        expect(identity.may('x.scoped', place)).toBe(scoped.some((role) => modelHolds(held, role, place)));
        expect(identity.may('x.scoped')).toBe(isAdmin || held.some((one) => scoped.includes(one.role)));
        expect(identity.may('x.plain', place)).toBe(isAdmin || held.some((one) => one.role === 'user'));
        expect(identity.may('x.nobody')).toBe(isAdmin);
      }),
      { numRuns: 2000 },
    );
  });

  test('the scopes told are the scopes held', () => {
    fc.assert(
      fc.property(grants, word, (held, place) => {
        const identity = createIdentity(permissions, { ...fields, grants: held });
        const told = identity.scopesOf('x.scoped');
        const covers = told === 'all' || told.some((one) => place === one || place.startsWith(`${one}/`));
        expect(covers).toBe(identity.may('x.scoped', place));
      }),
      { numRuns: 2000 },
    );
  });
});
