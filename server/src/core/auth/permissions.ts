import { AppError } from '../errors.ts';
import type { PermissionRule } from '../module.ts';
import { coversScope } from './grants.ts';
import type { Identity, IdentityFields } from './identity.ts';
import { isRole } from './roles.ts';

/** Stands in a rule's roles for "every account that has signed in". */
export const anyAccount = 'account';
/** The one permission that remains while a password must be changed first. */
export const ownPassword = 'core.own-password';

/** Which permission is held by whom; built once at start from the rules of core and of all modules. */
export interface Permissions {
  /** All permissions, sorted. */
  readonly names: readonly string[];
  /** Throws when the permission does not exist; used at start for every route. */
  ruleOf(permission: string): PermissionRule;
  allows(caller: IdentityFields, permission: string, scope?: string): boolean;
  scopesOf(caller: IdentityFields, permission: string): 'all' | string[];
}

export interface PermissionOptions {
  /** Whether the operator has opened the rule to callers without an identity. */
  isOpen?: (rule: PermissionRule) => boolean;
}

/**
 * Builds the table of permissions. Throws when two modules define one permission or when a rule names a role that
 * does not exist. `admin` holds everything; what no rule gives is denied.
 */
export function createPermissions(
  sources: ReadonlyArray<Readonly<Record<string, PermissionRule>>>,
  options: PermissionOptions = {},
): Permissions {
  const rules = collectRules(sources);
  const isOpen = options.isOpen ?? (() => false);

  function ruleOf(permission: string): PermissionRule {
    const rule = rules.get(permission);
    if (rule === undefined) throw new Error(`the permission "${permission}" does not exist`);
    return rule;
  }

  /** `null` = everywhere; otherwise the scopes of the grants that hold the permission. */
  function heldScopes(caller: IdentityFields, permission: string): string[] | null {
    const rule = ruleOf(permission);
    if (isOpen(rule)) return null;
    if (caller.kind === 'anonymous') return [];
    if (caller.passwordDue === true && permission !== ownPassword) return [];
    if (rule.roles.includes(anyAccount)) return null;
    const scopes: string[] = [];
    for (const grant of caller.grants) {
      if (grant.role === 'admin') return null;
      if (!rule.roles.includes(grant.role)) continue;
      if (grant.scope === null || rule.scope === undefined) return null;
      scopes.push(...grant.scope.split(','));
    }
    return scopes;
  }

  return {
    names: [...rules.keys()].sort(),
    ruleOf,
    allows(caller, permission, scope) {
      const held = heldScopes(caller, permission);
      if (held === null) return true;
      if (scope === undefined) return held.length > 0;
      return held.some((one) => coversScope(one, scope));
    },
    scopesOf(caller, permission) {
      const held = heldScopes(caller, permission);
      return held === null ? 'all' : [...new Set(held)];
    },
  };
}

function collectRules(
  sources: ReadonlyArray<Readonly<Record<string, PermissionRule>>>,
): Map<string, PermissionRule> {
  const rules = new Map<string, PermissionRule>();
  for (const [name, rule] of sources.flatMap((source) => Object.entries(source))) {
    if (rules.has(name)) throw new Error(`the permission "${name}" is defined twice`);
    const unknown = rule.roles.find((role) => role !== anyAccount && !isRole(role));
    if (unknown !== undefined)
      throw new Error(`the permission "${name}" names the unknown role "${unknown}"`);
    rules.set(name, rule);
  }
  return rules;
}

/**
 * Lets the caller through or throws: `auth.required`, `auth.session-ended` (401), `auth.password-due`,
 * `auth.permission-missing` (403).
 */
export function demandPermission(identity: Identity, permission: string, scope?: string): void {
  if (identity.may(permission, scope)) return;
  if (identity.sessionEnded === true) {
    throw new AppError('unauthenticated', 'auth.session-ended', 'Your session has ended.', {
      next: 'Sign in again.',
    });
  }
  if (identity.kind === 'anonymous') {
    throw new AppError('unauthenticated', 'auth.required', 'This needs an account.', {
      next: 'Sign in, or send an API token as "Authorization: Bearer …".',
    });
  }
  if (identity.passwordDue === true) {
    throw new AppError(
      'forbidden',
      'auth.password-due',
      'This password must be changed before anything else.',
      {
        next: 'Choose a new password.',
      },
    );
  }
  const where = scope === undefined ? '' : ` for ${scope}`;
  throw new AppError(
    'forbidden',
    'auth.permission-missing',
    `The account ${identity.name} does not hold ${permission}${where}.`,
    {
      next: `Ask an administrator for a role that holds it${where}.`,
      details: { permission, ...(scope === undefined ? {} : { scope }) },
    },
  );
}
