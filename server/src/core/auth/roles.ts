import { AppError } from '../errors.ts';

/** What a scope of a role names; `null` where the role is never narrowed. */
const scopeOfRole = {
  admin: null,
  operator: null,
  user: 'a VO',
  'panda.production': 'a VO, or VO/group',
  'panda.pilot': 'a VO',
  'uws.author': 'a definition',
  'uws.run': 'a definition',
  'scan.analyst': null,
  'scan.admin': null,
  'scan.worker': 'engines, separated by commas',
  'crds.submitter': 'an observatory',
  'crds.operator': 'an observatory',
  archive: 'an observatory',
} as const satisfies Record<string, string | null>;

export type Role = keyof typeof scopeOfRole;

/** All roles there are; a grant names one of them. */
export const roles = Object.keys(scopeOfRole) as readonly Role[];

/** A role, in one scope or (`null`) in all of them. */
export interface Grant {
  role: Role;
  scope: string | null;
}

export function isRole(name: string): name is Role {
  return Object.hasOwn(scopeOfRole, name);
}

/** One or more words of letters, digits and `._+-`, grouped by `/`, listed by `,`. */
const scopePattern = /^[\w.+-]+(?:\/[\w.+-]+)*(?:,[\w.+-]+(?:\/[\w.+-]+)*)*$/;

/**
 * Reads `role` or `role:scope`, as typed on the command line and in forms.
 * Throws `auth.role-unknown`, `auth.scope-invalid`.
 */
export function parseGrant(text: string): Grant {
  const colon = text.indexOf(':');
  const role = colon === -1 ? text : text.slice(0, colon);
  const scope = colon === -1 ? null : text.slice(colon + 1);
  if (!isRole(role)) {
    throw new AppError('invalid', 'auth.role-unknown', `There is no role "${role.slice(0, 60)}".`, {
      next: `The roles are ${roles.join(', ')}; a scope follows after a colon, as in panda.pilot:local.`,
    });
  }
  if (scope === null) return { role, scope };
  if (scopeOfRole[role] === null) {
    throw new AppError('invalid', 'auth.scope-invalid', `The role ${role} has no scope.`, {
      next: `Grant "${role}" without the part after the colon.`,
    });
  }
  if (scope.length > 200 || !scopePattern.test(scope)) {
    throw new AppError('invalid', 'auth.scope-invalid', `"${scope.slice(0, 60)}" is no scope of ${role}.`, {
      next: `A scope of ${role} is ${scopeOfRole[role]}; letters, digits and . _ + - are allowed.`,
    });
  }
  return { role, scope };
}

/** The inverse of `parseGrant`. */
export function formatGrant(grant: Grant): string {
  return grant.scope === null ? grant.role : `${grant.role}:${grant.scope}`;
}
